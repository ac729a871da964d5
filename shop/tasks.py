from celery import shared_task
from django.utils import timezone

from crm import api as crm
from shop.catalogue import popularity
from shop.documents import einvoice
from shop.orders import releasing
from shop.payment import services as payment
from shop.personal import offers


@shared_task
def finish_orders() -> None:
    """Bring every order that a crash or a shopper left half-way to an end."""
    now = timezone.now()
    payment.finish_waiting(now=now)
    releasing.cancel_all_unpaid(actor=crm.Actor.system("sweeper"), now=now)


@shared_task
def rebuild_popularity() -> None:
    """What the listings' first order goes by; once a night is often enough."""
    popularity.rebuild_popularity(now=timezone.now())


@shared_task
def send_offers() -> None:
    """Queue this week's personal offers. A second run in the same week adds nothing."""
    offers.send_offers(timezone.now())


@shared_task
def submit_invoices() -> None:
    """Take invoices to the integrator, if there is one, and ask what became of those that it has."""
    einvoice.submit_due(now=timezone.now())
