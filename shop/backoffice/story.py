"""The whole story of an order, read for one page."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from crm import api as crm
from shop.backoffice.neighbours import Panel, panels_of
from shop.backoffice.steps import Step, left_to_pack, steps_for
from shop.models import Attention, OrderDocument, Payment, ReturnRequest, Shipment, ShipmentLine
from shop.orders.lines import lines_of
from shop.orders.links import order_token
from shop.orders.states import state_name
from shop.oscar import Order
from shop.payment.providers import PROVIDERS
from shop.returns.steps import reference_of
from shop.shipping.options import option_name

HAPPENED_SHOWN = 50


@dataclass(frozen=True)
class StoryLine:
    """`shipped` and `returned` are None for an order that another shop sold."""

    id: int
    name: str
    sku: str
    quantity: int
    price: Decimal
    discount: Decimal
    shipped: int | None
    returned: int | None
    cancelled: int = 0
    left: int = 0  # to pack


@dataclass(frozen=True)
class Story:
    order: Order
    state: str
    option: str
    delivery_before: Decimal  # the discounts below the lines are on the delivery, too
    customer_url: str
    token: str
    lines: list[StoryLine]
    to_pack: list[StoryLine]
    discounts: list[Any]
    payments: list[Payment]
    paid: Decimal
    refunded: Decimal
    shipments: list[Shipment]
    returns: list[ReturnRequest]
    documents: list[OrderDocument]
    matters: list[Attention]
    panels: list[Panel]
    mails: list[Any]
    timeline: crm.TimelinePage
    steps: list[Step]


def access_order(user: Any, order_id: int) -> Order:
    """The order, for staff who may see orders.

    :raises Order.DoesNotExist: also where there is no customer behind it, or no right to see it
    """
    if not user.has_perm("order.view_order"):
        raise Order.DoesNotExist
    related = ("purchase__customer", "shipping_address__country")
    return Order.objects.select_related(*related).get(pk=order_id, purchase__isnull=False)


def story_of(order: Order, *, user: Any, language: str) -> Story:
    reference = f"shop.order:{order.pk}"
    payments = list(order.payments.prefetch_related("refunds").order_by("pk"))
    for payment in payments:
        payment.way = PROVIDERS[payment.provider].name if payment.provider in PROVIDERS else payment.provider
    lines = [_line(line) for line in lines_of(order, language)]
    shipments = _shipments_of(order, lines)
    left = left_to_pack(shipments, lines)
    matters = list(order.attention.filter(settled_at=None).order_by("opened_at"))
    held = [payment for payment in payments if payment.status in Payment.HOLDS_MONEY]
    returns = list(order.returns.order_by("pk"))
    about = crm.Interaction.objects.about(reference, *(reference_of(case) for case in returns))
    return Story(
        order=order,
        state=state_name(order.status),
        option=option_name(order),
        delivery_before=order.delivery_before,
        customer_url=reverse("admin:crm_customer_change", args=[order.purchase.customer_id]),
        token=order_token(order),
        lines=lines,
        to_pack=[replace(line, left=left[line.id]) for line in lines if line.id in left],
        discounts=list(order.discounts.order_by("pk")),
        payments=payments,
        paid=sum((payment.amount for payment in held), Decimal("0.00")),
        refunded=sum((payment.refunded for payment in held), Decimal("0.00")),
        shipments=shipments,
        returns=returns,
        documents=list(order.documents.order_by("pk").defer("body")),
        matters=matters,
        panels=panels_of(order),
        mails=list(crm.OutgoingMail.objects.filter(reference=reference).order_by("-pk")),
        timeline=crm.TimelinePage(crm.entries_of(about.newest_first()[:HAPPENED_SHOWN]), ""),
        steps=steps_for(order, user=user, payments=payments, shipments=shipments, lines=lines),
    )


def _shipments_of(order: Order, lines: list[StoryLine]) -> list[Shipment]:
    """With the `name` of each line in them, as staff read it."""
    names = {line.id: line.name for line in lines}
    rows = order.shipments.select_related("replaces").prefetch_related(
        Prefetch("lines", ShipmentLine.objects.order_by("pk")), "parcels__events"
    )
    shipments = list(rows.order_by("pk"))
    for shipment in shipments:
        entry: Any
        for entry in shipment.lines.all():
            entry.name = names[entry.line_id]
    return shipments


def _line(line: Any) -> StoryLine:
    progress = getattr(line, "progress", None)
    return StoryLine(
        id=line.pk,
        name=line.name,
        sku=line.partner_sku,
        quantity=line.quantity,
        price=line.line_price_before_discounts_incl_tax,
        discount=line.line_price_before_discounts_incl_tax - line.line_price_incl_tax,
        shipped=progress.shipped if progress else None,
        returned=progress.returned if progress else None,
        cancelled=progress.cancelled if progress else 0,
    )
