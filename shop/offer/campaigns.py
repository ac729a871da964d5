"""Campaigns, as shoppers call offers that need no voucher: what those that are live give on a product, for its page.

Nothing is reckoned here. The applicator is asked about a basket in which the product lies alone, once as it is and once
for each number of pieces that a condition wants: what it applies there is what a shopper would get.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Q, Subquery
from django.utils import timezone

from shop.models import IndexState
from shop.offer.applicator import prepare_offers
from shop.offer.models import Benefit, uses_by
from shop.offer.words import what_it_gives
from shop.oscar import Applicator, Basket, BasketLine, ConditionalOffer, StockRecord
from shop.partner.strategy import Selector
from shop.prices.rule import lowest_prices

MOST_KEPT = 2000
MOST_PIECES = 99
WITHOUT_RANGE = (
    Benefit.FIXED_PRICE,
    Benefit.SHIPPING_ABSOLUTE,
    Benefit.SHIPPING_FIXED_PRICE,
    Benefit.SHIPPING_PERCENTAGE,
)


@dataclass(frozen=True)
class Campaign:
    """`name` and `gives` are in one language; one of them may be "". `price_before` is the lowest price of the 30 days
    before it began, where it makes a single piece cheaper and there was such a price."""

    name: str
    gives: str
    price_before: Decimal | None


@dataclass(frozen=True)
class Campaigns:
    """`price` is what one piece costs in the basket with all that it gets alone, None where that is its price."""

    rows: tuple[Campaign, ...] = ()
    price: Decimal | None = None


NO_CAMPAIGNS = Campaigns()


class Live(NamedTuple):
    """The ids of live offers, and the version of the index in which any was last changed, by which to keep things."""

    ids: tuple[int, ...]
    version: int


@dataclass(frozen=True)
class _Term:
    offer_id: int
    starts_at: datetime | None
    ends_at: datetime | None
    most_for_each: int | None
    version: int

    def is_running(self, now: datetime) -> bool:
        return (self.starts_at is None or self.starts_at <= now) and (self.ends_at is None or now <= self.ends_at)


def live_offers(user: Any, *, version: int, now: datetime) -> Live:
    """The campaigns that this shopper can have now. `version` is that of the index.

    No query while the index has that version; one for an account while there is something that each may have so many
    times.
    """
    running = [term for term in _terms(version) if term.is_running(now)]
    limited = [term for term in running if term.most_for_each] if user.is_authenticated else []
    if limited:
        uses = uses_by(user.pk, [term.offer_id for term in limited])
        running = [
            term for term in running if not term.most_for_each or uses.get(term.offer_id, 0) < term.most_for_each
        ]
    return Live(tuple(term.offer_id for term in running), running[0].version if running else 0)


@lru_cache(maxsize=4)
def _terms(version: int) -> list[_Term]:
    """Of all offers that are, or will be, live unless something changes; which gives the index a new version."""
    changed_in = Subquery(IndexState.objects.values("campaigns_version")[:1])
    offers = ConditionalOffer.objects.annotate(changed_in=changed_in).filter(
        Q(end_datetime=None) | Q(end_datetime__gte=timezone.now()),
        offer_type=ConditionalOffer.SITE,
        status=ConditionalOffer.OPEN,
    )
    fields = ("pk", "start_datetime", "end_datetime", "max_user_applications", "changed_in")
    return [_Term(*row) for row in offers.order_by("pk").values_list(*fields)]


def campaigns_of(stockrecord_id: int, live: Live, *, written: int, language: str) -> Campaigns:
    """What the offers `live` give to whoever buys what is sold by this stock record. In the active language, which must
    be `language`.

    Some six queries the first time, none until an offer changes or the product, which is in the index as `written`.
    """
    return _campaigns_of(stockrecord_id, live, written, language) if live.ids else NO_CAMPAIGNS


@lru_cache(maxsize=MOST_KEPT)
def _campaigns_of(stockrecord_id: int, live: Live, written: int, language: str) -> Campaigns:
    with_product = ("product__product_class", "product__parent__product_class")
    record = StockRecord.objects.select_related(*with_product).filter(pk=stockrecord_id).first()
    offers = [offer for offer in Applicator().offers_by_id(live.ids) if _is_whole(offer)]
    if record is None or not offers:
        return NO_CAMPAIGNS
    alone = _basket_of(record, 1)
    prepare_offers(offers, alone)
    by_pieces = {1: _apply(offers, alone)}
    (line,) = alone.all_lines()
    given, reducing = [], []
    for offer in offers:
        condition = offer.condition.proxy()
        if not offer.condition.proxy_class and not condition.can_apply_condition(line):
            continue
        pieces, on_others = _pieces_for(offer, record), _gives_on_others(offer, record.product)
        if pieces is None or on_others:
            # It wants something else as well: it may be had if no other offer takes this piece for itself.
            is_given = line.is_available_for_offer_discount(offer) and offer.get_max_applications() > 0
        else:
            if pieces not in by_pieces:
                by_pieces[pieces] = _apply(offers, _basket_of(record, pieces))
            is_given = offer.pk in by_pieces[pieces]
        if is_given:
            given.append((offer, on_others))
        if by_pieces[1].get(offer.pk):
            reducing.append(offer)
    moments = [_began_at(offer) for offer in reducing]
    lowest = lowest_prices(record.pk, currency=record.price_currency, moments=moments) if reducing else []
    before = dict(zip([offer.pk for offer in reducing], lowest, strict=True))
    rows = []
    for offer, on_others in given:
        gives = what_it_gives(offer, currency=record.price_currency, on_others=on_others)
        name = offer.given_name(language) or ("" if gives else offer.name)
        rows.append(Campaign(name, gives, before.get(offer.pk)))
    return Campaigns(tuple(rows), alone.total_incl_tax if reducing else None)


def _is_whole(offer: Any) -> bool:
    """Whether it has what Oscar's forms ask for. Without that no basket can be reckoned; a product's page is shown."""
    condition, benefit = offer.condition, offer.benefit
    if not condition.proxy_class and (condition.range is None or condition.value is None):
        return False
    has_value = benefit.value is not None or benefit.type == benefit.MULTIBUY
    has_range = benefit.range is not None or benefit.type in WITHOUT_RANGE
    return bool(benefit.proxy_class) or (has_value and has_range)


def _basket_of(record: Any, pieces: int) -> Any:
    """A basket with this alone in it, which is in no table."""
    basket = Basket(pk=0)
    basket.strategy = Selector().strategy()
    line = BasketLine(
        basket=basket,
        product=record.product,
        stockrecord=record,
        quantity=pieces,
        price_currency=record.price_currency,
    )
    basket._lines = BasketLine.objects.none()
    basket._lines._result_cache = [line]
    return basket


def _apply(offers: list[Any], basket: Any) -> dict[int, Decimal]:
    """What each offer that is applied takes off the goods, nothing where it is on the delivery."""
    Applicator().apply_offers(basket, offers)
    first_on_delivery = next(iter(basket.shipping_discounts), None)  # which has its turn alone: shop/offer/delivery.py
    return {
        entry["offer"].pk: entry["discount"]
        for entry in basket.offer_applications
        if not entry["result"].affects_shipping or entry is first_on_delivery
    }


def _pieces_for(offer: Any, record: Any) -> int | None:
    """How many pieces of this product alone meet the condition; None where they cannot, or it takes very many."""
    condition = offer.condition
    if condition.proxy_class:
        return 1
    if condition.type == condition.VALUE:
        pieces = int((condition.value / record.price).to_integral_value(ROUND_CEILING))
    else:
        pieces = int(condition.value)
        if condition.type == condition.COVERAGE and pieces > 1:
            return None
    return max(pieces, 1) if pieces <= MOST_PIECES else None


def _gives_on_others(offer: Any, product: Any) -> bool:
    """Whether this product brings the offer about and another one gets it."""
    benefit = offer.benefit
    return bool(not benefit.proxy_class and benefit.range is not None and not benefit.range.contains_product(product))


def _began_at(offer: Any) -> datetime:
    """Not before there was such an offer, whatever its dates say."""
    began: datetime = max(offer.start_datetime or offer.date_created, offer.date_created)
    return began
