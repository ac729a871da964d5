"""Forked for speed: what an offer's conditions and ranges need is loaded once for a basket, not asked for again by each
line. What an offer gives is Oscar's own arithmetic, untouched."""

from collections.abc import Mapping, Set
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from oscar.apps.offer.abstract_models import (
    AbstractBenefit,
    AbstractCondition,
    AbstractConditionalOffer,
    AbstractRange,
)
from oscar.core.loading import get_model


class _KeepsItsRange:
    """Oscar makes a new proxy from the columns for each use, and drops the range that is already there."""

    _state: Any

    def proxy(self) -> Any:
        made = super().proxy()  # type: ignore[misc]
        made._state.fields_cache = self._state.fields_cache
        return made


class Benefit(_KeepsItsRange, AbstractBenefit):
    def clean_shipping_fixed_price(self) -> None:
        """Oscar lets it be saved without a price, and the checkout of everybody breaks. Nothing (0) is a price."""
        super().clean_shipping_fixed_price()
        if self.value is None:
            raise ValidationError(_("A discount value is required"))


class Condition(_KeepsItsRange, AbstractCondition):
    pass


class ConditionalOffer(AbstractConditionalOffer):
    # How often the owner of the basket has used the offers that are limited for each; None: not looked up.
    _uses: Mapping[int, int] | None = None

    def given_name(self, language: str | None) -> str:
        """What staff call it in that language, "" if they do not: Oscar's one name is in the shop's own language."""
        known = getattr(self, "known_names", None)
        if known is None:
            known = [{"language": text.language, "name": text.name} for text in self.texts.all()]
        own = self.name if language == settings.LANGUAGE_CODE else ""
        return next((entry["name"] for entry in known if entry["language"] == language), own)

    def know_uses(self, uses: Mapping[int, int]) -> None:
        """`uses` by offer, of the one user that will be asked about."""
        self._uses = uses

    def get_num_user_applications(self, user: Any) -> int:
        """An order that was cancelled gave back what it had used."""
        if self._uses is not None:
            return self._uses.get(self.pk, 0)
        return uses_by(user, [self.pk]).get(self.pk, 0)

    @property
    def combined_offers(self) -> set[Any]:
        """Oscar asks the database, for each line; this asks what was prefetched."""
        return {self, *self.combinations.all(), *self.in_combination.all()}


def uses_by(user: Any, offer_ids: list[int]) -> dict[int, int]:
    """How often the orders of an account used each of these offers."""
    rows = (
        get_model("order", "OrderDiscount")
        .objects.filter(offer_id__in=offer_ids, order__user=user)
        .exclude(order__status="cancelled")
    )
    return dict(rows.order_by().values_list("offer_id").annotate(total=Sum("frequency")))


class Range(AbstractRange):
    # Of the products that were looked up: which ones are in it.
    _looked_up: Set[int] = frozenset()
    _members: Set[int] = frozenset()

    def know_members(self, members: Set[int], *, among: Set[int]) -> None:
        """Remember which of the products `among` are in the range; another product is asked about as before."""
        self._looked_up, self._members = among, members

    def invalidate_cached_queryset(self) -> None:
        self._looked_up = frozenset()
        super().invalidate_cached_queryset()

    def contains_product(self, product: Any) -> bool:
        if product.pk in self._looked_up:
            return product.pk in self._members
        return bool(super().contains_product(product))


from oscar.apps.offer.models import *
