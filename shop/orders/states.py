"""What the states of an order are called."""

from typing import Any

from django.utils.translation import gettext_lazy as _

STATE_NAMES: dict[str, Any] = {
    "pending": _("waiting for payment"),
    "confirmed": _("to be paid at the door"),
    "paid": _("paid"),
    "packed": _("packed"),
    "part_shipped": _("partly on its way"),
    "shipped": _("on its way"),
    "delivered": _("delivered"),
    "cancelled": _("cancelled"),
}


def state_name(status: str) -> str:
    """In the active language; a state of another system stays as it is."""
    return str(STATE_NAMES.get(status, status))
