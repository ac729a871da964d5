"""Carriers call us: forged, replayed, old, too large and meaningless calls change nothing."""

import json
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm import api as crm
from shop.models import CarrierEvent, Parcel, WebhookCall
from shop.shipments.carriers.signed import sign
from shop.shipments.services import mark_shipped

SECRET = "a-secret-of-aras-kargo-0123456789"
URL = "/webhooks/carriers/aras/"


@pytest.fixture(autouse=True)
def _secrets(settings: Any) -> None:
    settings.CARRIER_SECRETS = {"aras": SECRET}


@pytest.fixture
def parcel(order_as_guest: Any, now: datetime) -> Parcel:
    order = order_as_guest()
    mark_shipped(order.pk, carrier="aras", tracking_number="735001", actor=crm.Actor.staff(1), now=now)
    return Parcel.objects.get()


def event(**changes: Any) -> dict[str, Any]:
    at = (timezone.now() - timedelta(minutes=10)).isoformat()
    return {
        "id": "e-1",
        "number": "735001",
        "state": "out_for_delivery",
        "occurred_at": at,
        "place": "İzmir",
        **changes,
    }


def call(content: Any, *, secret: str = SECRET, age: float = 0, url: str = URL, body: bytes | None = None) -> Any:
    raw = json.dumps(content).encode() if body is None else body
    timestamp = str(int(timezone.now().timestamp() - age))
    headers = {"X-Timestamp": timestamp, "X-Signature": sign(secret, timestamp, raw)}
    return Client(enforce_csrf_checks=True).post(url, raw, content_type="application/json", headers=headers)


def nothing_was_written() -> bool:
    is_still = Parcel.objects.filter(state=Parcel.State.ANNOUNCED).count() == Parcel.objects.count()
    return is_still and not (WebhookCall.objects.exists() or CarrierEvent.objects.exists())


def test_a_signed_call_moves_the_parcel(parcel: Parcel) -> None:
    assert call(event()).json() == {"outcomes": ["accepted"]}
    parcel.refresh_from_db()
    assert parcel.state == Parcel.State.OUT_FOR_DELIVERY
    kept = WebhookCall.objects.get()
    assert (kept.source, kept.event_id, kept.reference) == ("carrier:aras", "e-1", f"shop.parcel:{parcel.pk}")
    assert crm.OutgoingMail.objects.filter(template="shop/email/order_out_for_delivery").count() == 1


def test_several_events_come_in_one_call(parcel: Parcel) -> None:
    earlier = (timezone.now() - timedelta(hours=5)).isoformat()
    events = [event(), event(id="e-0", state="in_transit", occurred_at=earlier)]
    assert call({"events": events}).json() == {"outcomes": ["accepted", "accepted"]}
    parcel.refresh_from_db()
    assert (parcel.state, parcel.events.count()) == (Parcel.State.OUT_FOR_DELIVERY, 2)


def test_a_replayed_call_changes_nothing(parcel: Parcel) -> None:
    call(event())
    mails = crm.OutgoingMail.objects.count()
    assert call(event()).json() == {"outcomes": ["known"]}
    assert call(event(state="delivered")).json() == {"outcomes": ["known"]}
    assert (WebhookCall.objects.count(), CarrierEvent.objects.count()) == (1, 1)
    assert crm.OutgoingMail.objects.count() == mails


def test_a_number_that_is_not_ours_is_kept_and_ignored(parcel: Parcel) -> None:
    answer = call(event(number="999"))
    assert (answer.status_code, answer.json()) == (200, {"outcomes": ["ignored"]})
    assert WebhookCall.objects.get().outcome == WebhookCall.Outcome.IGNORED
    assert not CarrierEvent.objects.exists()


def test_one_carrier_cannot_speak_of_anothers_parcel(parcel: Parcel, settings: Any) -> None:
    settings.CARRIER_SECRETS = {"aras": SECRET, "ptt": "another-secret"}
    answer = call(event(), secret="another-secret", url="/webhooks/carriers/ptt/")
    assert answer.json() == {"outcomes": ["ignored"]}
    assert call(event(), secret="another-secret").status_code == 400
    assert not CarrierEvent.objects.exists()


def test_a_carrier_that_is_not_listed_calls_with_a_secret_of_its_own(order_as_guest: Any, settings: Any) -> None:
    settings.CARRIER_SECRETS = {"uncle-hasan": "his-secret"}
    order = order_as_guest()
    mark_shipped(
        order.pk, carrier="Uncle-Hasan", tracking_number="735001", actor=crm.Actor.staff(1), now=timezone.now()
    )
    answer = call(event(), secret="his-secret", url="/webhooks/carriers/uncle-hasan/")
    assert answer.json() == {"outcomes": ["accepted"]}
    assert Parcel.objects.get().state == Parcel.State.OUT_FOR_DELIVERY


@pytest.mark.parametrize(
    "forged",
    [{"secret": "guessed"}, {"secret": ""}, {"age": 330}, {"age": -330}, {"age": 10**9}],
    ids=["another secret", "no secret", "too old", "from the future", "ancient"],
)
def test_a_forged_or_old_call_is_refused_and_logged(
    parcel: Parcel, forged: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert call(event(), **forged).status_code == 400
    assert "webhook of aras refused" in caplog.text
    assert nothing_was_written()


@pytest.mark.parametrize(
    "headers", [{}, {"X-Timestamp": "x", "X-Signature": "y"}, {"X-Timestamp": "²", "X-Signature": "ş"}]
)
def test_a_call_without_a_signature_is_refused(parcel: Parcel, headers: dict[str, str]) -> None:
    answer = Client().post(URL, json.dumps(event()), content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert nothing_was_written()


def test_a_changed_body_is_refused(parcel: Parcel) -> None:
    raw = json.dumps(event()).encode()
    timestamp = str(int(timezone.now().timestamp()))
    headers = {"X-Timestamp": timestamp, "X-Signature": sign(SECRET, timestamp, raw)}
    changed = raw.replace(b"out_for_delivery", b"delivered")
    assert Client().post(URL, changed, content_type="application/json", headers=headers).status_code == 400
    assert nothing_was_written()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe", b"null", b"[]", b"7", b'"text"', b"{}", b"[" * 5000, b"{" * 20_000, b"x" * 70_000,
        b'{"events": []}', b'{"events": {}}', b'{"events": null}',
    ],
    ids=range(13),
)  # fmt: skip
def test_garbage_is_refused(parcel: Parcel, body: bytes) -> None:
    assert call(None, body=body).status_code == 400
    assert nothing_was_written()


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "lost in space"}, {"state": None}, {"state": []}, {"id": ""}, {"id": 7}, {"id": "x" * 121},
        {"id": "\0"},
        {"number": None}, {"number": ""}, {"number": "x" * 61}, {"occurred_at": "yesterday"}, {"occurred_at": 7},
        {"occurred_at": "2026-11-20T10:00:00"}, {"occurred_at": "2999-01-01T00:00:00Z"},
        {"occurred_at": "0001-01-01T00:00:00+14:00"}, {"expected_date": "2999-01-01"}, {"expected_date": "soon"},
        {"expected_date": 5}, {"place": {}},
    ],
    ids=str,
)  # fmt: skip
def test_an_event_that_makes_no_sense_is_refused_with_all_that_came_with_it(
    parcel: Parcel, changes: dict[str, Any]
) -> None:
    assert call({"events": [event(id="e-0"), event(**changes)]}).status_code == 400
    assert nothing_was_written()


def test_strange_letters_and_long_texts_are_kept_as_they_fit(parcel: Parcel) -> None:
    assert call(event(place="İzmir\0\ud800" + "x" * 500, detail="<script>\r\n")).status_code == 200
    kept = CarrierEvent.objects.get()
    assert (kept.place[:5], len(kept.place), kept.detail) == ("İzmir", 120, "<script>")


def test_unknown_carriers_other_methods_and_carriers_without_a_secret_get_nothing(
    parcel: Parcel, settings: Any
) -> None:
    assert call(event(), url="/webhooks/carriers/nobody/").status_code == 404
    assert Client().get(URL).status_code == 405
    assert call(event(), url="/webhooks/carriers/simulated/").status_code == 400
    settings.CARRIER_SECRETS = {}
    assert call(event(), secret="").status_code == 400
    assert nothing_was_written()
