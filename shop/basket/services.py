"""Changing a basket. Each change locks the basket's row first, so that two taps are two changes and none is lost."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from crm import api as crm
from shop.basket.selectors import MOST_OF_ONE
from shop.catalogue.offers import Offer, offers_of
from shop.oscar import Basket, BasketLine, Product


class NotForSale(LookupError):
    """The product is gone, hidden, without a price, or a parent of which a variant must be chosen."""


class SoldOut(Exception):
    """Not one more can be put into the basket: there is no stock, or the basket has it all."""

    def __init__(self, stock: int) -> None:
        super().__init__(stock)
        self.stock = stock


class OtherCurrency(Exception):
    """A basket becomes one order, and an order has one currency: this one is in `basket`, the product in `product`."""

    def __init__(self, *, basket: str, product: str) -> None:
        super().__init__(f"{product} into {basket}")
        self.basket = basket
        self.product = product


class BasketIsClosed(Exception):
    """The basket is being ordered or was; the page that wants to change it is an old one."""


@dataclass(frozen=True)
class Change:
    """What came of a wish: how many are in the basket now, and whether that is fewer than wanted."""

    quantity: int
    is_cut: bool


def put_into_basket(basket: Any, product_id: int, *, quantity: int, who: crm.Who, now: datetime) -> Change:
    """Add `quantity` of a product or variant, as many as there are.

    :raises NotForSale: :raises SoldOut: :raises OtherCurrency: :raises BasketIsClosed:
    """
    with transaction.atomic():
        product, offer = _buyable(product_id)
        if basket.pk is not None:
            lock_basket(basket)
            _check_currency(basket, offer)
        held = BasketLine.objects.filter(basket=basket, product=product).first() if basket.pk else None
        before = held.quantity if held else 0
        most = MOST_OF_ONE if offer.stock is None else min(offer.stock, MOST_OF_ONE)
        wanted = before + max(1, quantity)
        after = min(wanted, most)
        if after <= before:
            raise SoldOut(most)
        basket.add_product(product, after - before)
    subject = f"shop.product:{product.parent_id or product.pk}"
    crm.trace("shop.basket.added", who=who, now=now, subject=subject, data={"quantity": after - before})
    return Change(after, after < wanted)


def change_quantity(basket: Any, line_id: int, *, quantity: int, who: crm.Who, now: datetime) -> Change:
    """Set the quantity of a line of this basket; 0 takes it out. A line that is not there is already out.

    :raises BasketIsClosed:
    """
    if basket.pk is None:
        return Change(0, False)
    with transaction.atomic():
        lock_basket(basket)
        line = BasketLine.objects.select_related("product").filter(basket=basket, pk=line_id).first()
        if line is None:
            return Change(0, False)
        offer = next((entry for entry in offers_of([line.product_id]).get(line.product_id, [])), None)
        stock = offer.stock if offer else 0
        most = MOST_OF_ONE if stock is None else min(stock, MOST_OF_ONE)
        after = max(0, min(quantity, most)) if quantity > 0 else 0
        before = line.quantity
        if after == 0:
            line.delete()
        elif after != before:
            line.quantity = after
            line.save(update_fields=["quantity", "date_updated"])
        basket.reset_offer_applications()
    kind = "shop.basket.added" if after > before else "shop.basket.removed"
    if after != before:
        subject = f"shop.product:{line.product.parent_id or line.product_id}"
        crm.trace(kind, who=who, now=now, subject=subject, data={"quantity": abs(after - before)})
    return Change(after, after < quantity)


def clear_away(basket: Any, line_ids: list[int]) -> None:
    """Take out lines whose product is no longer sold."""
    with transaction.atomic():
        lock_basket(basket)
        BasketLine.objects.filter(basket=basket, pk__in=line_ids).delete()
        basket.reset_offer_applications()


def _check_currency(basket: Any, offer: Offer) -> None:
    others = BasketLine.objects.filter(basket=basket).exclude(price_currency=offer.currency)
    currency = others.order_by("pk").values_list("price_currency", flat=True).first()
    if currency is not None:
        raise OtherCurrency(basket=currency, product=offer.currency)


def _buyable(product_id: int) -> tuple[Any, Offer]:
    product = (
        Product.objects.select_related("parent").filter(pk=product_id, is_public=True).exclude(structure=Product.PARENT)
    ).first()
    if product is None or (product.parent and not product.parent.is_public):
        raise NotForSale(product_id)
    offer = next((entry for entry in offers_of([product_id]).get(product_id, [])), None)
    if offer is None:
        raise NotForSale(product_id)
    return product, offer


def lock_basket(basket: Any) -> None:
    """Until the end of the transaction.

    :raises BasketIsClosed:
    """
    status = Basket.objects.select_for_update().filter(pk=basket.pk).values_list("status", flat=True).first()
    if status != Basket.OPEN:
        raise BasketIsClosed(basket.pk)
