"""Markup in everything that somebody writes: no page of shoppers or staff, no mail and no paper shows it as markup.

First through the doors, so that mails and papers are made of it; then into every other column of text, so that a
column that is new is among them by itself. All pages are found by following their links.
"""

import html
import re
import uuid
from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import DatabaseError, models, transaction
from django.db.models.functions import Concat, Left
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from crm import api as crm
from crm.interactions import copy_traces
from crm.models import MailAttachment
from shop.attention.services import ask_a_person
from shop.documents.papers import paper_as_html, paper_of
from shop.models import Attention, OrderDocument, Parcel, ProductText, ReturnRequest, Shipment
from shop.orders.cancelling import cancel_order
from shop.orders.links import order_token
from shop.oscar import Basket, Order
from shop.payment.refunds import refund_order
from shop.returns.links import return_token
from shop.returns.services import approve_return, refuse_return
from shop.shipments.arriving import note_event
from shop.shipments.carriers import News
from shop.shipments.services import mark_shipped
from support import api as support
from support.links import ticket_token
from tests.shop.conftest import by_card, checkout_form, fill_basket, make_product, order_as_guest
from tests.shop.returning import wish
from tests.support.conftest import ask, eml

__all__ = ["ask", "fill_basket", "make_product", "order_as_guest"]

TAG, ATTRIBUTE = "<script>alert(1)</script>", '"><img src=x onerror=alert(2)>'
EVIL = TAG + ATTRIBUTE  # 55 letters
# As it must stand nowhere.
RAW = re.compile(r"<script>alert\(1\)|<img src=x")
STAFF = crm.Actor.staff(1)
# Columns that hold no words of anybody: keys, addresses of pages, states, and what is HTML already, made by us.
MACHINES = {
    "actor", "body_fold", "alias_fold", "title_fold", "search_text", "code", "content_type",
    "dedupe_key", "decided_by", "digest", "event_id", "filepath", "hash", "html", "key", "kind", "message_id",
    "note_type", "number",
    "old_status", "new_status", "password", "path", "permission_name", "proxy_class", "redirect_url", "reference",
    "return_url", "settled_by", "sha256", "shipping_code", "status", "template", "template_name", "term",
    "ticket", "txn_type", "url", "username", "upc", "voter", "mailbox", "from_email", "to", "carrier", "other",
    "email_box_local_dir", "logging_dir", "settings_pickled", "shipping_method",
}  # fmt: skip
OF_REFERENCES = {("crm.Interaction", "subject"), ("crm.Affinity", "subject"), ("shop.Attention", "subject")}
MADE_BY_US = {("shop.OrderDocument", "body")}
APPS = ("shop", "support", "crm", "knowledgebase", "order", "catalogue", "partner", "offer", "voucher", "helpdesk",
        "address", "reviews", "basket")  # fmt: skip
PAGES_OF_A_KIND = 3


def write_through_the_doors(client: Client, make_product: Any, ask: Any, linus: crm.User) -> dict[str, Any]:
    """An order with its parcel, its return, its tickets and its mails, each text of it evil."""
    now = timezone.now()
    product = make_product("Cezve", price="349.00", stock=9)
    type(product).objects.filter(pk=product.pk).update(title=EVIL)
    ProductText.objects.update(title=EVIL)
    client.post(f"/en/basket/add/{product.pk}/", {"quantity": 2})
    texts = {"name": EVIL, "address": EVIL, "city": EVIL, "postcode": '"><b>x</b>'}
    data = checkout_form(Basket.objects.get().pk, expected_goods_total="698.00", **texts)
    to_pay = client.post("/en/checkout/", data)
    assert to_pay.status_code == 302
    client.post(to_pay.url, by_card())
    order = Order.objects.get()
    question = {
        "name": EVIL, "email": "ada@example.com", "topic": "order", "title": EVIL, "message": EVIL, "query": EVIL,
        "submission": uuid.uuid4(), "order_link": order_token(order),
    }  # fmt: skip
    assert client.post("/en/contact/", question).status_code in (200, 302)
    client.get("/en/search/", {"q": EVIL})
    client.get("/en/help/search/", {"q": EVIL})
    mark_shipped(order.pk, carrier=EVIL, tracking_number=EVIL, actor=STAFF, now=now)
    parcel = Shipment.objects.get().parcels.get()
    for place, state in enumerate((Parcel.State.IN_TRANSIT, Parcel.State.DELIVERED)):
        at = now + timedelta(seconds=place)
        news = News(key=state.value, state=state, occurred_at=at, place=EVIL, detail=EVIL)
        note_event(parcel.pk, news, actor=STAFF, now=at)
    order.refresh_from_db()
    later = now + timedelta(days=1)
    for decide in (approve_return, refuse_return):
        case = wish(order, later, 1, note=EVIL, days=0)
        options: dict[str, Any] = {"comes_back": True} if decide is approve_return else {}
        decide(case.pk, answer=EVIL, actor=STAFF, now=later, **options)
    refund_order(order.pk, amount=Decimal(1), key="x", reason=EVIL, actor=STAFF, now=now)
    ask_a_person(order, Attention.Kind.DELIVERY_LATE, subject=f"shop.parcel:{parcel.pk}", detail=EVIL, now=now)
    support.receive_mail(eml(sender=f'"{EVIL}" <g@example.com>', subject=EVIL, body=EVIL), now=now)
    ticket = ask(title=EVIL, text=EVIL)
    support.reply_to_ticket(ticket.pk, text=EVIL, actor=crm.Actor.staff(linus.pk), now=now)
    support.add_note(ticket.pk, text=EVIL, actor=crm.Actor.staff(linus.pk), now=now)
    copy_traces()
    return {"order": order, "ticket": ticket}


def poison() -> int:
    """Write evil behind whatever stands in the columns of text; returns in how many of them it stands now."""
    columns = 0
    for model in apps.get_models():
        if model._meta.app_label not in APPS or model._meta.proxy or not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            label = (model._meta.label, field.name)
            is_text = isinstance(field, models.CharField | models.TextField) and not isinstance(
                field, models.SlugField | models.URLField | models.EmailField
            )
            if not is_text or field.choices or field.name in MACHINES or label in OF_REFERENCES | MADE_BY_US:
                continue
            room = (field.max_length or 10_000) - len(EVIL)
            if room < 0 or not model._base_manager.exists():
                continue
            try:
                with transaction.atomic():
                    start = Left(field.name, max(room, 1)) if room else models.Value("")
                    model._base_manager.update(**{field.name: Concat(start, models.Value(EVIL))})
            except DatabaseError:  # what has a form of its own, a constraint, is no free text
                continue
            columns += 1
    return columns


def follow(client: Client, *starts: str, within: tuple[str, ...]) -> dict[str, str]:
    """The pages that links lead to, by address: of each view the first few."""
    client.raise_request_exception = False
    seen: Counter[str] = Counter()
    pages: dict[str, str] = {}
    queue = deque(dict.fromkeys(starts))
    known = set(queue)
    while queue:
        address = queue.popleft()
        try:
            view = resolve(urlsplit(address).path)
        except Resolver404:
            continue
        seen[f"{view.route}"] += 1
        if seen[view.route] > PAGES_OF_A_KIND:
            continue
        answer = client.get(address)
        found = [answer.url] if answer.status_code in (301, 302) else []
        # Oscar's dashboard stumbles over its own links (a list sorted by its tick boxes): not ours to mend.
        assert answer.status_code < 500 or address.startswith("/dashboard/"), address
        if "html" in answer.get("Content-Type", "") and not answer.streaming:
            pages[address] = answer.content.decode()
            found += re.findall(r"""(?:href|hx-get)=["']([^"'#]+)""", pages[address])
        for link in found:
            target = urljoin(address, html.unescape(link))
            if target.startswith(within) and target not in known and "logout" not in target:
                known.add(target)
                queue.append(target)
    return pages


def shown_raw(texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (name, text[max(found.start() - 120, 0) : found.end() + 60])
        for name, text in texts
        if (found := RAW.search(text))
    ]


@pytest.fixture
def written(client: Client, make_product: Any, ask: Any, linus: crm.User) -> dict[str, Any]:
    return write_through_the_doors(client, make_product, ask, linus)


def test_no_mail_and_no_paper_is_made_of_it(written: dict[str, Any], order_as_guest: Any, now: datetime) -> None:
    other = order_as_guest()
    cancel_order(other.pk, reason=EVIL, actor=STAFF, now=now)
    mails = [(f"mail {mail.template}", mail.html) for mail in crm.OutgoingMail.objects.all()]
    papers = [(f"paper {each.kind}", each.body) for each in OrderDocument.objects.all()]
    files = [(kind, paper_as_html(paper_of(written["order"], kind))) for kind in ("preliminary", "contract", "invoice")]
    assert shown_raw([("itself", EVIL)])
    attached = [(file.name, bytes(file.content).decode()) for file in MailAttachment.objects.all()]
    for texts, least in ((mails, 9), (papers, 3), (files, 3), (attached, 2)):
        assert shown_raw(texts) == []
        assert sum("&lt;script&gt;alert(1)" in text for _name, text in texts) >= least, [name for name, _ in texts]
    assert not [mail.template for mail in crm.OutgoingMail.objects.all() if "\n" in mail.subject + mail.to]


def test_no_page_shows_it_as_markup(client: Client, written: dict[str, Any]) -> None:
    order, ticket = written["order"], written["ticket"]
    starts = [
        "/en/", "/tr/", "/en/help/", f"/en/track/{order_token(order)}/",
        f"/en/checkout/{order_token(order)}/thank-you/",
        f"/en/search/?q={quote(EVIL)}", f"/en/help/search/?q={quote(EVIL)}", f"/en/contact/?q={quote(EVIL)}",
        f"/en/catalogue/?q={quote(EVIL)}&sort={quote(EVIL)}", f"/en/account/login/?next={quote(EVIL)}",
        f"/en/contact/tickets/{ticket_token(ticket.pk)}/", "/en/basket/",
        *(f"/en/returns/{return_token(case)}/" for case in ReturnRequest.objects.all()),
        *(f"/en/returns/{return_token(case)}/label/" for case in ReturnRequest.objects.all()),
    ]  # fmt: skip
    columns = poison()
    pages = follow(client, *starts, within=("/en/", "/tr/"))
    owner = crm.User.objects.create_superuser("owner@example.com", "x")
    client.force_login(owner)
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]
    staff = follow(client, "/admin/", "/dashboard/", *lists, within=("/admin/", "/dashboard/"))
    assert shown_raw([*pages.items(), *staff.items()]) == []
    escaped = [address for address, text in {**pages, **staff}.items() if "&lt;script&gt;alert(1)" in text]
    assert columns > 60 and len(pages) > 30 and len(staff) > 60 and len(escaped) > 50
