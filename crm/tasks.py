from celery import shared_task
from django.utils import timezone

from crm import affinities, interactions, outbox, partitions


@shared_task
def deliver_mail() -> None:
    outbox.deliver_due_mail()


@shared_task
def release_stuck_mail() -> None:
    outbox.release_stuck(now=timezone.now())


@shared_task
def copy_traces() -> None:
    interactions.copy_traces()


@shared_task
def make_partitions() -> None:
    partitions.ensure_coming_partitions(timezone.now())


@shared_task
def rebuild_affinities() -> None:
    affinities.rebuild_affinities(as_of=timezone.now())
