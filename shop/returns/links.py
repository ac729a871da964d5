"""The signed link to one return. It is mailed to the order's address: whoever holds it reads that mail.

The order's own link shows that there is a return and what came of it. What it is about, why, and our answer are here
only: that link is forwarded to neighbours who take parcels in.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation

from shop.models import ReturnRequest

SALT = "shop.return-link"


class NotAReturnLink(ValueError):
    """The token was not made here, or its return is gone."""


def return_token(case: ReturnRequest) -> str:
    return signing.Signer(salt=SALT).sign(case.number)


def return_for_token(token: str) -> ReturnRequest:
    """:raises NotAReturnLink: if the token is forged, cut short or its return is gone"""
    try:
        number = signing.Signer(salt=SALT).unsign(token)
        return ReturnRequest.objects.select_related("order__purchase", "order__shipping_address", "refund").get(
            number=number
        )
    except (signing.BadSignature, ReturnRequest.DoesNotExist) as error:
        raise NotAReturnLink from error


def return_url(case: ReturnRequest) -> str:
    """The address of the return's page as it stands in a mail, in the return's language."""
    with translation.override(case.language):
        return settings.SITE_URL + reverse("shop:return", args=[return_token(case)])


def label_url(case: ReturnRequest) -> str:
    """The address of the label to print, as it stands in a mail."""
    with translation.override(case.language):
        return settings.SITE_URL + reverse("shop:return_label", args=[return_token(case)])
