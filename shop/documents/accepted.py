"""Papers that a shopper has accepted, on their way into the order that they are about."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from shop.models import OrderDocument
from shop.oscar import Order

Goods = tuple[tuple[int, int, Decimal], ...]  # (product, how many, price of one), sorted


class NotWhatWasAccepted(Exception):
    """Between reading and ordering, the basket became another one than the papers speak of."""


@dataclass(frozen=True, kw_only=True)
class AcceptedDocument:
    """`body` is what was agreed to; `goods` and `total` (all taxes and the delivery) are what it says of the order."""

    kind: str
    language: str
    body: str
    goods: Goods
    total: Decimal


def digest_of(*bodies: str) -> str:
    """SHA-256 in hex: what tells one wording from another."""
    return hashlib.sha256("\0".join(bodies).encode()).hexdigest()


def check_accepted(accepted: Sequence[AcceptedDocument], basket: Any, *, total: Decimal) -> None:
    """:raises NotWhatWasAccepted: if a paper speaks of other goods or of another sum than the order that is made"""
    goods = tuple(sorted((line.product_id, line.quantity, line.unit_price_incl_tax) for line in basket.all_lines()))
    if any(document.goods != goods or document.total != total for document in accepted):
        raise NotWhatWasAccepted


def keep_accepted(order: Order, accepted: Sequence[AcceptedDocument], *, now: datetime) -> None:
    """Put the papers with their order, in the transaction that makes it: one query."""
    if not accepted:
        return
    OrderDocument.objects.bulk_create(
        OrderDocument(
            order=order,
            kind=document.kind,
            language=document.language,
            body=document.body,
            digest=digest_of(document.body),
            made_at=now,
            accepted_at=now,
        )
        for document in accepted
    )
