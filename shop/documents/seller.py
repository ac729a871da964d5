"""Who sells: what stands at the head of every paper."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Seller:
    """As the trade register has it. `address` is one line."""

    name: str
    address: str
    mersis: str
    tax_office: str
    tax_number: str
    phone: str
    email: str
    site: str


def seller() -> Seller:
    return Seller(
        name=settings.SELLER_NAME,
        address=settings.SELLER_ADDRESS,
        mersis=settings.SELLER_MERSIS,
        tax_office=settings.SELLER_TAX_OFFICE,
        tax_number=settings.SELLER_TAX_NUMBER,
        phone=settings.SELLER_PHONE,
        email=settings.SELLER_EMAIL,
        site=settings.SITE_URL,
    )
