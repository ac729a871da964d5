from celery import shared_task
from django.utils import timezone

from crm import api as crm
from shop.catalogue import popularity
from shop.orders import releasing
from shop.payment import services as payment
from shop.personal import offers
from shop.returns import services as returns
from shop.returns import settling


@shared_task
def finish_orders() -> None:
    """Bring every order that a crash or a shopper left half-way to an end."""
    now = timezone.now()
    payment.finish_waiting(now=now)
    releasing.cancel_all_unpaid(actor=crm.Actor.system("sweeper"), now=now)
    settling.finish_settlements(now=now)


@shared_task
def forget_unconfirmed_returns() -> None:
    """Remove the returns that nobody confirmed by the link in the mail."""
    returns.forget_unconfirmed(now=timezone.now())


@shared_task
def rebuild_popularity() -> None:
    """What the listings' first order goes by; once a night is often enough."""
    popularity.rebuild_popularity(now=timezone.now())


@shared_task
def send_offers() -> None:
    """Queue this week's personal offers. A second run in the same week adds nothing."""
    offers.send_offers(timezone.now())
