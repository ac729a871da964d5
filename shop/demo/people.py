"""The demo's people: customers of crm. Ada has an account with a password, every other one an account nobody can
enter, the rest are guests."""

import json
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from crm import api as crm

FILE = Path(__file__).parent / "people.json"
PASSWORD = "esnaf"
SEED = 20110601


@dataclass(frozen=True)
class Person:
    """One of the cast, with what is written about them."""

    content: Mapping[str, Any]
    customer: crm.Customer
    visitor: uuid.UUID

    @property
    def name(self) -> str:
        return f"{self.content['first_name']} {self.content['last_name']}"


def ensure_people(*, now: datetime) -> list[Person]:
    """Make the customers, their accounts, identities and consents; an address that has an account keeps it."""
    contents = json.loads(FILE.read_text(encoding="utf-8"))["people"]
    taken = set(crm.User.objects.filter(email__in=[c["email"] for c in contents]).values_list("email", flat=True))
    chance = random.Random(SEED)
    return [
        _make_person(
            content, place, has_account=place % 2 == 0 and content["email"] not in taken, chance=chance, now=now
        )
        for place, content in enumerate(contents)
    ]


def _make_person(
    content: Mapping[str, Any], place: int, *, has_account: bool, chance: random.Random, now: datetime
) -> Person:
    since = now - timedelta(days=chance.randint(366, 420), minutes=chance.randint(0, 600))
    visitor = uuid.UUID(int=chance.getrandbits(128), version=4)
    is_ada = place == 0
    wants_offers = is_ada or chance.random() < 0.6
    user = _make_account(content, since, password=PASSWORD if is_ada else None) if has_account else None
    customer = crm.Customer.objects.create(
        account=user,
        name=f"{content['first_name']} {content['last_name']}",
        language=content["language"],
        country=content["country"],
        interests=content["interests"] if has_account else [],
        created_at=since,
    )
    kinds = crm.Identity.Kind
    crm.Identity.objects.bulk_create(
        [
            crm.Identity(
                customer=customer,
                kind=kinds.EMAIL,
                value=content["email"],
                verified_at=since + timedelta(minutes=4) if has_account else None,
                created_at=since,
            ),
            crm.Identity(customer=customer, kind=kinds.PHONE, value=content["phone"], created_at=since),
            crm.Identity(customer=customer, kind=kinds.VISITOR, value=str(visitor), created_at=since),
        ]
    )
    if has_account:
        _tell_beginning(customer, since, wants_offers=wants_offers)
    return Person(content, customer, visitor)


def _make_account(content: Mapping[str, Any], since: datetime, *, password: str | None) -> crm.User:
    return crm.User.objects.create(
        email=content["email"],
        first_name=content["first_name"],
        last_name=content["last_name"],
        password=make_password(password),
        email_verified_at=since + timedelta(minutes=4),
        date_joined=since,
    )


def _tell_beginning(customer: crm.Customer, since: datetime, *, wants_offers: bool) -> None:
    actor = crm.Actor.customer(customer.pk)
    crm.record("crm.customer.registered", customer_id=customer.pk, actor=actor, now=since)
    crm.record("crm.email.verified", customer_id=customer.pk, actor=actor, now=since + timedelta(minutes=4))
    if wants_offers:
        crm.state_consent(customer.pk, is_given=True, source="registration", actor=actor, now=since)
