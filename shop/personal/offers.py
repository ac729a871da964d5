"""Personal offer mails: at most one a week, to those who asked for offers, of things that fit what they bought."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation

from crm import api as crm
from shop.catalogue.cards import Card, cards
from shop.index.refresh import current_version
from shop.personal.shelves import REST, chosen_for, last_bought

logger = logging.getLogger(__name__)

OFFERS = crm.Actor.system("offers")
PRODUCTS = 4
FEWEST_PRODUCTS = 2
CANDIDATES = 30
# A product offered this lately is not offered again.
NOT_REPEATED = timedelta(days=28)
REPEATED_OFFERS_LOOKED_AT = 10


@dataclass(frozen=True)
class OfferedProduct:
    """A card with whole addresses, as a mail needs them."""

    title: str
    url: str
    picture: str
    price: Decimal | None
    price_before: Decimal | None
    currency: str
    price_varies: bool


def queue_offer(customer_id: int, *, now: datetime) -> crm.OutgoingMail | None:
    """Queue this ISO week's offer; None where there is no consent, no address, nothing to offer, or one already.

    The outbox asks for consent, suppression, frequency cap and quiet hours again when it sends.
    """
    key = _key(customer_id, now)
    if not crm.wants_offers(customer_id) or crm.OutgoingMail.objects.filter(dedupe_key=key).exists():
        return None
    customer = crm.Customer.objects.get(pk=customer_id)
    address = next((email for email in crm.emails_of(customer_id) if email.verified_at), None)
    if address is None:
        return None
    chosen = _choose(customer, now=now)
    if len(chosen) < FEWEST_PRODUCTS:
        return None
    return _queue(customer, address.value, key, chosen, now=now)


@transaction.atomic
def _queue(customer: crm.Customer, to: str, key: str, chosen: list[Card], *, now: datetime) -> crm.OutgoingMail | None:
    # Two schedulers at once: the second waits here, then finds the mail.
    crm.Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk)
    if crm.OutgoingMail.objects.filter(dedupe_key=key).exists():
        return None
    mail = crm.queue_mail(
        crm.Mail(
            template="shop/email/offer",
            to=to,
            language=customer.language,
            customer_id=customer.pk,
            reference=customer.reference,
            dedupe_key=key,
            is_marketing=True,
            context={"name": customer.name, "products": [_as_offered(card) for card in chosen]},
        ),
        now=now,
    )
    crm.record(
        "shop.offer.queued",
        customer_id=customer.pk,
        actor=OFFERS,
        now=now,
        subject=f"crm.mail:{mail.pk}",
        data={"products": [card.id for card in chosen]},
    )
    return mail


def send_offers(now: datetime) -> int:
    """Queue this week's offers for everybody who wants them; returns how many. One that fails stops no other."""
    queued = 0
    for customer_id in crm.customers_wanting_offers():
        try:
            queued += queue_offer(customer_id, now=now) is not None
        except Exception:
            logger.exception("no offer for customer %s", customer_id)
    return queued


def _key(customer_id: int, now: datetime) -> str:
    week = now.astimezone(ZoneInfo(settings.TIME_ZONE)).isocalendar()
    return f"offer:{customer_id}:{week.year}-W{week.week:02}"


def _choose(customer: crm.Customer, *, now: datetime) -> list[Card]:
    """Mostly new things that go with earlier purchases, one that is bought again; nothing that was just offered."""
    current_version()  # the cards below are to be today's
    bought = last_bought(customer.pk, now=now)
    offered = _offered_lately(customer.pk, now=now)
    fitting = chosen_for(list(bought), customer.interests)
    new = [id for id in fitting if id not in bought and id not in offered][:CANDIDATES]
    again = [id for id, at in bought.items() if at < now - REST and id not in offered][:CANDIDATES]
    with translation.override(customer.language):
        found = {card.id: card for card in cards([*new, *again], language=customer.language) if card.is_available}
    picked = [found[id] for id in new if id in found][: PRODUCTS - 1]
    picked += [found[id] for id in again if id in found][: PRODUCTS - len(picked)]
    more = [found[id] for id in new if id in found and found[id] not in picked]
    return [*picked, *more][:PRODUCTS]


def _offered_lately(customer_id: int, *, now: datetime) -> set[int]:
    offers = crm.Interaction.objects.of_customer(customer_id).filter(
        kind="shop.offer.queued", occurred_at__gt=now - NOT_REPEATED
    )
    rows = offers.newest_first().values_list("data", flat=True)[:REPEATED_OFFERS_LOOKED_AT]
    return {int(id) for data in rows for id in data.get("products", [])}


def _as_offered(card: Card) -> OfferedProduct:
    return OfferedProduct(
        title=card.title,
        url=settings.SITE_URL + card.url,
        picture=settings.SITE_URL + card.picture if card.picture.startswith("/") else card.picture,
        price=card.price,
        price_before=card.price_before,
        currency=card.currency,
        price_varies=card.price_varies,
    )
