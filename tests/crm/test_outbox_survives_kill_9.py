"""A worker that is killed has at most one mail in its hands: that one may come twice, none is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from crm import outbox
from crm.models import OutgoingMail
from tests.processes import Shop, queue, wait_for

MAILS = 300
# After how many arrived mails the first, second and third of four workers is killed.
KILLED_AT = (40, 90, 150)


def test_a_killed_worker_loses_no_mail_and_repeats_at_most_the_one_in_its_hands(
    mail_shop: Callable[..., Shop], settings: Any
) -> None:
    shop = mail_shop(workers=4, seconds_for_each=0.02)
    shop.wait_for_workers()
    killed: list[int] = []

    def kill_at(number: int) -> None:
        # From within the server, which has the mail but has not said so: the nastiest moment there is.
        if len(killed) < len(KILLED_AT) and number >= KILLED_AT[len(killed)]:
            killed.append(number)
            shop.kill_worker(len(killed) - 1)

    shop.server.on_mail = kill_at
    expected = [mail.message_id for mail in queue(MAILS)]
    wait_for(lambda: not OutgoingMail.objects.filter(status__in=OutgoingMail.WAITING).exists(), 60, "nothing waits")
    in_dead_hands = OutgoingMail.objects.filter(status=OutgoingMail.Status.SENDING)
    wait_for(lambda: in_dead_hands.count() <= len(killed), 20, "the living worker is done")
    # Only rows of the dead are left once the last worker has marked its own.
    wait_for(lambda: shop.server.seen.total() >= MAILS - len(killed), 20, "all but theirs arrived")
    now = timezone.now()
    in_dead_hands.update(claimed_at=now - timedelta(seconds=settings.OUTBOX_CLAIM_SECONDS + 1))  # as if so long ago
    released = outbox.release_stuck(now=now)
    shop.wait_until_sent(30)
    lost = set(expected) - set(shop.server.seen)
    repeats = shop.server.seen.total() - len(shop.server.seen)
    print(
        f"\nkill -9 after {', '.join(map(str, killed))} of {MAILS} mails: {len(lost)} lost, "
        f"{released} put back out of dead hands, {repeats} came twice ({len(killed)} kills)"
    )
    assert len(killed) == len(KILLED_AT)
    assert (len(lost), len(shop.server.seen)) == (0, MAILS)
    assert repeats <= len(killed)
    assert max(shop.server.seen.values()) <= 2
