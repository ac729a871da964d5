"""Two records become one person when the address is proved, and for no lesser reason."""

import threading
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone

from crm import api as crm
from crm import customers
from crm.models import Consent, Customer, Identity, Interaction, OutgoingMail
from tests.conftest import PASSWORD
from tests.races import run_at_once

Guest = Callable[..., crm.Customer]
SYSTEM = crm.Actor.system("test")


def ordered(customer: crm.Customer, now: datetime) -> Interaction:
    """What a guest's order leaves behind in crm: a fact, a mail, a consent."""
    crm.state_consent(customer.pk, is_given=True, source="checkout", actor=SYSTEM, now=now)
    mail = crm.Mail(
        template="crm/email/account_exists",
        to="ada@example.com",
        language="tr",
        dedupe_key=f"order of {customer.pk}",
        customer_id=customer.pk,
        context={"name": "Ada"},
    )
    crm.queue_mail(mail, now=now)
    return crm.record("shop.order.placed", customer_id=customer.pk, actor=SYSTEM, now=now, subject="shop.order:1")


def register(email: str, now: datetime) -> crm.Customer:
    user = crm.open_account(
        email=email,
        password=PASSWORD,
        name="Ada Yılmaz",
        language="tr",
        who=crm.Who(None, None),
        wants_offers=False,
        now=now,
    )
    return crm.customer_of_account(user.pk)


def token_for(customer: crm.Customer, email: str) -> str:
    return signing.dumps([customer.account_id, email], salt="crm.verify-address")


def test_a_guests_orders_join_the_account_that_proves_the_address(guest: Guest, now: datetime) -> None:
    earlier = guest("ada@example.com", uuid.uuid4())
    placed = ordered(earlier, now)
    ada = register("ada@example.com", now)
    assert placed.pk not in [entry.id for entry in crm.timeline(ada.pk)]
    crm.verify_address(token_for(ada, "ada@example.com"), now=now)
    earlier.refresh_from_db()
    assert earlier.merged_into == ada
    assert placed.pk in [entry.id for entry in crm.timeline(ada.pk)]
    assert crm.timeline(earlier.pk) == []
    assert OutgoingMail.objects.get(dedupe_key=f"order of {earlier.pk}").customer == ada
    assert crm.wants_offers(ada.pk)
    assert [(one.value, one.verified_at) for one in crm.emails_of(ada.pk)] == [("ada@example.com", now)]


def test_who_registers_with_somebodys_address_and_never_proves_it_sees_nothing_of_theirs(
    guest: Guest, now: datetime
) -> None:
    victim = guest("ada@example.com", uuid.uuid4())
    placed = ordered(victim, now)
    mallory = register("ada@example.com", now)
    user_id = mallory.account_id
    crm.ask_to_verify(mallory.pk, now=now)
    customers.note_login(crm.User.objects.get(pk=user_id), visitor=uuid.uuid4(), now=now)
    assert placed.pk not in [entry.id for entry in crm.timeline(mallory.pk)]
    assert not crm.wants_offers(mallory.pk)
    assert Interaction.objects.filter(kind="crm.customer.merged").count() == 0
    victim.refresh_from_db()
    assert victim.merged_into is None


def test_a_guest_who_gave_two_addresses_is_not_merged(guest: Guest, now: datetime) -> None:
    earlier = guest("ada@example.com", uuid.uuid4())
    customers.add_identity(earlier.pk, Identity.Kind.EMAIL, "somebody.else@example.com", now=now)
    placed = ordered(earlier, now)
    ada = register("ada@example.com", now)
    crm.verify_address(token_for(ada, "ada@example.com"), now=now)
    earlier.refresh_from_db()
    assert earlier.merged_into is None
    placed.refresh_from_db()
    assert placed.customer == earlier


def test_a_browser_of_a_merged_guest_is_forgotten(guest: Guest, now: datetime) -> None:
    browser = uuid.uuid4()
    guest("ada@example.com", browser)
    ada = register("ada@example.com", now)
    crm.verify_address(token_for(ada, "ada@example.com"), now=now)
    assert not Identity.objects.filter(kind=Identity.Kind.VISITOR, value=str(browser)).exists()
    assert guest("ada@example.com", browser) != ada


def test_merging_moves_the_rows_of_every_app(
    guest: Guest, ada: crm.Customer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[tuple[int, int]] = []
    monkeypatch.setattr(customers, "_mergers", [])
    crm.register_merger(lambda from_id, into_id: moved.append((from_id, into_id)))
    other = guest("ada@example.com")
    crm.merge_customers(other.pk, into_id=ada.pk, reason="staff", actor=SYSTEM, now=now)
    assert moved == [(other.pk, ada.pk)]
    note = Interaction.objects.get(kind="crm.customer.merged")
    assert (note.customer_id, note.data) == (ada.pk, {"from": other.pk, "reason": "staff"})


def test_a_merger_that_fails_leaves_everything_as_it_was(
    guest: Guest, ada: crm.Customer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(from_id: int, into_id: int) -> None:
        raise RuntimeError("an app cannot move its rows")

    monkeypatch.setattr(customers, "_mergers", [fail])
    other = guest("ada@example.com")
    placed = ordered(other, now)
    with pytest.raises(RuntimeError):
        crm.merge_customers(other.pk, into_id=ada.pk, reason="staff", actor=SYSTEM, now=now)
    other.refresh_from_db()
    placed.refresh_from_db()
    assert (other.merged_into, placed.customer) == (None, other)
    assert len(crm.emails_of(other.pk)) == 1


def test_numbers_of_other_systems_and_proofs_come_along(guest: Guest, ada: crm.Customer, now: datetime) -> None:
    other = guest("ada@example.com")
    customers.add_identity(other.pk, Identity.Kind.EXTERNAL, "erp:17", now=now)
    customers.add_identity(other.pk, Identity.Kind.PHONE, "+905550000000", now=now)
    customers.add_identity(ada.pk, Identity.Kind.PHONE, "+905550000000", now=now)
    Identity.objects.filter(customer=other, kind=Identity.Kind.PHONE).update(verified_at=now)
    crm.merge_customers(other.pk, into_id=ada.pk, reason="staff", actor=SYSTEM, now=now)
    rows = Identity.objects.exclude(kind=Identity.Kind.EMAIL).order_by("kind")
    assert [(row.customer_id, row.value, row.verified_at) for row in rows] == [
        (ada.pk, "erp:17", None),
        (ada.pk, "+905550000000", now),
    ]


@pytest.mark.parametrize("case", ["itself", "an account", "merged before", "into a merged one", "nobody"])
def test_what_is_not_two_records_of_one_person_cannot_be_merged(
    guest: Guest, ada: crm.Customer, mallory: crm.Customer, now: datetime, case: str
) -> None:
    first, second = guest("a@example.com"), guest("b@example.com")
    crm.merge_customers(first.pk, into_id=second.pk, reason="staff", actor=SYSTEM, now=now)
    from_id, into_id = {
        "itself": (ada.pk, ada.pk),
        "an account": (mallory.pk, ada.pk),
        "merged before": (first.pk, ada.pk),
        "into a merged one": (second.pk, first.pk),
        "nobody": (ada.pk, 0),
    }[case]
    before = Interaction.objects.count()
    with pytest.raises(crm.CannotMerge):
        crm.merge_customers(from_id, into_id=into_id, reason="staff", actor=SYSTEM, now=now)
    assert Interaction.objects.count() == before


def test_an_address_belongs_to_who_proved_it_last(ada: crm.Customer, now: datetime) -> None:
    crm.User.objects.filter(pk=ada.account_id).update(email="ada@new.example.com")
    heir = register("ada@example.com", now)
    crm.verify_address(token_for(heir, "ada@example.com"), now=now)
    owners = Identity.objects.filter(value="ada@example.com", verified_at__isnull=False)
    assert [owner.customer for owner in owners] == [heir]


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_prove_at_once_merge_once() -> None:
    now = timezone.now()
    earlier = crm.customer_for_guest(email="ada@example.com", name="A", language="tr", visitor=None, now=now)
    ada = register("ada@example.com", now)
    token = token_for(ada, "ada@example.com")
    outcomes = run_at_once(*[lambda: crm.verify_address(token, now=now)] * 4)
    assert outcomes == [ada] * 4
    assert Interaction.objects.filter(kind="crm.customer.merged").count() == 1
    assert Interaction.objects.filter(kind="crm.email.verified").count() == 1
    assert Customer.objects.get(pk=earlier.pk).merged_into == ada


@pytest.mark.django_db(transaction=True)
def test_an_order_in_the_moment_of_the_merger_does_not_land_on_the_record_that_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, browser = timezone.now(), uuid.uuid4()
    earlier = crm.customer_for_guest(email="ada@example.com", name="A", language="tr", visitor=browser, now=now)
    ada = register("ada@example.com", now)
    moving, asked = threading.Event(), threading.Event()

    def wait_for_the_order(from_id: int, into_id: int) -> None:
        moving.set()
        asked.wait(timeout=1)

    monkeypatch.setattr(customers, "_mergers", [wait_for_the_order])

    def order() -> Any:
        moving.wait(timeout=5)
        threading.Timer(0.3, asked.set).start()
        return crm.customer_for_guest(email="ada@example.com", name="A", language="tr", visitor=browser, now=now)

    def prove() -> Any:
        return crm.verify_address(token_for(ada, "ada@example.com"), now=now)

    orderer, prover = run_at_once(order, prove)
    assert prover == ada
    orderer.refresh_from_db()
    assert orderer != earlier
    assert orderer.merged_into is None


def test_consents_of_a_merged_guest_stay_as_proof(guest: Guest, ada: crm.Customer, now: datetime) -> None:
    other = guest("ada@example.com")
    crm.state_consent(other.pk, is_given=True, source="checkout", actor=SYSTEM, now=now)
    crm.merge_customers(other.pk, into_id=ada.pk, reason="staff", actor=SYSTEM, now=now)
    assert list(Consent.objects.order_by("pk").values_list("customer", "source")) == [
        (ada.pk, "registration"),
        (ada.pk, "checkout"),
    ]
