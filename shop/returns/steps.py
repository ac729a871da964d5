"""What every step of a return is made of: its locks, its fact, its mail."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F

from crm import api as crm
from shop.models import LineProgress, ReturnLine, ReturnRequest
from shop.orders.lines import lines_of, name_of_product
from shop.orders.steps import lock_order
from shop.oscar import StockRecord
from shop.returns.links import label_url, return_url

State = ReturnRequest.State


class ReturnHasMoved(Exception):
    """The return is not in a state that this step begins in; somebody else may have been quicker."""

    def __init__(self, case: ReturnRequest) -> None:
        super().__init__(f"{case.number} is {case.state}")
        self.state = case.get_state_display()


def reference_of(case: ReturnRequest) -> str:
    return f"shop.return:{case.pk}"


def lock_return(return_id: int, *, among: Iterable[str] | None = None) -> ReturnRequest:
    """A return with its order, both locked: the order first, as everywhere.

    :raises ReturnHasMoved: if it is in none of the states `among`, or its money is on its way already
    """
    order_id = ReturnRequest.objects.values_list("order_id", flat=True).get(pk=return_id)
    order = lock_order(order_id)
    case = ReturnRequest.objects.select_for_update(of=("self",)).get(pk=return_id)
    case.order = order
    if among is not None:
        check_state(case, among)
    return case


def check_state(case: ReturnRequest, among: Iterable[str]) -> None:
    """:raises ReturnHasMoved: if it is in none of these states, or its money is on its way already"""
    if case.state not in among or case.agreed_amount is not None:
        raise ReturnHasMoved(case)


def lines_of_return(case: ReturnRequest) -> list[ReturnLine]:
    """Its lines, in the order of their keys."""
    lines = case.lines.select_related("line__stockrecord", "line__product", "exchange_for__parent")
    return list(lines.order_by("line_id"))


def named_lines(case: ReturnRequest, language: str) -> list[Any]:
    """Its lines with `name` and `instead`, what the products are called in a language, and `pieces`, how many count."""
    names = {line.pk: line.name for line in lines_of(case.order, language)}
    lines: list[Any] = list(lines_of_return(case))
    for line in lines:
        line.name = names[line.line_id]
        other = line.exchange_for
        line.instead = name_of_product(other, language) or other.get_title() if other else ""
        line.pieces = line.quantity if line.received is None else line.received
    return lines


def contents_of_replacement(case: ReturnRequest, language: str) -> list[tuple[int, str]]:
    """(quantity, name) of what leaves instead of what came back."""
    return [(line.pieces, line.instead) for line in named_lines(case, language) if line.pieces and line.instead]


def is_replaced(lines: Iterable[ReturnLine]) -> bool:
    """Whether something else is wanted instead, rather than money: of all lines or of none."""
    return all(line.exchange_for_id for line in lines)


def hold(quantities: dict[int, int]) -> None:
    """Note pieces by line as on their way back; a negative number frees them. The database refuses what never left."""
    for line_id in sorted(quantities):
        if quantities[line_id]:
            LineProgress.objects.filter(line_id=line_id).update(returned=F("returned") + quantities[line_id])


def lock_replacements(lines: Iterable[ReturnLine]) -> dict[int | None, StockRecord]:
    """The stock records of what shall come instead, by product, locked in the order of their keys."""
    wanted = {line.exchange_for_id for line in lines}
    records = StockRecord.objects.select_for_update(of=("self",)).filter(product_id__in=wanted).order_by("pk")
    by_product: dict[int | None, StockRecord] = {}
    for record in records:
        by_product.setdefault(record.product_id, record)
    return by_product


def free_replacements(case: ReturnRequest) -> None:
    """What was kept aside for an agreed exchange goes back on the shelf."""
    lines = lines_of_return(case)
    if not is_replaced(lines) or case.state not in (State.APPROVED, State.RECEIVED):
        return
    records = lock_replacements(lines)
    for line in lines:
        if record := records.get(line.exchange_for_id):
            record.cancel_allocation(line.quantity if line.received is None else line.received)


def record_return(case: ReturnRequest, what: str, *, actor: crm.Actor, now: datetime, **data: Any) -> None:
    crm.record(
        f"shop.return.{what}",
        customer_id=case.order.purchase.customer_id,
        actor=actor,
        now=now,
        subject=reference_of(case),
        data={"number": case.number, "order": case.order.number, "kind": case.kind, **data},
    )


def queue_return_mail(case: ReturnRequest, name: str, *, now: datetime, **context: Any) -> None:
    """Mail the order's address about a step; each step of a return is told once, in the thread of its order."""
    order = case.order
    thread = f"shop.order:{order.pk}"
    earlier = crm.OutgoingMail.objects.filter(reference=thread).order_by("pk").values_list("message_id", flat=True)
    crm.queue_mail(
        crm.Mail(
            template=f"shop/email/return_{name}",
            to=order.purchase.email,
            language=case.language,
            dedupe_key=f"{reference_of(case)}:{name}",
            customer_id=order.purchase.customer_id,
            reference=thread,
            in_reply_to=list(earlier),
            context={
                "case": case,
                "order": order,
                "lines": named_lines(case, case.language),
                "address": order.shipping_address,
                "link": return_url(case),
                "label": label_url(case),
                **context,
            },
        ),
        now=now,
    )
