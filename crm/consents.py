"""Who wants offers. The latest statement counts; every statement is kept as proof."""

from datetime import datetime

from django.core import signing
from django.db import transaction

from crm.actors import Actor
from crm.interactions import record
from crm.models import Consent, Customer, Identity, Suppression
from crm.models.accounts import normalise_email

UNSUBSCRIBE_SALT = "crm.unsubscribe"
# Which text the customer agreed to; a changed text gets a new name, the old statements keep theirs.
WORDING = "offers-by-email-1"


class NotAnUnsubscribeLink(ValueError):
    """The token of an unsubscribe link is forged or cut short."""


def wants_offers(customer_id: int, *, channel: str = Consent.Channel.EMAIL) -> bool:
    latest = Consent.objects.filter(customer_id=customer_id, channel=channel).order_by("-stated_at", "-id").first()
    return latest is not None and latest.is_given


def customers_wanting_offers(*, channel: str = Consent.Channel.EMAIL) -> list[int]:
    """Everybody whose latest statement is a yes."""
    latest = (
        Consent.objects.filter(channel=channel)
        .order_by("customer_id", "-stated_at", "-id")
        .distinct("customer_id")
        .values_list("customer_id", "is_given")
    )
    return [customer_id for customer_id, is_given in latest if is_given]


@transaction.atomic
def state_consent(
    customer_id: int,
    *,
    is_given: bool,
    source: str,
    actor: Actor,
    now: datetime,
    channel: str = Consent.Channel.EMAIL,
    ip_address: str | None = None,
) -> Consent:
    """Note that a customer agrees to offers or no longer does. `source` says where ("registration", "one-click")."""
    statement = Consent.objects.create(
        customer_id=customer_id,
        channel=channel,
        is_given=is_given,
        wording=WORDING,
        source=source,
        ip_address=ip_address,
        stated_at=now,
    )
    record(
        "crm.consent.given" if is_given else "crm.consent.withdrawn",
        customer_id=customer_id,
        actor=actor,
        now=now,
        data={"channel": channel, "source": source},
    )
    return statement


def unsubscribe_token(customer_id: int, address: str) -> str:
    return signing.dumps([customer_id, address], salt=UNSUBSCRIBE_SALT, compress=True)


def read_unsubscribe_token(token: str) -> tuple[int, str]:
    """(customer id, address). The link works for as long as the mail is kept.

    :raises NotAnUnsubscribeLink: if it is not one of ours
    """
    try:
        customer_id, address = signing.loads(token, salt=UNSUBSCRIBE_SALT)
    except signing.BadSignature as error:
        raise NotAnUnsubscribeLink(token) from error
    return customer_id, address


def _who_it_is_now(customer_id: int) -> int:
    """The customer that a record was merged into since the mail left, or the record itself."""
    merged = Customer.objects.filter(pk=customer_id, merged_into__isnull=False)
    while survivor_id := merged.values_list("merged_into", flat=True).first():
        customer_id = survivor_id
        merged = Customer.objects.filter(pk=customer_id, merged_into__isnull=False)
    return customer_id


@transaction.atomic
def unsubscribe(token: str, *, source: str, now: datetime, ip_address: str | None = None) -> None:
    """Withdraw the consent and suppress the address. Repeating it changes nothing.

    :raises NotAnUnsubscribeLink: if the token is not one of ours
    """
    mailed_id, address = read_unsubscribe_token(token)
    customer_id = _who_it_is_now(mailed_id)
    Suppression.objects.get_or_create(
        address=normalise_email(address), defaults={"reason": Suppression.Reason.UNSUBSCRIBED, "created_at": now}
    )
    if wants_offers(customer_id):
        state_consent(
            customer_id,
            is_given=False,
            source=source,
            actor=Actor.customer(customer_id),
            now=now,
            ip_address=ip_address,
        )


@transaction.atomic
def choose_offers(
    customer_id: int, *, is_given: bool, source: str, now: datetime, ip_address: str | None = None
) -> None:
    """What somebody who is logged in says about offers. Wanting them again lifts their own unsubscription."""
    if is_given:
        own = Identity.objects.filter(customer_id=customer_id, verified_at__isnull=False).values("value")
        Suppression.objects.filter(address__in=own, reason=Suppression.Reason.UNSUBSCRIBED).delete()
    if is_given != wants_offers(customer_id):
        actor = Actor.customer(customer_id)
        state_consent(customer_id, is_given=is_given, source=source, actor=actor, now=now, ip_address=ip_address)
