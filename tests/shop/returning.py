"""Orders that were sent and arrived, and wishes to send something back, for the tests of returns."""

import io
import uuid
from datetime import datetime, timedelta
from typing import Any

from PIL import Image

from crm import api as crm
from shop.models import ReturnRequest
from shop.orders.placing import place_order
from shop.payment.services import pay_by_card
from shop.returns.services import Arrived, WantedLine, approve_return, receive_return, request_return
from shop.shipments.services import mark_delivered, mark_shipped
from tests.shop.conftest import GOOD_CARD, delivery, fill, put_on_shelf

STAFF = crm.Actor.staff(1)
SOMEBODY = crm.Actor("visitor", "unknown")


def send_order(order: Any, now: datetime, *, is_delivered: bool = True) -> Any:
    """Paid already; leaves and arrives `now`."""
    mark_shipped(order.pk, carrier="Yurt Kargo", tracking_number=f"TR{order.pk}", actor=STAFF, now=now)
    if is_delivered:
        mark_delivered(order.pk, actor=STAFF, now=now)
    order.refresh_from_db()
    return order


def sent_order(now: datetime, *lines: tuple[Any, int], user: Any = None, **options: Any) -> Any:
    """For races, which cannot use the fixtures: a guest's order, or an account's, that arrived `now`."""
    basket = fill(*(lines or ((put_on_shelf(), 1),)), user=user)
    arguments: dict[str, Any] = {"expected_goods_total": None, "visitor": None, "language": "en", "now": now}
    order = place_order(basket.pk, delivery=delivery(), user=user, **arguments)
    pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    order.refresh_from_db()
    return send_order(order, now, **options)


def wish(order: Any, now: datetime, *quantities: int, is_proved: bool = True, **changes: Any) -> ReturnRequest:
    """A wish to send back so many of each line of an order; one of the first, a day later, if nothing is said."""
    reason, instead = changes.pop("reason", "mind"), changes.pop("instead", None)
    days = changes.pop("days", 1)
    lines = [
        WantedLine(line_id=line.pk, quantity=quantity, reason=reason, exchange_for=instead)
        for line, quantity in zip(order.lines.order_by("pk"), quantities or (1,), strict=False)
        if quantity
    ]
    arguments: dict[str, Any] = {
        "kind": "return",
        "lines": lines,
        "note": "",
        "photos": [],
        "language": "en",
        "submission": uuid.uuid4(),
        "actor": SOMEBODY,
        "now": now + timedelta(days=days),
    }
    return request_return(order.pk, is_proved=is_proved, **{**arguments, **changes})


def agree(case: ReturnRequest, now: datetime, *, comes_back: bool = True) -> ReturnRequest:
    return approve_return(case.pk, answer="", comes_back=comes_back, actor=STAFF, now=now + timedelta(days=2))


def arrive(case: ReturnRequest, now: datetime, *counts: tuple[int, int]) -> ReturnRequest:
    """So many of each line, and so many of them on the shelf; all of it and all on the shelf if nothing is said."""
    lines = list(case.lines.order_by("line_id"))
    counts = counts or tuple((line.quantity, line.quantity) for line in lines)
    arrived = {line.pk: Arrived(*count) for line, count in zip(lines, counts, strict=False)}
    return receive_return(case.pk, arrived=arrived, actor=STAFF, now=now + timedelta(days=4))


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "#b2502f").save(file, kind, **options)
    return file.getvalue()


def everything_written() -> tuple[int, ...]:
    """Compared before and after a refusal: nothing was written, queued or logged."""
    return (
        ReturnRequest.objects.count(),
        crm.Interaction.objects.count(),
        crm.OutgoingMail.objects.count(),
    )
