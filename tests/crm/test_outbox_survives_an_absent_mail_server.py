"""A mail server that is away for a while delays mail; it loses none and uses up no attempt."""

from collections.abc import Callable

from crm.models import OutgoingMail
from tests.processes import Shop, queue, wait_for

MAILS = 20
Status = OutgoingMail.Status


def test_mail_queued_while_the_server_is_away_leaves_when_it_is_back(mail_shop: Callable[..., Shop]) -> None:
    shop = mail_shop(workers=1)
    (first,) = queue(1)
    wait_for(lambda: shop.server.seen[first.message_id] == 1, 90, "the worker works")
    shop.server.stop()
    expected = [mail.message_id for mail in queue(MAILS, start=1)]
    wait_for(lambda: OutgoingMail.objects.filter(status=Status.RETRY).count() >= 3, 20, "the worker has tried")
    tried = OutgoingMail.objects.filter(status=Status.RETRY).count()
    assert not any(shop.server.seen[key] for key in expected)
    shop.server.start()
    needed = shop.wait_until_sent(30)
    arrived = [shop.server.seen[key] for key in expected]
    print(
        f"\nmail server away: {MAILS} mails queued, {tried} tried in vain; "
        f"{sum(arrived)} arrived within {needed:.1f} s of its return, none twice, none given up"
    )
    assert arrived == [1] * MAILS
    assert set(OutgoingMail.objects.values_list("status", "attempts")) == {(Status.SENT, 1)}
