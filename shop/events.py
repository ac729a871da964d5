"""The interaction kinds of the shop.

A product in them is the one a shopper sees in a list: for a variant its parent.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.api import Kind, register_choices, register_kinds

BOUGHT = "shop.product.bought"
RETURNED = "shop.product.returned"


def _query(data: dict[str, Any]) -> str:
    return f"“{data.get('query', '')}”"


def _order(data: dict[str, Any]) -> str:
    return str(data.get("total", ""))


def _amount(data: dict[str, Any]) -> str:
    return str(data.get("amount", ""))


def _quantity(data: dict[str, Any]) -> str:
    count = int(data.get("quantity", 1))
    return ngettext("%(count)d piece", "%(count)d pieces", count) % {"count": count}


def _return(data: dict[str, Any]) -> str:
    return str(data.get("amount", ""))


def _prices(data: dict[str, Any]) -> str:
    return f"{data.get('old', '')} → {data.get('new', '')}"


def _file(data: dict[str, Any]) -> str:
    return _("%(created)s made, %(changed)s changed, %(refused)s refused") % {
        "created": data.get("created", 0),
        "changed": data.get("changed", 0),
        "refused": data.get("refused", 0),
    }


def _stars(data: dict[str, Any]) -> str:
    return "★" * int(data.get("stars", 0))


def _offer(data: dict[str, Any]) -> str:
    return _("%(count)s products") % {"count": len(data.get("products", []))}


def register() -> None:
    register_kinds(
        # Traces. Subject "shop.product:<id>", of a search none; data of a search {"query", "results"}.
        Kind("shop.product.viewed", gettext_lazy("Looked at a product"), is_trace=True, icon="visibility"),
        Kind("shop.catalogue.searched", gettext_lazy("Searched"), is_trace=True, icon="search", describe=_query),
        Kind("shop.basket.added", gettext_lazy("Put into the basket"), is_trace=True, icon="add_shopping_cart"),
        Kind("shop.basket.removed", gettext_lazy("Taken out of the basket"), is_trace=True, icon="shopping_cart_off"),
        Kind("shop.wish.added", gettext_lazy("Put on the wish list"), is_trace=True, icon="favorite"),
        Kind("shop.wish.removed", gettext_lazy("Taken off the wish list"), is_trace=True, icon="heart_broken"),
        # Facts about an order. Subject "shop.order:<id>", data {"number", "total"}, total as "690.00 TRY".
        Kind("shop.order.placed", gettext_lazy("Order placed"), icon="receipt_long", describe=_order),
        Kind("shop.order.confirmed", gettext_lazy("Order to be paid at the door"), icon="handshake", describe=_order),
        Kind("shop.order.paid", gettext_lazy("Order paid"), icon="payments", describe=_order),
        # Of those that a part of an order can take by itself, data tells which: "shipment" or "parcel", their ids.
        Kind("shop.order.packed", gettext_lazy("Order packed"), icon="package_2", describe=_order),
        Kind("shop.order.shipped", gettext_lazy("Order shipped"), icon="local_shipping", describe=_order),
        Kind("shop.order.delivered", gettext_lazy("Order delivered"), icon="inventory_2", describe=_order),
        Kind("shop.parcel.loaded", gettext_lazy("Parcel out for delivery"), icon="local_shipping", describe=_order),
        Kind("shop.parcel.delayed", gettext_lazy("Parcel delayed"), icon="schedule", describe=_order),
        Kind("shop.parcel.failed", gettext_lazy("Parcel could not be delivered"), icon="error", describe=_order),
        Kind("shop.parcel.returned", gettext_lazy("Parcel came back to us"), icon="undo", describe=_order),
        Kind("shop.parcel.delivered", gettext_lazy("Parcel delivered"), icon="inventory_2", describe=_order),
        Kind("shop.order.rest_cancelled", gettext_lazy("Rest of the order cancelled"), icon="cancel", describe=_order),
        Kind("shop.order.cancelled", gettext_lazy("Order cancelled"), icon="cancel", describe=_order),
        # Facts about money. Subject "shop.order:<id>", data {"number", "amount"}, amount as "690.00 TRY".
        Kind("shop.payment.failed", gettext_lazy("Payment failed"), icon="credit_card_off", describe=_amount),
        Kind("shop.payment.refunded", gettext_lazy("Money given back"), icon="currency_exchange", describe=_amount),
        Kind("shop.payment.refund_failed", gettext_lazy("Refund failed"), icon="money_off", describe=_amount),
        # Facts about a line. Subject "shop.product:<id>", data {"order": number, "quantity"}.
        Kind(BOUGHT, gettext_lazy("Product bought"), is_listed=False, icon="shopping_bag", describe=_quantity),
        Kind(RETURNED, gettext_lazy("Product returned"), icon="assignment_return", describe=_quantity),
        # Facts about a return. Subject "shop.return:<id>", data {"number", "order": number, "kind"} and "amount".
        Kind("shop.return.requested", gettext_lazy("Return asked for"), icon="assignment_return", describe=_return),
        Kind("shop.return.withdrawn", gettext_lazy("Return called off"), icon="undo", describe=_return),
        Kind("shop.return.approved", gettext_lazy("Return agreed"), icon="thumb_up", describe=_return),
        Kind("shop.return.refused", gettext_lazy("Return refused"), icon="block", describe=_return),
        Kind("shop.return.received", gettext_lazy("Return arrived here"), icon="inventory", describe=_return),
        Kind("shop.return.refunded", gettext_lazy("Return refunded"), icon="currency_exchange", describe=_return),
        Kind("shop.return.replaced", gettext_lazy("Replacement sent"), icon="swap_horiz", describe=_return),
        Kind("shop.return.closed", gettext_lazy("Return closed"), icon="check", describe=_return),
        # Work on the catalogue. Subject "shop.product:<id>", data {"sku", "old", "new"}; of a file its number.
        Kind("shop.price.changed", gettext_lazy("Price changed"), icon="sell", describe=_prices),
        Kind("shop.stock.changed", gettext_lazy("Stock changed"), icon="inventory", describe=_prices),
        Kind("shop.catalogue.imported", gettext_lazy("Products imported"), icon="upload_file", describe=_file),
        # Facts about a review. Subject "shop.product:<id>", data {"review": id, "stars"}.
        Kind("shop.review.written", gettext_lazy("Review written"), icon="rate_review", describe=_stars),
        Kind("shop.review.published", gettext_lazy("Review published"), icon="star", describe=_stars),
        Kind("shop.review.refused", gettext_lazy("Review not published"), icon="block", describe=_stars),
        Kind("shop.review.answered", gettext_lazy("Review answered"), icon="reply", describe=_stars),
        # Subject "shop.product:<id>".
        Kind("shop.alert.asked", gettext_lazy("Asked to be told when it is back"), icon="notifications"),
        Kind("shop.alert.sent", gettext_lazy("Told that it is back"), icon="notifications_active"),
        # Subject "crm.mail:<id>", data {"products": [ids]}.
        Kind("shop.offer.queued", gettext_lazy("Personal offer prepared"), icon="local_offer", describe=_offer),
    )
    register_choices(BOUGHT)
