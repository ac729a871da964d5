"""Who a customer is: found, made, recognised, merged on proof."""

import uuid
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from crm.actors import Actor, Who
from crm.cleaning import clean_line
from crm.consents import state_consent
from crm.interactions import adopt_traces, record
from crm.models import Consent, Customer, Identity, Interaction, OutgoingMail, User
from crm.models.accounts import normalise_email
from crm.outbox import Mail, queue_mail

VERIFY_SALT = "crm.verify-address"
VERIFY_MAX_AGE = 3 * 24 * 3600
NAME_LENGTH, NAME_PART_LENGTH = 200, 150

# Moves an app's own rows: merger(from_id, into_id).
Merger = Callable[[int, int], None]
_mergers: list[Merger] = []


class AccountExists(Exception):
    """Somebody has an account with this address already."""


class LinkNoLongerValid(Exception):
    """A signed link that is forged, too old, or for an address that was changed since."""


class CannotMerge(ValueError):
    """The two are not two separate records of which the merged one has no account."""


def register_merger(merger: Merger) -> None:
    """Have an app's own rows moved when two customers turn out to be one. Call it from AppConfig.ready()."""
    _mergers.append(merger)


def _clean(name: str) -> str:
    """A name as the column takes it: the sender line of a mail may hold anything."""
    return clean_line(name)[:NAME_LENGTH]


def customer_of_account(user_id: int) -> Customer:
    """:raises Customer.DoesNotExist: for staff and others who never shopped"""
    return Customer.objects.get(account_id=user_id)


def emails_of(customer_id: int) -> list[Identity]:
    """A customer's addresses, proved ones first."""
    emails = Identity.objects.filter(customer_id=customer_id, kind=Identity.Kind.EMAIL)
    return sorted(emails, key=lambda email: (email.verified_at is None, email.created_at))


def with_address(email: str) -> QuerySet[Customer]:
    """Everybody who ever gave this address: for staff to look at, never proof of anything."""
    return Customer.objects.filter(
        identities__kind=Identity.Kind.EMAIL, identities__value=normalise_email(email), merged_into=None
    ).distinct()


# --- Accounts --------------------------------------------------------------------------------------------


@transaction.atomic
def open_account(
    *, email: str, password: str, name: str, language: str, who: Who, wants_offers: bool, now: datetime
) -> User:
    """An account with its customer, and a mail by which the address is proved.

    Until then nothing that others did with the address belongs to the account. What this browser did while nobody
    was logged in does.

    :raises AccountExists: if the address has one; the caller must not tell that to a stranger
    :raises ValidationError: if the password is too weak
    """
    email = normalise_email(email)
    if User.objects.filter(email=email).exists():
        raise AccountExists(email)
    first_name, _, last_name = _clean(name).partition(" ")
    user = User(email=email, first_name=first_name[:NAME_PART_LENGTH], last_name=last_name[:NAME_PART_LENGTH])
    validate_password(password, user)
    user.set_password(password)
    user.save()
    customer = Customer.objects.create(account=user, name=_clean(name), language=language, created_at=now)
    actor = Actor.customer(customer.pk)
    add_identity(customer.pk, Identity.Kind.EMAIL, email, now=now)
    record("crm.customer.registered", customer_id=customer.pk, actor=actor, now=now)
    recognise_browser(customer.pk, who.visitor, now=now)
    if wants_offers:
        state_consent(customer.pk, is_given=True, source="registration", actor=actor, now=now)
    ask_to_verify(customer.pk, now=now)
    return user


def ask_to_verify(customer_id: int, *, now: datetime) -> OutgoingMail:
    """Mail the link that proves the address of a customer's account; at most one an hour for each address."""
    customer = Customer.objects.select_related("account").get(pk=customer_id, account__isnull=False)
    email = User.objects.get(pk__in=[customer.account_id]).email
    token = signing.dumps([customer.account_id, email], salt=VERIFY_SALT)
    return queue_mail(
        Mail(
            template="crm/email/verify_address",
            to=email,
            language=customer.language,
            customer_id=customer.pk,
            reference=customer.reference,
            dedupe_key=f"verify:{customer.pk}:{email}:{now:%Y%m%d%H}",
            context={"name": customer.name, "link": settings.SITE_URL + reverse("crm:verify_address", args=[token])},
        ),
        now=now,
    )


def remind_of_account(email: str, *, now: datetime) -> OutgoingMail | None:
    """Somebody tried to open an account with an address that has one: its owner is told, at most once an hour."""
    customer = Customer.objects.filter(account__email=normalise_email(email)).select_related("account").first()
    if customer is None or customer.account is None:
        return None
    return queue_mail(
        Mail(
            template="crm/email/account_exists",
            to=customer.account.email,
            language=customer.language,
            customer_id=customer.pk,
            reference=customer.reference,
            dedupe_key=f"account-exists:{customer.pk}:{now:%Y%m%d%H}",
            context={"name": customer.name},
        ),
        now=now,
    )


@transaction.atomic
def verify_address(token: str, *, now: datetime) -> Customer:
    """Whoever holds the mailed link holds the address: what guests did with it becomes theirs.

    :raises LinkNoLongerValid: if the link is forged, too old, or the account has another address by now
    """
    try:
        user_id, email = signing.loads(token, salt=VERIFY_SALT, max_age=VERIFY_MAX_AGE)
    except signing.BadSignature as error:
        raise LinkNoLongerValid from error
    user = User.objects.select_for_update().filter(pk=user_id, email=email).first()
    if user is None:
        raise LinkNoLongerValid
    customer = Customer.objects.get(account=user)
    if user.email_verified_at is None:
        mark_verified(customer, email, now=now)
    return customer


@transaction.atomic
def mark_verified(customer: Customer, email: str, *, now: datetime) -> None:
    """The address is proved to be this customer's: guests who gave it and nothing else become this customer."""
    User.objects.filter(email=email, pk__in=[customer.account_id]).update(email_verified_at=now)
    add_identity(customer.pk, Identity.Kind.EMAIL, email, now=now)
    same_address = Identity.objects.filter(kind=Identity.Kind.EMAIL, value=email)
    # The latest proof counts: an address has one owner.
    same_address.exclude(customer=customer).filter(verified_at__isnull=False).update(verified_at=None)
    same_address.filter(customer=customer).update(verified_at=now)
    actor = Actor.customer(customer.pk)
    record("crm.email.verified", customer_id=customer.pk, actor=actor, now=now)
    for guest in _guests_known_only_by(email, but=customer.pk):
        merge_customers(guest.pk, into_id=customer.pk, reason="address verified", actor=actor, now=now)


def _guests_known_only_by(email: str, *, but: int) -> list[Customer]:
    """Customers without an account whose every address is this one.

    Somebody who gave this address among others may be a stranger who mistyped it.
    """
    others = Identity.objects.filter(kind=Identity.Kind.EMAIL).exclude(value=email).values("customer_id")
    guests = with_address(email).filter(account=None).exclude(pk=but).exclude(pk__in=others)
    return list(guests.order_by("pk"))


@transaction.atomic
def note_login(user: User, *, visitor: uuid.UUID | None, now: datetime) -> None:
    """A login proves whose browser this is now."""
    customer = Customer.objects.filter(account=user).first()
    if customer is None:
        return
    recognise_browser(customer.pk, visitor, now=now)
    record("crm.customer.logged_in", customer_id=customer.pk, actor=Actor.customer(customer.pk), now=now)


# --- Guests ----------------------------------------------------------------------------------------------


@transaction.atomic
def customer_for_guest(*, email: str, name: str, language: str, visitor: uuid.UUID | None, now: datetime) -> Customer:
    """The customer behind a guest's order or message.

    The same browser with the same address is the same person. The same address from elsewhere is not: nobody has
    proved it, so it opens nothing of anybody.
    """
    email = normalise_email(email)
    customer = _guest_of_browser(email, visitor)
    if customer is None:
        customer = Customer.objects.create(name=_clean(name), language=language, created_at=now)
    add_identity(customer.pk, Identity.Kind.EMAIL, email, now=now)
    recognise_browser(customer.pk, visitor, now=now)
    return customer


def _guest_of_browser(email: str, visitor: uuid.UUID | None) -> Customer | None:
    if visitor is None:
        return None
    browser = Identity.objects.filter(kind=Identity.Kind.VISITOR, value=str(visitor)).values("customer_id")
    guest = _unmerged_guests().filter(pk__in=browser).first()
    if guest is None:
        return None
    addresses = {identity.value for identity in emails_of(guest.pk)}
    return guest if addresses <= {email} else None


def _unmerged_guests() -> QuerySet[Customer]:
    """Locked: what is about to be written for a guest must not land on a record that is being merged away."""
    return Customer.objects.select_for_update(of=("self",), no_key=True).filter(account=None, merged_into=None)


@transaction.atomic
def customer_for_sender(*, email: str, name: str, language: str, now: datetime) -> Customer:
    """The customer behind a mail to the desk: the sender line proves nothing, so never one with an account."""
    email = normalise_email(email)
    browsers = Identity.objects.filter(kind=Identity.Kind.VISITOR).values("customer_id")
    senders = with_address(email).exclude(pk__in=browsers).values("pk")
    customer = _unmerged_guests().filter(pk__in=senders).order_by("pk").first()
    if customer is None:
        customer = Customer.objects.create(name=_clean(name), language=language, created_at=now)
        add_identity(customer.pk, Identity.Kind.EMAIL, email, now=now)
    return customer


# --- Identities ------------------------------------------------------------------------------------------


def add_identity(customer_id: int, kind: str, value: str, *, now: datetime) -> None:
    identity = Identity(customer_id=customer_id, kind=kind, value=value, created_at=now)
    Identity.objects.bulk_create([identity], ignore_conflicts=True)


def recognise_browser(customer_id: int, visitor: uuid.UUID | None, *, now: datetime) -> None:
    """This browser is this customer's from now on, and so is what it did while nobody knew whose it was."""
    if visitor is None:
        return
    Identity.objects.bulk_create(
        [Identity(customer_id=customer_id, kind=Identity.Kind.VISITOR, value=str(visitor), created_at=now)],
        ignore_conflicts=True,
    )
    Identity.objects.filter(kind=Identity.Kind.VISITOR, value=str(visitor)).update(customer_id=customer_id)
    adopt_traces(visitor, customer_id=customer_id)


def _move_identities(merged: Customer, survivor: Customer) -> None:
    """What was proved stays proved."""
    Identity.objects.filter(customer=merged, kind=Identity.Kind.VISITOR).delete()
    for identity in Identity.objects.filter(customer=merged):
        known = Identity.objects.filter(customer=survivor, kind=identity.kind, value=identity.value).first()
        if known is None:
            identity.customer = survivor
            identity.save(update_fields=["customer"])
            continue
        identity.delete()
        if known.verified_at is None and identity.verified_at is not None:
            known.verified_at = identity.verified_at
            known.save(update_fields=["verified_at"])


@transaction.atomic
def merge_customers(from_id: int, *, into_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Two records turn out to be one person: rows of every app move to `into_id`.

    Browsers of the merged record are forgotten: whoever sits there has proved nothing.

    :raises CannotMerge: if they are not two, one was merged before, or the merged one has an account
    """
    both = Customer.objects.select_for_update(of=("self",)).order_by("pk").in_bulk([from_id, into_id])
    if len(both) != 2 or both[from_id].account_id or any(customer.merged_into_id for customer in both.values()):
        raise CannotMerge(f"{from_id} into {into_id}")
    merged, survivor = both[from_id], both[into_id]
    _move_identities(merged, survivor)
    Interaction.objects.filter(customer=merged).update(customer=survivor)
    OutgoingMail.objects.filter(customer=merged).update(customer=survivor)
    Consent.objects.filter(customer=merged).update(customer=survivor)
    for merger in _mergers:
        merger(from_id, into_id)
    merged.merged_into = survivor
    merged.save(update_fields=["merged_into"])
    record(
        "crm.customer.merged",
        customer_id=into_id,
        actor=actor,
        now=now,
        subject=merged.reference,
        data={"from": from_id, "reason": reason},
    )
