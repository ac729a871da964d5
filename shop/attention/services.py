"""Telling a person what the machine cannot settle."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from crm import api as crm
from shop.models import Attention
from shop.oscar import Order


def ask_a_person(order: Order, kind: str, *, subject: str, detail: str = "", now: datetime) -> Attention:
    """Open a matter about an order, inside the caller's transaction. One that is open already stays as it is.

    `kind` is of Attention.Kind; `subject` a reference such as "shop.payment:12".
    """
    matter, _ = Attention.objects.get_or_create(
        kind=kind,
        subject=subject,
        settled_at=None,
        defaults={"order": order, "detail": detail[:300], "opened_at": now},
    )
    return matter


@transaction.atomic
def settle(attention_id: int, *, actor: crm.Actor, now: datetime) -> bool:
    """A person has dealt with it; False if somebody had before."""
    return bool(
        Attention.objects.filter(pk=attention_id, settled_at=None).update(settled_at=now, settled_by=str(actor))
    )


def settle_about(subject: str, *, kind: str, actor: crm.Actor, now: datetime) -> None:
    """What was open about it has solved itself: a late parcel arrived, a return was answered."""
    Attention.objects.filter(kind=kind, subject=subject, settled_at=None).update(settled_at=now, settled_by=str(actor))


def settle_all(order: Order, *, kinds: Iterable[str], actor: crm.Actor, now: datetime) -> None:
    """All that was open about an order, of these kinds, has solved itself."""
    open_ones = Attention.objects.filter(order=order, kind__in=kinds, settled_at=None)
    open_ones.update(settled_at=now, settled_by=str(actor))
