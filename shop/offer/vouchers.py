"""When a voucher counts. One person is one account, one customer, or one e-mail address that an order's mails go to."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from oscar.core.loading import get_model


def usable_vouchers(vouchers: Iterable[Any], *, user: Any, now: datetime, email: str = "") -> list[Any]:
    """Those that are running and that this person may still use; two queries.

    `user` is an account, None or anonymous; `email` (as normalised) tells guests apart, where it is known already.
    """
    running = [voucher for voucher in vouchers if voucher.is_active(now)]
    spent = spent_vouchers(running, user=user, email=email)
    return [voucher for voucher in running if voucher.pk not in spent]


def spent_vouchers(vouchers: Iterable[Any], *, user: Any, email: str = "") -> set[int]:
    """Ids of the vouchers that this person cannot use any more, because they or others have."""
    limited = [voucher for voucher in vouchers if is_limited(voucher)]
    if not limited:
        return set()
    whose = Q(voucher__usage=limited[0].SINGLE_USE)
    if user is not None and user.is_authenticated:
        whose |= Q(user=user.pk) | Q(order__purchase__customer__account=user.pk)
    if email:
        whose |= Q(order__purchase__email=email)
    uses = get_model("voucher", "VoucherApplication").objects.filter(whose, voucher__in=limited)
    return set(uses.order_by().values_list("voucher_id", flat=True))


def is_limited(voucher: Any) -> bool:
    return bool(voucher.usage != voucher.MULTI_USE)
