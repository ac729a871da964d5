"""What every step of an order is made of: its lock, its fact, its mail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import translation

from crm import api as crm
from shop.events import BOUGHT
from shop.orders.lines import lines_of
from shop.orders.links import tracking_url
from shop.orders.placing import facts_of
from shop.orders.selectors import parcels_of
from shop.oscar import Order, StockRecord


class NotInThatState(Exception):
    """The order is not in the state that this step needs; somebody else may have been quicker."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"{order.number} is {order.status}")
        self.status = order.status


def lock_order(order_id: int) -> Order:
    """The order, locked until the end of the transaction, with its purchase."""
    return Order.objects.select_for_update(of=("self",)).select_related("purchase__customer").get(pk=order_id)


def record_step(order: Order, kind: str, *, actor: crm.Actor, now: datetime, **ids: int) -> None:
    """`ids` say what exactly took the step: shipment=3, parcel=7."""
    crm.record(
        kind,
        customer_id=order.purchase.customer_id,
        actor=actor,
        now=now,
        subject=f"shop.order:{order.pk}",
        data={**facts_of(order), **ids},
    )


def record_bought(order: Order, *, now: datetime) -> None:
    """One fact for each line: what recommendations are made of. A variant counts as its parent."""
    customer_id = order.purchase.customer_id
    crm.record_many(
        crm.Interaction(
            kind=BOUGHT,
            customer_id=customer_id,
            actor=str(crm.Actor.customer(customer_id)),
            occurred_at=now,
            subject=f"shop.product:{line.product.parent_id or line.product_id}",
            data={"order": order.number, "quantity": line.quantity},
        )
        for line in order.lines.select_related("product").filter(product__isnull=False).order_by("pk")
    )


def queue_order_mail(
    order: Order,
    name: str,
    *,
    about: str = "",
    context: Mapping[str, Any] | None = None,
    attachments: Sequence[crm.Attachment] = (),
    now: datetime,
) -> None:
    """Mail the customer about a step; each step is told once. All mails of an order are one thread.

    A step that an order may take several times says which one it is `about`: "parcel-7". `context` is for the
    templates, beside the order, its lines (with .name), address, parcels and link.
    """
    reference = f"shop.order:{order.pk}"
    earlier = crm.OutgoingMail.objects.filter(reference=reference).order_by("pk").values_list("message_id", flat=True)
    purchase = order.purchase
    with translation.override(purchase.language):
        link = tracking_url(order)
    crm.queue_mail(
        crm.Mail(
            template=f"shop/email/{name}",
            to=purchase.email,
            language=purchase.language,
            dedupe_key=":".join(filter(None, [reference, name, about])),
            customer_id=purchase.customer_id,
            reference=reference,
            in_reply_to=list(earlier),
            attachments=attachments,
            context={
                "order": order,
                "lines": lines_of(order, purchase.language),
                "address": order.shipping_address,
                "parcels": list(parcels_of(order)),
                "link": link,
                "papers_link": f"{link}#papers",
                **(context or {}),
            },
        ),
        now=now,
    )


def reserved_stock(order: Order) -> list[tuple[StockRecord, int]]:
    """The stock records of an order, locked in the order of their keys, with how many are reserved."""
    lines = order.lines.filter(stockrecord__isnull=False)
    wanted: dict[int, int] = {}
    for stockrecord_id, quantity in lines.values_list("stockrecord_id", "quantity"):
        wanted[stockrecord_id] = wanted.get(stockrecord_id, 0) + quantity
    records = StockRecord.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk")
    return [(record, wanted[record.pk]) for record in records]
