"""Applying offers: Oscar's arithmetic on offers that were loaded with all they need, in a handful of queries.

Imported while Oscar's models are being loaded, so it asks for models when it needs them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils import timezone
from oscar.apps.offer import applicator
from oscar.core.loading import get_model

from shop.offer.memberships import know_members
from shop.offer.models import uses_by
from shop.offer.names import with_names
from shop.offer.vouchers import usable_vouchers


def load_lines(basket: Any) -> list[Any]:
    """A basket's lines with all that prices, offers and an order need of them. One query, the first time."""
    if basket.pk is None:
        return []
    if basket._lines is None or basket._lines._result_cache is None:
        kinds = ("product__product_class", "product__parent__product_class", "stockrecord__partner")
        weights = ("product__weight", "product__parent__weight")
        basket._lines = basket.lines.select_related(*kinds, *weights).order_by("pk")
    return list(basket._lines)


def has_offers_applied(basket: Any) -> bool:
    """Whether offers were applied to the lines as they are loaded now; Oscar forgets them where something changes."""
    return basket._lines is not None and getattr(basket, "lines_with_offers", None) is basket._lines


def prepare_offers(offers: Sequence[Any], basket: Any) -> None:
    """Give the offers what they will ask for: which of the basket's products they are about, what goes with what."""
    ranges: dict[int, Any] = {}
    for part in chain.from_iterable((offer.condition, offer.benefit) for offer in offers):
        if part.range_id is not None:
            part.range = ranges.setdefault(part.range_id, part.range)
    know_members(ranges.values(), [line.product for line in load_lines(basket)])
    if len(offers) > 1:
        _know_combinations(offers)


def _know_combinations(offers: Sequence[Any]) -> None:
    """Oscar counts them for each line and each pair of offers. Few shops have any: the offers themselves tell."""
    model = get_model("offer", "ConditionalOffer")
    if any(getattr(offer, "is_combined", True) for offer in offers):
        prefetch_related_objects(offers, "combinations", "in_combination")
        return
    for offer in offers:
        offer._prefetched_objects_cache = dict.fromkeys(("combinations", "in_combination"), model.objects.none())


def know_uses(offers: Iterable[Any], basket: Any) -> None:
    """Let the offers that are limited for each user know how often the basket's owner has had them."""
    limited = [offer for offer in offers if offer.max_user_applications]
    if limited and basket.owner_id is not None:
        uses = uses_by(basket.owner_id, [offer.pk for offer in limited])
        for offer in limited:
            offer.know_uses(uses)


class Applicator(applicator.Applicator):
    def apply(self, basket: Any, user: Any = None, request: Any = None, *, now: datetime | None = None) -> None:
        if not load_lines(basket):
            return
        offers = self.get_offers(basket, user, request, now=now)
        know_uses(offers, basket)
        self.apply_offers(basket, offers)
        basket.lines_with_offers = basket._lines

    def get_offers(
        self, basket: Any, user: Any = None, request: Any = None, *, now: datetime | None = None
    ) -> list[Any]:
        """In the order in which they are applied, each ready to be: see prepare_offers."""
        moment = now or timezone.now()
        site_offers = self.get_site_offers(moment)
        found = chain(
            self.get_session_offers(request),
            self.get_basket_offers(basket, user, moment),
            self.get_user_offers(user),
            site_offers,
        )
        offers = sorted(found, key=lambda offer: offer.priority, reverse=True)
        prepare_offers(offers, basket)
        return offers

    def get_site_offers(self, now: datetime | None = None) -> QuerySet[Any]:
        model = get_model("offer", "ConditionalOffer")
        moment = now or timezone.now()
        return _whole(model.objects.all()).filter(
            Q(end_datetime__gte=moment) | Q(end_datetime=None),
            Q(start_datetime__lte=moment) | Q(start_datetime=None),
            status=model.OPEN,
            offer_type=model.SITE,
        )

    def offers_by_id(self, offer_ids: Iterable[int]) -> list[Any]:
        """Of all baskets, in the order in which they are applied; not yet prepared for one."""
        found = _whole(get_model("offer", "ConditionalOffer").objects.filter(pk__in=offer_ids))
        return list(found.order_by("-priority", "pk"))

    def get_basket_offers(self, basket: Any, user: Any, now: datetime | None = None) -> list[Any]:
        """What the vouchers in the basket give. Guests have them, too: `user` may be None or anonymous."""
        if basket.pk is None:
            return []
        offers = Prefetch("offers", queryset=_whole(get_model("offer", "ConditionalOffer").objects.all()))
        # Whoever asks for the basket's vouchers again, as its page does, is told what was read here.
        prefetch_related_objects([basket], Prefetch("vouchers", get_model("voucher", "Voucher").objects.all()))
        prefetch_related_objects(list(basket.vouchers.all()), offers)
        vouchers = usable_vouchers(basket.vouchers.all(), user=user, now=now or timezone.now())
        found = []
        for voucher in vouchers:
            for offer in voucher.offers.all():
                offer.set_voucher(voucher)
                found.append(offer)
        return found


def _whole(offers: QuerySet[Any]) -> QuerySet[Any]:
    """With their ranges, their names, and whether they are combined with others at all."""
    pairs = get_model("offer", "ConditionalOffer").combinations.through.objects
    one_of_them = Q(from_conditionaloffer=OuterRef("pk")) | Q(to_conditionaloffer=OuterRef("pk"))
    found = offers.select_related("condition__range", "benefit__range")
    return with_names(found.annotate(is_combined=Exists(pairs.filter(one_of_them))))
