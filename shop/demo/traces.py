"""What the demo's people did: sessions of looking and searching, and the facts and mails around each order."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from crm import api as crm
from shop.demo.people import Person
from shop.events import BOUGHT

if TYPE_CHECKING:
    from shop.demo.orders import DemoOrder

SHOP = crm.Actor.system("demo")
IN_VAIN = {
    "tr": ("termos", "ahşap oyuncak tren", "kahve kapsülü", "elektrikli ısıtıcı", "yoga matı"),
    "en": ("thermos", "wooden train", "coffee capsules", "electric kettle", "yoga mat"),
}
MAILS = {
    "tr": {
        "confirmed": ("Siparişiniz alındı: {number}", "Teşekkürler, {name}. {number} numaralı siparişinizi aldık."),
        "shipped": ("Siparişiniz yolda: {number}", "{number} numaralı siparişiniz kargoda. Takip no: {tracking}"),
    },
    "en": {
        "confirmed": ("We have your order {number}", "Thank you, {name}. We have received your order {number}."),
        "shipped": (
            "Your order {number} is on its way",
            "Order {number} is with the carrier. Tracking no.: {tracking}",
        ),
    },
}


def interactions_of(
    people: Sequence[Person],
    orders: Sequence["DemoOrder"],
    contents: Mapping[str, Mapping[str, Any]],
    products: Mapping[str, Any],
    *,
    chance: random.Random,
    now: datetime,
) -> list[crm.Interaction]:
    """Everything to be written to the timelines, in no order. The mails are written to the outbox, as sent."""
    rows: list[crm.Interaction] = []
    for order in orders:
        rows += _before(order, contents, products, chance)
        rows += _facts(order)
    rows += _mails(orders)
    for person in people:
        for _ in range(chance.randint(2, 8)):
            start = now - timedelta(days=chance.randint(1, 360), minutes=chance.randint(60, 900))
            rows += _session(person, start, contents, products, chance)
    return rows


def _row(person: Person, kind: str, at: datetime, subject: str = "", **data: Any) -> crm.Interaction:
    return crm.Interaction(
        kind=kind,
        customer_id=person.customer.pk,
        visitor=person.visitor,
        actor=str(crm.Actor.customer(person.customer.pk)),
        subject=subject,
        data=data,
        occurred_at=at,
    )


def _search_word(content: Mapping[str, Any], language: str, chance: random.Random) -> str:
    words = [word.strip(",.").lower() for word in content["title"][language].split() if len(word) > 3]
    return chance.choice(words) if words else content["title"][language].lower()


def _before(
    order: "DemoOrder", contents: Mapping[str, Any], products: Mapping[str, Any], chance: random.Random
) -> Iterator[crm.Interaction]:
    """How the shopper came to the order: a search now and then, looking, the basket."""
    at = order.placed_at - timedelta(minutes=chance.randint(8, 45))
    language = order.person.content["language"]
    for choice in order.choices:
        if chance.random() < 0.35:
            query = _search_word(choice.content, language, chance)
            yield _row(order.person, "shop.catalogue.searched", at, query=query, results=chance.randint(1, 9))
            at += timedelta(seconds=chance.randint(5, 30))
        looked = [choice.content["sku"], *(sku for sku in choice.content["goes_with"] if chance.random() < 0.3)]
        for sku in looked:
            if sku in contents:
                yield _row(order.person, "shop.product.viewed", at, f"shop.product:{products[sku].pk}")
                at += timedelta(seconds=chance.randint(8, 60))
        yield _row(order.person, "shop.basket.added", at, f"shop.product:{choice.product.pk}", quantity=choice.quantity)
        at += timedelta(seconds=chance.randint(5, 25))


def _facts(order: "DemoOrder") -> Iterator[crm.Interaction]:
    reference = f"shop.order:{order.row.pk}"
    data = {"number": order.number, "total": f"{order.row.total_incl_tax} {order.row.currency}"}
    yield _row(order.person, "shop.order.placed", order.placed_at, reference, **data)
    yield _row(order.person, "shop.order.paid", order.paid_at, reference, **data)
    for choice in order.choices:
        yield _row(
            order.person,
            BOUGHT,
            order.paid_at,
            f"shop.product:{choice.product.pk}",
            order=order.number,
            quantity=choice.quantity,
        )
    steps = (
        ("shop.order.packed", order.packed_at),
        ("shop.order.shipped", order.shipped_at),
        ("shop.order.delivered", order.delivered_at),
    )
    for kind, at in steps:
        if at:
            row = _row(order.person, kind, at, reference, **data)
            row.actor, row.visitor = str(SHOP), None
            yield row


def _mails(orders: Sequence["DemoOrder"]) -> list[crm.Interaction]:
    mails = [mail for order in orders for mail in _mails_of(order)]
    crm.OutgoingMail.objects.bulk_create(mails)
    return [
        crm.Interaction(
            kind="crm.mail.sent",
            customer_id=mail.customer_id,
            actor="system:outbox",
            subject=f"crm.mail:{mail.pk}",
            data={"template": mail.template, "about": mail.reference},
            occurred_at=mail.sent_at or mail.queued_at,
        )
        for mail in mails
    ]


def _mails_of(order: "DemoOrder") -> Iterator[crm.OutgoingMail]:
    for name, at in (("confirmed", order.paid_at), ("shipped", order.shipped_at)):
        if at is None:
            continue
        language = order.person.content["language"]
        subject, text = (
            part.format(number=order.number, name=order.person.content["first_name"], tracking=order.tracking_number)
            for part in MAILS[language][name]
        )
        key = f"demo:order-{name}:{order.number}"
        yield crm.OutgoingMail(
            dedupe_key=key,
            message_id=crm.message_id_for(key),
            customer_id=order.person.customer.pk,
            template=f"shop/email/order_{name}",
            reference=f"shop.order:{order.row.pk}",
            language=language,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=order.person.content["email"],
            subject=subject,
            text=text + "\n",
            status=crm.OutgoingMail.Status.SENT,
            attempts=1,
            queued_at=at,
            next_attempt_at=at,
            sent_at=at + timedelta(seconds=4),
        )


def _session(
    person: Person, start: datetime, contents: Mapping[str, Any], products: Mapping[str, Any], chance: random.Random
) -> Iterator[crm.Interaction]:
    """A visit that ends without an order."""
    language = person.content["language"]
    liked = [sku for sku, content in contents.items() if set(content["interests"]) & set(person.content["interests"])]
    at = start
    if chance.random() < 0.15:
        yield _row(person, "shop.catalogue.searched", at, query=chance.choice(IN_VAIN[language]), results=0)
        at += timedelta(seconds=20)
    for _ in range(chance.randint(1, 5)):
        sku = chance.choice(liked if liked and chance.random() < 0.85 else list(contents))
        if chance.random() < 0.2:
            query = _search_word(contents[sku], language, chance)
            yield _row(person, "shop.catalogue.searched", at, query=query, results=chance.randint(1, 9))
            at += timedelta(seconds=chance.randint(4, 20))
        yield _row(person, "shop.product.viewed", at, f"shop.product:{products[sku].pk}")
        at += timedelta(seconds=chance.randint(8, 90))
        if chance.random() < 0.1:
            yield _row(person, "shop.basket.added", at, f"shop.product:{products[sku].pk}", quantity=1)
            at += timedelta(seconds=chance.randint(5, 40))
