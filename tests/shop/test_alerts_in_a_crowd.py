"""Many workers look for who waits at the same moment: each person gets one mail."""

from datetime import datetime

import pytest

from crm import api as crm
from shop.alerts.services import send_alerts
from shop.models import StockAlert
from tests.races import run_at_once
from tests.shop.conftest import put_on_shelf


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("stock", "told"), [(9, 30), (1, 10)])
def test_six_workers_tell_each_once_and_no_more_than_one_would(now: datetime, stock: int, told: int) -> None:
    cezve = put_on_shelf(stock=stock)
    StockAlert.objects.bulk_create(
        StockAlert(product=cezve, email=f"{n}@example.com", language="en", asked_at=now, confirmed_at=now)
        for n in range(30)
    )

    def send() -> int:
        return send_alerts(now=now)

    answers = run_at_once(*[send] * 6)
    assert [answer for answer in answers if not isinstance(answer, int)] == []
    assert sum(answers) == told
    assert crm.OutgoingMail.objects.count() == told
    assert StockAlert.objects.filter(sent_at=None).count() == 30 - told
