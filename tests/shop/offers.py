"""Offers and vouchers for tests, as the dashboard makes them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from shop.offer.models import Benefit, Condition, Range
from shop.oscar import ConditionalOffer, Voucher

ON_DELIVERY = (Benefit.SHIPPING_PERCENTAGE, Benefit.SHIPPING_ABSOLUTE, Benefit.SHIPPING_FIXED_PRICE)


def everything() -> Any:
    return Range.objects.get_or_create(name="Everything", defaults={"includes_all_products": True})[0]


def only(*products: Any, name: str = "") -> Any:
    made = Range.objects.create(name=name or f"Range {Range.objects.count()}")
    for product in products:
        made.add_product(product)
    return made


def offer(name: str = "", *, range: Any = None, condition: Any = None, benefit: Any = None, **fields: Any) -> Any:
    """Ten per cent off everything, unless said otherwise. `condition` and `benefit` are (type, value) pairs."""
    products = range or everything()
    needs, at_least = condition or (Condition.COUNT, 1)
    gives, value = benefit or (Benefit.PERCENTAGE, 10)
    has_range = gives not in (Benefit.FIXED_PRICE, *ON_DELIVERY)
    return ConditionalOffer.objects.create(
        name=name or f"Offer {ConditionalOffer.objects.count()}",
        condition=Condition.objects.create(range=products, type=needs, value=Decimal(at_least)),
        benefit=Benefit.objects.create(
            range=products if has_range else None, type=gives, value=None if value is None else Decimal(value)
        ),
        **{"max_basket_applications": 1, **fields},
    )


def voucher(code: str = "WELCOME", *offers: Any, usage: str = Voucher.MULTI_USE, **fields: Any) -> Any:
    """A voucher for ten per cent off everything, unless offers are given; running since yesterday."""
    now = timezone.now()
    dates = {"start_datetime": now - timedelta(days=60), "end_datetime": now + timedelta(days=60)}
    made = Voucher.objects.create(name=f"Voucher {code}", code=code, usage=usage, **{**dates, **fields})
    made.offers.add(*(offers or [offer(f"Offer of {code}", offer_type=ConditionalOffer.VOUCHER)]))
    return made
