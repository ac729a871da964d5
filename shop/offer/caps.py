"""Caps: how often an offer may be used, how much it may cost, who may use a voucher how often.

They are checked under locks, taken before stock is locked: capped offers by key, then limited vouchers by key. What
has no cap is never locked for a check, so ordinary orders do not queue up behind each other; it is only counted, as
the last thing before the commit.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Value, When

from shop.offer.applicator import load_lines
from shop.offer.models import uses_by
from shop.oscar import ConditionalOffer, Voucher, VoucherApplication

CAPPED = Q(max_global_applications__gt=0) | Q(max_discount__gt=0) | Q(max_user_applications__gt=0)
USED_UP = Q(max_global_applications__gt=0, num_applications__gte=F("max_global_applications")) | Q(
    max_discount__gt=0, total_discount__gte=F("max_discount")
)
# No counter falls below nothing.
COUNT_OFFERS = """
UPDATE offer_conditionaloffer AS offer SET
    num_applications = greatest(0, offer.num_applications + %(sign)s * used.times),
    total_discount = greatest(0, offer.total_discount + %(sign)s * used.cost),
    num_orders = greatest(0, offer.num_orders + %(sign)s)
FROM unnest(%(ids)s, %(times)s, %(costs)s) AS used (id, times, cost)
WHERE offer.id = used.id
"""
COUNT_VOUCHERS = """
UPDATE voucher_voucher AS voucher SET
    total_discount = greatest(0, voucher.total_discount + %(sign)s * used.cost),
    num_orders = greatest(0, voucher.num_orders + %(sign)s)
FROM unnest(%(ids)s, %(costs)s) AS used (id, cost)
WHERE voucher.id = used.id
"""
# What may have changed between looking at an offer and locking it.
CAP_FIELDS = (
    "status",
    "num_applications",
    "num_orders",
    "total_discount",
    "max_global_applications",
    "max_discount",
    "max_user_applications",
)


def lock_capped_offers(offers: Sequence[Any], basket: Any) -> list[Any]:
    """Lock those with a cap that this basket could reach, and tell them what they have been used for by now.

    Returns the offers that are still to be had, in the same order. `offers` are prepared for the basket.
    """
    products = [line.product for line in load_lines(basket)]
    capped = {offer.pk for offer in offers if _is_capped(offer) and _may_reach(offer, products)}
    if not capped:
        return list(offers)
    fresh = _lock(ConditionalOffer.objects.filter(pk__in=capped))
    left = []
    for offer in offers:
        row = fresh.get(offer.pk)
        if row is not None:
            for name in CAP_FIELDS:
                setattr(offer, name, getattr(row, name))
        is_gone = offer.pk in capped and (
            row is None or (offer.offer_type == ConditionalOffer.SITE and row.status != ConditionalOffer.OPEN)
        )
        if not is_gone:
            left.append(offer)
    return left


def lock_limited_vouchers(vouchers: Iterable[Any]) -> None:
    limited = [voucher.pk for voucher in vouchers if voucher.usage != Voucher.MULTI_USE]
    if limited:
        _lock(Voucher.objects.filter(pk__in=limited))


def lock_caps_of(discounts: Sequence[Any]) -> tuple[dict[int, Any], dict[int, Any]]:
    """The capped offers and the limited vouchers behind an order's discounts, locked, by id."""
    if not discounts:
        return {}, {}
    offers = _lock(ConditionalOffer.objects.filter(CAPPED, pk__in={row.offer_id for row in discounts}))
    used = {row.voucher_id for row in discounts if row.voucher_id}
    vouchers = _lock(Voucher.objects.filter(pk__in=used).exclude(usage=Voucher.MULTI_USE)) if used else {}
    return offers, vouchers


def no_longer_free(order: Any, discounts: Sequence[Any]) -> list[str]:
    """Names of the capped offers and codes of the limited vouchers that others have used up since; they are locked."""
    offers, vouchers = lock_caps_of(discounts)
    gone = []
    for row in discounts:
        offer = offers.get(row.offer_id)
        if offer is not None and not _has_room(offer, row.frequency or 0, order.user_id):
            gone.append(offer.name)
    for voucher in vouchers.values():
        uses = VoucherApplication.objects.filter(voucher=voucher)
        if voucher.usage == Voucher.ONCE_PER_CUSTOMER:
            uses = uses.filter(
                Q(order__purchase__customer=order.purchase.customer_id) | Q(order__purchase__email=order.purchase.email)
            )
        if uses.exists():
            gone.append(voucher.code)
    return gone


def _has_room(offer: Any, wanted: int, user_id: int | None) -> bool:
    if offer.max_global_applications and offer.num_applications + wanted > offer.max_global_applications:
        return False
    if offer.max_discount and offer.total_discount >= offer.max_discount:
        return False
    if offer.max_user_applications and user_id is not None:
        return uses_by(user_id, [offer.pk]).get(offer.pk, 0) + wanted <= offer.max_user_applications
    return True


def count_uses(order: Any, discounts: Sequence[Any]) -> None:
    """An order has these discounts from now on: the counters go up and its vouchers are used."""
    vouchers = {row.voucher_id for row in discounts if row.voucher_id}
    VoucherApplication.objects.bulk_create(
        VoucherApplication(voucher_id=voucher_id, order=order, user_id=order.user_id) for voucher_id in sorted(vouchers)
    )
    _count(discounts, vouchers, sign=1)


def give_back_uses(order: Any, discounts: Sequence[Any]) -> None:
    """An order that has these discounts is no more: the counters go down and its vouchers are free again."""
    uses = VoucherApplication.objects.filter(order=order)
    vouchers = set(uses.values_list("voucher_id", flat=True))
    if vouchers:
        uses.delete()
    _count(discounts, vouchers, sign=-1)


def _count(discounts: Sequence[Any], voucher_ids: set[int], *, sign: int) -> None:
    """Rows are locked by key first: a statement that changes several takes them in an order of its own."""
    times: dict[int, int] = defaultdict(int)
    costs: dict[int, Decimal] = defaultdict(Decimal)
    saved: dict[int, Decimal] = dict.fromkeys(voucher_ids, Decimal(0))
    for row in discounts:
        if row.offer_id:
            times[row.offer_id] += row.frequency or 0
            costs[row.offer_id] += row.amount
        if row.voucher_id in saved:
            saved[row.voucher_id] += row.amount
    with connection.cursor() as cursor:
        if times:
            offers = _lock(ConditionalOffer.objects.filter(pk__in=times))
            counted: dict[str, Any] = {
                "ids": [*times],
                "times": [*times.values()],
                "costs": [*costs.values()],
                "sign": sign,
            }
            cursor.execute(COUNT_OFFERS, counted)
            _open_and_close([offer for offer in offers.values() if _is_capped(offer)])
        if saved:
            _lock(Voucher.objects.filter(pk__in=saved))
            cursor.execute(COUNT_VOUCHERS, {"ids": [*saved], "costs": [*saved.values()], "sign": sign})


def _open_and_close(offers: list[Any]) -> None:
    """Oscar keeps "used up" as a state, so that such offers are not even looked at."""
    if offers:
        rows = ConditionalOffer.objects.filter(pk__in=[offer.pk for offer in offers])
        rows.exclude(status=ConditionalOffer.SUSPENDED).update(
            status=Case(When(USED_UP, then=Value(ConditionalOffer.CONSUMED)), default=Value(ConditionalOffer.OPEN))
        )


def _is_capped(offer: Any) -> bool:
    return bool(offer.max_global_applications or offer.max_discount or offer.max_user_applications)


def _may_reach(offer: Any, products: Sequence[Any]) -> bool:
    """An offer whose condition none of the products meets will not be applied, so nobody needs to wait for it."""
    condition = offer.condition
    if condition.proxy_class or condition.range is None:
        return True
    return any(condition.range.contains_product(product) for product in products)


def _lock(rows: QuerySet[Any]) -> dict[int, Any]:
    return {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",), no_key=True)}
