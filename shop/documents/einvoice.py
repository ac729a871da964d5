"""The seam for e-Arşiv: an integrator that takes our invoices to the tax administration.

EINVOICE names the class of one; without it the invoice stays here, as PDF. An invoice is put in line by the transaction
that numbers it and submitted later, outside any transaction: an integrator that is down delays itself and nothing else.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from shop.models import InvoiceSubmission, OrderDocument

logger = logging.getLogger(__name__)

State = InvoiceSubmission.State
# Whoever took a row has this long before another worker may: longer than any integrator is waited for.
CLAIM = timedelta(minutes=5)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
ASK_AGAIN = timedelta(minutes=15)


class IntegratorUnreachable(Exception):
    """No answer, or one that is no word about the invoice: the same is tried again later."""


@dataclass(frozen=True)
class Receipt:
    """`state`: TAKEN, ACCEPTED or REFUSED; `reference`: the integrator's name for it; `reason`: a refusal's."""

    state: str
    reference: str = ""
    reason: str = ""


class EInvoice(Protocol):
    """An integrator. Both may be called again for the same invoice: `document.number` tells a repeat."""

    def submit(self, document: OrderDocument) -> Receipt:
        """:raises IntegratorUnreachable: to be tried again"""

    def look_up(self, reference: str) -> Receipt:
        """What became of an invoice that was taken.

        :raises IntegratorUnreachable: to be tried again
        """


def integrator() -> EInvoice | None:
    """The one that EINVOICE names."""
    if not settings.EINVOICE:
        return None
    made: EInvoice = import_string(settings.EINVOICE)()
    return made


def put_in_line(document: OrderDocument, *, now: datetime) -> None:
    """In the transaction that makes the invoice."""
    if settings.EINVOICE:
        InvoiceSubmission.objects.create(document=document, next_attempt_at=now)


def submit_due(*, now: datetime) -> int:
    """Submit what waits and ask after what was taken; returns how many were answered."""
    service = integrator()
    if service is None:
        return 0
    answered = 0
    due = InvoiceSubmission.objects.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
    for pk in list(due.values_list("pk", flat=True)):
        submission = _claim(pk, now=now)
        if submission is None:
            continue
        try:
            taken = submission.state == State.TAKEN
            receipt = service.look_up(submission.reference) if taken else service.submit(submission.document)
        except IntegratorUnreachable as error:
            logger.warning("invoice %s could not be submitted: %s", submission.document.number, error)
            _try_later(submission, str(error), now=now)
        else:
            _note(submission, receipt, now=now)
            answered += 1
    return answered


@transaction.atomic
def _claim(pk: int, *, now: datetime) -> InvoiceSubmission | None:
    row = (
        InvoiceSubmission.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("document__order")
        .filter(pk=pk, next_attempt_at__lte=now)
        .first()
    )
    if row is not None:
        row.attempts += 1
        row.next_attempt_at = now + CLAIM
        row.save(update_fields=["attempts", "next_attempt_at"])
    return row


def _try_later(submission: InvoiceSubmission, error: str, *, now: datetime) -> None:
    wait = min(FIRST_RETRY * 2 ** min(submission.attempts - 1, 20), LONGEST_RETRY)
    _finish(submission, error=error[:300], next_attempt_at=now + wait)


def _note(submission: InvoiceSubmission, receipt: Receipt, *, now: datetime) -> None:
    _finish(
        submission,
        state=receipt.state,
        reference=receipt.reference or submission.reference,
        error=receipt.reason[:300],
        next_attempt_at=now + ASK_AGAIN if receipt.state == State.TAKEN else None,
    )
    if receipt.state == State.REFUSED:
        logger.error("invoice %s was refused: %s", submission.document.number, receipt.reason)


def _finish(submission: InvoiceSubmission, **changes: object) -> None:
    """Unless somebody else has claimed it since: then theirs is the later word."""
    mine = InvoiceSubmission.objects.filter(pk=submission.pk, attempts=submission.attempts)
    mine.update(**changes)
