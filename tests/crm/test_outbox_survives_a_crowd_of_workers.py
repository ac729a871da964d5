"""Four worker processes, 500 mails: each leaves once."""

import time
from collections.abc import Callable

from crm.models import OutgoingMail
from tests.processes import Shop, queue

MAILS, WORKERS = 500, 4


def test_four_worker_processes_send_five_hundred_mails_none_lost_none_twice(mail_shop: Callable[..., Shop]) -> None:
    shop = mail_shop(workers=WORKERS)
    expected = [mail.message_id for mail in queue(MAILS)]
    shop.wait_for_workers()
    began = time.monotonic()
    shop.wait_until_sent(60)
    lost = set(expected) - set(shop.server.seen)
    twice = [key for key, times in shop.server.seen.items() if times > 1]
    print(
        f"\n{WORKERS} worker processes, {MAILS} mails: {len(shop.server.seen)} arrived, {len(lost)} lost, "
        f"{len(twice)} twice, {time.monotonic() - began:.1f} s after the last worker was up"
    )
    assert (len(lost), len(twice), len(shop.server.seen)) == (0, 0, MAILS)
    assert OutgoingMail.objects.filter(status=OutgoingMail.Status.SENT, attempts=1).count() == MAILS
