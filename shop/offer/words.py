"""What an offer is called and what it gives, in the shopper's language, put together from its condition and benefit.

Oscar's own descriptions name ranges, which have one name, and that is staff's. What a class of its own decides
(`proxy_class`) cannot be told: the offer's name has to do.
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.template.defaultfilters import floatformat
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from shop.templatetags.money import money


def called(offer: Any, *, currency: str) -> str:
    """What stands before the amount that it took off, in the active language: its name there, else what it gave. Never
    its name in another language where that can be told."""
    return str(offer.given_name(get_language()) or what_it_gives(offer, currency=currency, is_given=True) or offer.name)


def names_of_applied(basket: Any) -> dict[str, dict[str, str]]:
    """What the offers that were applied to a basket are called, by key and language, as an order keeps them."""
    names: dict[str, dict[str, str]] = {}
    for language, _name in settings.LANGUAGES if basket.offer_applications else ():
        with override(language):
            for entry in basket.offer_applications:
                offer = entry["offer"]
                names.setdefault(str(offer.pk), {})[language] = called(offer, currency=basket.currency)
    return names


def what_it_gives(offer: Any, *, currency: str, on_others: bool = False, is_given: bool = False) -> str:
    """In the active language; "" where it cannot be told. `on_others`: the product itself costs what it did.
    `is_given`: it has been, so nobody needs to hear that it will be in the basket."""
    condition, benefit = offer.condition, offer.benefit
    if condition.proxy_class or benefit.proxy_class:
        return ""
    count = int(condition.value) if condition.type != condition.VALUE else 0
    if benefit.type == benefit.MULTIBUY and condition.type == condition.COUNT and count > 1 and not on_others:
        return _("Buy %(count)d, pay for %(paid)d") % {"count": count, "paid": count - 1}
    gives = _gift(benefit, currency, is_bundle=count > 1, on_others=on_others, is_given=is_given)
    if not gives:
        return ""
    if condition.type == condition.VALUE:
        return _("From %(amount)s: %(gives)s") % {"amount": money(condition.value, currency), "gives": gives}
    if count <= 1:
        return gives
    if condition.type == condition.COVERAGE:
        return _("Buy %(count)d different products of the campaign: %(gives)s") % {"count": count, "gives": gives}
    return _("Buy %(count)d: %(gives)s") % {"count": count, "gives": gives}


def _gift(benefit: Any, currency: str, *, is_bundle: bool, on_others: bool, is_given: bool) -> str:
    value: Decimal = benefit.value or Decimal(0)
    places = max(0, -int(value.normalize().as_tuple().exponent))
    said = {"percent": floatformat(value, places), "amount": money(value, currency)}
    on_delivery = {
        benefit.SHIPPING_PERCENTAGE: _("Free delivery") if value >= 100 else _("%(percent)s%% off the delivery"),
        benefit.SHIPPING_ABSOLUTE: _("%(amount)s off the delivery"),
        benefit.SHIPPING_FIXED_PRICE: _("Delivery for %(amount)s") if value else _("Free delivery"),
    }
    on_goods = {
        benefit.PERCENTAGE: _("%(percent)s%% off in the basket"),
        benefit.FIXED: _("%(amount)s off in the basket"),
        benefit.FIXED_UNIT: _("%(amount)s off each in the basket"),
        benefit.FIXED_PRICE: _("%(amount)s for them together") if is_bundle else _("%(amount)s in the basket"),
        benefit.MULTIBUY: _("The cheapest is free"),
    }
    if is_given:
        on_goods |= {
            benefit.PERCENTAGE: _("%(percent)s%% off"),
            benefit.FIXED: _("%(amount)s off"),
            benefit.FIXED_UNIT: _("%(amount)s off each"),
            benefit.FIXED_PRICE: _("%(amount)s for them together") if is_bundle else _("For %(amount)s"),
        }
    if benefit.type in on_delivery:
        return on_delivery[benefit.type] % said
    if benefit.type not in on_goods:
        return ""
    gives = on_goods[benefit.type] % said
    if most := benefit.max_affected_items:
        at_most = ngettext("%(gives)s, on %(count)d piece", "%(gives)s, on %(count)d pieces at most", most)
        gives = at_most % {"gives": gives, "count": most}
    return _("%(gives)s, on other products of the campaign") % {"gives": gives} if on_others else gives
