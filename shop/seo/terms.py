"""The shop's terms for search engines: what a delivery costs and takes, what happens when something comes back.

Said nowhere else than where the shop itself has them: shop/shipping/options.py and shop/returns/rules.py.
"""

import functools
from decimal import Decimal

from django.conf import settings
from django.utils.translation import get_language

from shop.returns.rules import WITHDRAWAL_DAYS
from shop.seo.schema import Thing, thing
from shop.shipping.options import OPTIONS
from shop.shipping.working_days import HOME

RETURNS_ID = "#returns"
# What is ordered late, or on a day off, is packed on the next working day.
HANDLING_DAYS = (0, 1)
SHOPS_DELIVERED_TO = {"pickup"}  # to a counter, not to an address: no answer to "what does it cost to my door"


@functools.cache
def return_policy() -> Thing:
    """Fourteen days (shop/returns/rules.py says by which law); the label is ours, as _who_pays.html tells the buyer."""
    return thing(
        "MerchantReturnPolicy",
        id_=RETURNS_ID,
        applicableCountry=HOME,
        returnPolicyCountry=HOME,
        returnPolicyCategory="https://schema.org/MerchantReturnFiniteReturnWindow",
        merchantReturnDays=WITHDRAWAL_DAYS,
        returnMethod="https://schema.org/ReturnByMail",
        returnFees="https://schema.org/FreeReturn",
        refundType="https://schema.org/FullRefund",
        returnLabelSource="https://schema.org/ReturnLabelDownloadAndPrint",
    )


def shipping_details(price: Decimal, currency: str, *, grams: int) -> list[Thing]:
    """Of one piece at that price: every option that takes it to an address. The same terms have the same "@id"."""
    language = get_language() or settings.LANGUAGE_CODE
    return [
        _details(option.code, option.charge_for(price, currency, grams=grams), currency, language)
        for option in OPTIONS
        if option.code not in SHOPS_DELIVERED_TO and option.takes(grams)
    ]


@functools.lru_cache(maxsize=256)
def _details(code: str, rate: Decimal, currency: str, language: str) -> Thing:
    """Read only: the same for thousands of products. `language` is the active one, whose name the option has."""
    option = next(option for option in OPTIONS if option.code == code)
    return thing(
        "OfferShippingDetails",
        id_=f"#shipping-{code}-{rate}",
        shippingLabel=str(option.name),
        shippingRate=thing("MonetaryAmount", value=str(rate), currency=currency),
        shippingDestination=[thing("DefinedRegion", addressCountry=country) for country in option.countries],
        deliveryTime=thing(
            "ShippingDeliveryTime",
            handlingTime=_days(*HANDLING_DAYS),
            transitTime=_days(option.min_days, option.max_days),
            cutoffTime=f"{option.last_hour:02}:00:00+03:00",
        ),
    )


def _days(least: int, most: int) -> Thing:
    return thing("QuantitativeValue", minValue=least, maxValue=most, unitCode="DAY")
