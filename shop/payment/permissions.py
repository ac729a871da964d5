"""Who may give money back."""

from decimal import Decimal
from typing import Any

from django.conf import settings


def may_refund(user: Any, amount: Decimal) -> bool:
    """Managers any amount, agents up to settings.REFUND_CAP_AGENT, in whatever currency the order has."""
    if not (user.is_active and user.is_staff):
        return False
    if user.has_perm("shop.add_refund"):
        return True
    return user.has_perm("shop.change_returnrequest") and amount <= settings.REFUND_CAP_AGENT
