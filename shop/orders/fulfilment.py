"""What happens to an order once it is paid, or never is."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation

from crm import api as crm
from shop.events import BOUGHT
from shop.models import Payment, Shipment
from shop.orders.links import tracking_url
from shop.orders.placing import facts_of
from shop.oscar import Order, OrderLine, Product, StockRecord

PAYMENT_WAIT = timedelta(minutes=30)


class NotInThatState(Exception):
    """The order is not in the state that this step needs; somebody else may have been quicker."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"{order.number} is {order.status}")
        self.status = order.status


def lock_order(order_id: int) -> Order:
    """The order, locked until the end of the transaction, with its purchase."""
    return Order.objects.select_for_update(of=("self",)).select_related("purchase__customer").get(pk=order_id)


@transaction.atomic
def mark_shipped(order_id: int, *, carrier: str, tracking_number: str, actor: crm.Actor, now: datetime) -> Order:
    """The parcel has left: stock goes down, the customer gets a mail with the tracking link.

    :raises NotInThatState: if the order is not paid, or left already
    """
    order = lock_order(order_id)
    if order.status not in ("paid", "packed"):
        raise NotInThatState(order)
    Shipment.objects.create(order=order, carrier=carrier, tracking_number=tracking_number, shipped_at=now)
    for record, quantity in _reserved(order):
        record.consume_allocation(quantity)
    order.set_status("shipped")
    record_step(order, "shop.order.shipped", actor=actor, now=now)
    queue_order_mail(order, "order_shipped", now=now)
    return order


@transaction.atomic
def mark_delivered(order_id: int, *, actor: crm.Actor, now: datetime) -> Order:
    """:raises NotInThatState: if the order is not on its way"""
    order = lock_order(order_id)
    if order.status != "shipped":
        raise NotInThatState(order)
    Shipment.objects.filter(order=order).update(delivered_at=now)
    order.set_status("delivered")
    record_step(order, "shop.order.delivered", actor=actor, now=now)
    return order


@transaction.atomic
def cancel_unpaid(order_id: int, *, actor: crm.Actor, now: datetime) -> Order:
    """Nobody paid: the stock is free again.

    :raises NotInThatState: if it is paid or cancelled by now
    """
    order = lock_order(order_id)
    if order.status != "pending" or order.payments.exclude(status=Payment.Status.DECLINED).exists():
        raise NotInThatState(order)
    for record, quantity in _reserved(order):
        record.cancel_allocation(quantity)
    order.set_status("cancelled")
    order.purchase.cancelled_at = now
    order.purchase.save(update_fields=["cancelled_at"])
    record_step(order, "shop.order.cancelled", actor=actor, now=now)
    return order


def cancel_all_unpaid(*, actor: crm.Actor, now: datetime) -> int:
    """Cancel the orders that waited too long for a payment that no provider is working on; returns how many."""
    unpaid = (
        Order.objects.filter(status="pending", date_placed__lt=now - PAYMENT_WAIT, purchase__isnull=False)
        .exclude(payments__status__in=(Payment.Status.PENDING, Payment.Status.CAPTURED))
        .order_by("pk")
    )
    cancelled = 0
    for order_id in unpaid.values_list("pk", flat=True):
        try:
            cancel_unpaid(order_id, actor=actor, now=now)
        except NotInThatState:
            continue  # somebody paid in this very moment
        cancelled += 1
    return cancelled


def record_step(order: Order, kind: str, *, actor: crm.Actor, now: datetime) -> None:
    crm.record(
        kind,
        customer_id=order.purchase.customer_id,
        actor=actor,
        now=now,
        subject=f"shop.order:{order.pk}",
        data=facts_of(order),
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


def queue_order_mail(order: Order, name: str, *, now: datetime) -> None:
    """Mail the customer about a step; each step of an order is told once. All mails of an order are one thread."""
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
            dedupe_key=f"{reference}:{name}",
            customer_id=purchase.customer_id,
            reference=reference,
            in_reply_to=list(earlier),
            context={
                "order": order,
                "lines": lines_of(order, purchase.language),
                "address": order.shipping_address,
                "shipment": Shipment.objects.filter(order=order).first(),
                "link": link,
            },
        ),
        now=now,
    )


def lines_of(order: Order, language: str) -> list[OrderLine]:
    """An order's lines with `name`: what the product is called in a language, or was when it was bought."""
    lines = list(
        order.lines.select_related("product__parent")
        .prefetch_related("product__texts", "product__parent__texts")
        .order_by("pk")
    )
    for line in lines:
        line.name = _name_in(line.product, language) or line.title
    return lines


def _name_in(product: Product | None, language: str) -> str:
    """A variant is called like its parent, then what it differs in: "Tea towel – Blue"."""
    if product is None:
        return ""
    own = next((text.title for text in product.texts.all() if text.language == language), "")
    if product.parent is None or not own:
        return own
    return " – ".join(filter(None, [_name_in(product.parent, language), own]))


def _reserved(order: Order) -> list[tuple[StockRecord, int]]:
    """The stock records of an order, locked in the order of their keys, with how many are reserved."""
    lines = order.lines.filter(stockrecord__isnull=False)
    wanted: dict[int, int] = {}
    for stockrecord_id, quantity in lines.values_list("stockrecord_id", "quantity"):
        wanted[stockrecord_id] = wanted.get(stockrecord_id, 0) + quantity
    records = StockRecord.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk")
    return [(record, wanted[record.pk]) for record in records]
