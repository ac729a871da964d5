"""Vouchers in a basket: entering a code, taking it out again. What one gives is Oscar's offers; see shop/offer."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import F

from crm import api as crm
from shop.basket.services import lock_basket
from shop.offer.delivery import gives
from shop.offer.vouchers import spent_vouchers
from shop.oscar import Applicator, Voucher

# A Turkish keyboard writes İ for the I of a code, and ı for its i.
_DOTS = str.maketrans("İı", "II")


class Reason(StrEnum):
    """Why a code gives nothing."""

    UNKNOWN = "unknown"
    NOT_YET = "not yet"
    EXPIRED = "expired"
    USED_UP = "used up"
    ONLY_ONCE = "only once"
    NOTHING_FITS = "nothing fits"


class VoucherRefused(Exception):
    """The code was not put into the basket; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def enter_code(basket: Any, code: str, *, user: crm.User | None, now: datetime) -> Voucher:
    """Put the voucher of a code into the basket. Entering one that is in it already changes nothing.

    :raises VoucherRefused: :raises BasketIsClosed:
    """
    voucher = find_voucher(code)
    if voucher is None:
        raise VoucherRefused(Reason.UNKNOWN)
    if reason := why_not(voucher, user=user, now=now):
        raise VoucherRefused(reason)
    if basket.pk is None:
        raise VoucherRefused(Reason.NOTHING_FITS)
    with transaction.atomic():
        lock_basket(basket)
        if not basket.vouchers.filter(pk=voucher.pk).exists():
            basket.vouchers.add(voucher)
            Voucher.objects.filter(pk=voucher.pk).update(num_basket_additions=F("num_basket_additions") + 1)
        basket.reset_offer_applications()
        Applicator().apply(basket, user, now=now)
        if not any(entry["voucher"] == voucher and gives(basket, entry) for entry in basket.offer_applications):
            basket.reset_offer_applications()
            raise VoucherRefused(Reason.NOTHING_FITS)
    return voucher


def take_out_voucher(basket: Any, voucher_id: int) -> None:
    """:raises BasketIsClosed:"""
    if basket.pk is None:
        return
    with transaction.atomic():
        lock_basket(basket)
        basket.vouchers.remove(voucher_id)
        basket.reset_offer_applications()


def take_out_codes(basket: Any, codes: tuple[str, ...]) -> None:
    """Those that turned out to be spent when the order was placed.

    :raises BasketIsClosed:
    """
    for voucher in basket.vouchers.filter(code__in=codes):
        take_out_voucher(basket, voucher.pk)


def find_voucher(code: str) -> Voucher | None:
    """Codes are kept in capitals and without blanks."""
    typed = "".join(crm.clean_line(code).split())[:128]
    return Voucher.objects.filter(code__in={typed.upper(), typed.translate(_DOTS).upper()}).first()


def why_not(voucher: Voucher, *, user: crm.User | None, now: datetime) -> Reason | None:
    """Why this person may not use the voucher, whatever is in the basket; None if they may."""
    if now < voucher.start_datetime:
        return Reason.NOT_YET
    if now > voucher.end_datetime:
        return Reason.EXPIRED
    if spent_vouchers([voucher], user=user):
        return Reason.USED_UP if voucher.usage == Voucher.SINGLE_USE else Reason.ONLY_ONCE
    return None
