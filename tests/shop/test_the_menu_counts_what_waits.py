"""The menu of staff says how many matters and reviews wait, and nothing where none does."""

import re
from datetime import datetime
from typing import Any

from crm import api as crm
from shop.models import Attention

BADGE = re.compile(r'<span class="[^"]*min-w-\[18px\][^"]*">([^<]*)</span>')


def badges(client: Any) -> list[str]:
    return BADGE.findall(client.get("/admin/").content.decode())


def test_a_number_where_something_waits_and_no_badge_where_nothing_does(
    login: Any, linus: crm.User, order_as_guest: Any, now: datetime
) -> None:
    staff = login(linus)
    assert badges(staff) == []
    order = order_as_guest()
    for kind in ("mismatch", "surplus"):
        Attention.objects.create(order=order, kind=kind, subject=f"shop.order:{order.pk}", opened_at=now)
    assert badges(staff) == ["2"]
