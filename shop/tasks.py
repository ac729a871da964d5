from celery import shared_task
from django.utils import timezone

from crm import api as crm
from shop.orders import fulfilment
from shop.payment import services as payment


@shared_task
def finish_orders() -> None:
    """Bring every order that a crash or a shopper left half-way to an end."""
    now = timezone.now()
    payment.finish_waiting(now=now)
    fulfilment.cancel_all_unpaid(actor=crm.Actor.system("sweeper"), now=now)
