"""Every button of the back office, with a form that works: pressed by whoever may not, it changes nothing at all."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse

from crm import api as crm
from shop.attention.services import ask_a_person
from shop.models import Attention
from shop.payment.refunds import refund_order
from shop.payment.services import capture_at_the_door, pay
from shop.reviews.services import version_of
from shop.shipments.services import mark_shipped, pack, ship
from support import api as support
from support.files import CheckedFile
from tests.attacks.everything import changed, everything
from tests.shop.cataloguefiles import check
from tests.shop.conftest import fill_basket, make_product, order_as_guest
from tests.shop.returning import agree, arrive, picture, send_order, wish
from tests.shop.reviewing import say
from tests.support.conftest import ask

__all__ = ["ask", "fill_basket", "make_product", "order_as_guest"]

STAFF = crm.Actor.staff(1)
# Django's own pages of a model; what is none of these is a step of ours, and must have its case below.
DJANGOS = ("_changelist", "_add", "_change", "_delete", "_history")
REASON = {"reason": "a scratch", "answer": "We looked at it."}


@dataclass(frozen=True)
class Case:
    """What a step is about and a form that takes it. `agents`: whether it is theirs, too."""

    args: tuple[int, ...]
    query: str = field(default="", kw_only=True)
    form: dict[str, Any] = field(default_factory=dict)
    agents: bool = False
    is_read: bool = False


def steps() -> Iterator[str]:
    """The names of all addresses in the admin that are not Django's own."""
    for model_admin in admin.site._registry.values():
        for pattern in model_admin.get_urls():
            name = getattr(pattern, "name", None)
            if name and not name.endswith(DJANGOS):
                yield name


@pytest.fixture
def cases(
    order_as_guest: Any, make_product: Any, ask: Any, linus: crm.User, now: datetime, settings: Any
) -> dict[str, Case]:
    settings.REFUND_CAP_AGENT = Decimal(100)
    paid, packed, shipped = order_as_guest(), order_as_guest(), order_as_guest()
    in_part = order_as_guest((make_product(price="349.00"), 2))
    waits, at_the_door = order_as_guest(is_paid=False), order_as_guest(is_paid=False)
    for order, provider in ((waits, "bank-transfer"), (at_the_door, "cash-on-delivery")):
        pay(order.pk, provider=provider, form={}, return_url=lambda payment: "", now=now)
    capture_at_the_door(at_the_door.pk, actor=STAFF, now=now)
    by_hand = refund_order(at_the_door.pk, amount=Decimal(10), key="x", reason="x", actor=STAFF, now=now)
    parcel = pack(packed.pk, actor=STAFF, now=now)
    mark_shipped(shipped.pk, carrier="Yurt", tracking_number="1", actor=STAFF, now=now)
    first = pack(in_part.pk, lines={in_part.lines.get().pk: 1}, actor=STAFF, now=now)
    ship(first.pk, carrier="Aras", tracking_number="5", actor=STAFF, now=now)
    payment, transfer = paid.payments.get(), waits.payments.get()
    money = {"payment": payment.pk, "amount": payment.amount, "key": uuid.uuid4(), **REASON}
    sent = shipped.lines.get().pk
    came_back = {"shipment": shipped.shipments.get().pk, f"back-{sent}": 1, f"shelf-{sent}": 1}
    matter = ask_a_person(paid, Attention.Kind.DELIVERY_LATE, subject="shop.parcel:1", now=now)

    def returned(is_replaced: bool = False, **changes: Any) -> Any:
        thing = make_product(price="349.00")
        instead = thing.pk if is_replaced else None
        return wish(send_order(order_as_guest((thing, 1)), now), now, instead=instead, **changes)

    broken: dict[str, Any] = {"kind": "claim", "reason": "broken"}
    wished, refused, agreed, to_refund = returned(photos=[picture()], **broken), returned(), returned(), returned()
    to_replace = returned(is_replaced=True, **broken)
    agree(agreed, now)
    for case in (to_refund, to_replace):
        arrive(agree(case, now), now)
    line = agreed.lines.get().pk
    counts = {f"received_{line}": 1, f"restocked_{line}": 1}
    thing, unread = make_product(), make_product()
    bought = send_order(order_as_guest((thing, 1), (unread, 1)), now)
    review, other_review = (say(bought, each, now, photos=[picture()]) for each in (thing, unread))
    ticket, done = ask(files=[CheckedFile("a.txt", "text/plain", b"hello")]), ask()
    answer = {"text": "Gladly.", "step": "answer", "seen": 0, "submission": uuid.uuid4()}
    to_write, to_drop = check("sku,title_tr,price\nA,Ad,1\nB,,1\n"), check("sku,title_tr,price\nC,Ad,1\n")
    support.resolve_ticket(done.pk, actor=crm.Actor.staff(linus.pk), now=now)
    return {
        "shop_order_transfer": Case((waits.pk,), {"payment": transfer.pk, "amount": transfer.amount}),
        "shop_order_pack": Case((paid.pk,), {f"line-{paid.lines.get().pk}": 1}),
        "shop_order_ship": Case((packed.pk,), {"shipment": parcel.pk, "carrier": "Aras", "tracking_number": "2"}),
        "shop_order_ship_all": Case(
            (), {f"carrier-{parcel.pk}": "Aras", f"tracking_number-{parcel.pk}": "3"}, query=f"?orders={packed.pk}"
        ),
        "shop_order_cancelrest": Case((in_part.pk,), {"amount": "349.00", **REASON}),
        "shop_order_undelivered": Case((shipped.pk,), came_back),
        "shop_order_deliver": Case((shipped.pk,), {"shipment": shipped.shipments.get().pk}),
        "shop_order_cancel": Case((paid.pk,), REASON),
        "shop_order_refund": Case((paid.pk,), money),
        "shop_order_paidout": Case((at_the_door.pk,), {"refund": by_hand.pk}),
        "shop_attention_settle": Case((matter.pk,), agents=True),
        "shop_return_approve": Case((wished.pk,), REASON, agents=True),
        "shop_return_refuse": Case((refused.pk,), REASON, agents=True),
        "shop_return_receive": Case((agreed.pk,), counts, agents=True),
        "shop_return_refund": Case((to_refund.pk,), {"amount": to_refund.order.total_incl_tax}),
        "shop_return_replace": Case((to_replace.pk,), {"carrier": "Aras", "parcel_number": "4"}, agents=True),
        "shop_return_photo": Case((wished.pk, wished.photos.get().pk), agents=True, is_read=True),
        "shop_review_publish": Case((review.pk,), {"version": version_of(review)}, agents=True),
        "shop_review_refuse": Case((other_review.pk,), {"version": version_of(other_review), **REASON}, agents=True),
        "shop_review_reply": Case((review.pk,), {"text": "Thank you."}, agents=True),
        "shop_review_photo": Case((review.pk, review.photos.get().pk), agents=True, is_read=True),
        "shop_cataloguefile_confirm": Case((to_write.pk,)),
        "shop_cataloguefile_drop": Case((to_drop.pk,)),
        "shop_cataloguefile_report": Case((to_write.pk,), is_read=True),
        "shop_cataloguefile_export": Case((), is_read=True),
        "support_ticket_answer": Case((ticket.pk,), answer, agents=True),
        "support_ticket_assign": Case((ticket.pk,), {"to": "me"}, agents=True),
        "support_ticket_sort": Case((ticket.pk,), {"priority": 1}, agents=True),
        "support_ticket_reopen": Case((done.pk,), agents=True),
        "support_ticket_file": Case((ticket.pk, ticket.files.get().pk), agents=True, is_read=True),
    }


def address(name: str, case: Case) -> str:
    return reverse(f"admin:{name}", args=case.args) + case.query


def press(client: Client, name: str, case: Case) -> Any:
    """As its page does it."""
    return client.get(address(name, case)) if case.is_read else client.post(address(name, case), case.form)


def opened(answer: Any) -> bool:
    """Whether it led anywhere but to the door. An agent's own page that says no is not open either."""
    return bool(answer.status_code not in (302, 403, 404, 405))


@pytest.mark.parametrize("who", ["nobody", "mallory", "outsider"])
def test_whoever_is_no_agent_takes_no_step(
    client: Client, cases: dict[str, Case], mallory: crm.Customer, who: str
) -> None:
    if who == "mallory":
        client.force_login(mallory.account)
    if who == "outsider":  # of the staff, and given no rights
        client.force_login(crm.User.objects.create_user("outsider@example.com", "x", is_staff=True))
    before = everything()
    for name in sorted({*steps()} - {"auth_user_password_change"}):
        case = cases[name]
        answers = [client.get(address(name, case)), client.post(address(name, case), case.form)]
        assert [opened(answer) for answer in answers] == [False, False], name
        assert not any("admin/login" not in answer.url for answer in answers if answer.status_code == 302), name
    assert changed(before) == {}


def test_an_agent_takes_no_step_that_is_a_managers(client: Client, cases: dict[str, Case], grace: crm.User) -> None:
    client.force_login(grace)
    before = everything()
    for name, case in cases.items():
        answers = [client.get(address(name, case))] if not case.is_read else []
        answers += [client.post(address(name, case), case.form)] if not case.agents else []
        assert not any(opened(answer) for answer in answers), name
    assert changed(before) == {}


@pytest.mark.parametrize("who", ["grace", "mallory"])
def test_no_list_does_to_all_what_its_buttons_may_not_do_to_one(
    client: Client, cases: dict[str, Case], who: str, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(who)
    client.force_login(getattr(person, "account", person))
    before = everything()
    tried = 0
    for model, model_admin in admin.site._registry.items():
        where = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        ids = [str(pk) for pk in model._base_manager.values_list("pk", flat=True)[:50]]
        for action in ("delete_selected", *(model_admin.actions or ())):
            name = action if isinstance(action, str) else action.__name__
            client.post(where, {"action": name, "_selected_action": ids, "post": "yes"})
            tried += 1
    assert tried > 20
    assert changed(before) == {}


def test_each_of_these_forms_does_something_when_a_manager_sends_it(
    client: Client, cases: dict[str, Case], linus: crm.User
) -> None:
    """Else the refusals above would prove nothing."""
    client.force_login(linus)
    for name, case in cases.items():
        before = everything()
        with transaction.atomic():
            answer = press(client, name, case)
            assert answer.status_code in (200, 302), name
            assert case.is_read or changed(before), name
            transaction.set_rollback(True)


def test_no_odd_text_in_a_form_of_staff_crashes_its_step(
    client: Client, cases: dict[str, Case], linus: crm.User
) -> None:
    """NUL, a cut letter, too much, another thing's number: in each field of each form by itself."""
    client.force_login(linus)
    client.raise_request_exception = False
    bad = []
    for name, case in cases.items():
        for key in case.form:
            for odd in ("\0", "x\0y", "1\0", "x" * 5000, "-1", "9" * 30, "²", "\u202e"):
                with transaction.atomic():
                    status = client.post(address(name, case), {**case.form, key: odd}).status_code
                    bad += [(name, key, odd[:9], status)] if status >= 500 else []
                    transaction.set_rollback(True)
    assert bad == []
