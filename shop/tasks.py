from celery import shared_task
from django.conf import settings
from django.utils import timezone

from crm import api as crm
from shop.alerts import services as alerts
from shop.catalogue import popularity
from shop.documents import einvoice
from shop.files import jobs
from shop.index import refresh as index
from shop.orders import releasing
from shop.payment import refunds, webhooks
from shop.payment import services as payment
from shop.payment.providers import SimulatedCard, simulated
from shop.personal import offers
from shop.returns import services as returns
from shop.returns import settling
from shop.shipments import promises, simulator


@shared_task
def finish_orders() -> None:
    """Bring every order that a crash or a shopper left half-way to an end."""
    now = timezone.now()
    payment.finish_waiting(now=now)
    refunds.finish_refunds(now=now)
    releasing.cancel_all_unpaid(actor=crm.Actor.system("sweeper"), now=now)
    settling.finish_settlements(now=now)


@shared_task
def forget_unconfirmed_returns() -> None:
    """Remove the returns that nobody confirmed by the link in the mail."""
    returns.forget_unconfirmed(now=timezone.now())


@shared_task
def send_stock_alerts() -> None:
    """Mail those who wait for what can be bought again."""
    alerts.send_alerts(now=timezone.now())


@shared_task
def forget_stock_alerts() -> None:
    """Remove the alerts that nobody confirmed, and those that were sent long ago."""
    alerts.forget_alerts(now=timezone.now())


@shared_task
def send_simulated_webhook(reference: str) -> None:
    """The simulated network tells of a charge by itself, signed, some seconds after the shopper has gone on."""
    headers, body = simulated.webhook_of(reference)
    webhooks.take_webhook(SimulatedCard.code, headers=headers, body=body, now=timezone.now())


@shared_task
def note_late_deliveries() -> None:
    """What should have arrived by now: its customer and a person are told, once."""
    promises.note_late_deliveries(now=timezone.now())


@shared_task
def move_simulated_parcels() -> None:
    """The simulated carrier's parcels get on; with the simulator off they stay where they are."""
    simulator.move_parcels(seconds_per_day=settings.CARRIER_SIMULATOR_SECONDS_PER_DAY, now=timezone.now())


@shared_task
def rebuild_popularity() -> None:
    """What the listings' first order goes by; once a night is often enough. So are the words of the search."""
    popularity.rebuild_popularity(now=timezone.now())
    index.count_words()


@shared_task
def refresh_index() -> None:
    """What nobody has looked at since it changed: the next reader finds it done."""
    index.refresh_index()


@shared_task
def send_offers() -> None:
    """Queue this week's personal offers. A second run in the same week adds nothing."""
    offers.send_offers(timezone.now())


@shared_task
def submit_invoices() -> None:
    """Take invoices to the integrator, if there is one, and ask what became of those that it has."""
    einvoice.submit_due(now=timezone.now())


@shared_task
def check_catalogue_file(file_id: int) -> None:
    """Find out what an uploaded file would do."""
    jobs.check_file(file_id, now=timezone.now)


@shared_task
def run_catalogue_file(file_id: int) -> None:
    """Write a confirmed file, from where it stands."""
    jobs.run_file(file_id, now=timezone.now)


@shared_task
def go_on_with_catalogue_files() -> None:
    """Files whose nudge was lost or whose worker died are taken up again."""
    for taken in jobs.due_files(now=timezone.now()):
        jobs.check_file(taken.pk, now=timezone.now)
        jobs.run_file(taken.pk, now=timezone.now)
