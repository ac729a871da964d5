"""A year of orders that fit the people: what they like, what goes with it, what is used up and bought again."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.sites.models import Site
from django.db.models import F
from django.utils import translation

from crm import api as crm
from shop.demo.parcels import send_parcels
from shop.demo.people import SEED, Person
from shop.demo.products import CategoryContent, variant_sku
from shop.demo.traces import interactions_of
from shop.models import Payment, Purchase, SimulatedCharge
from shop.orders.placing import country_of
from shop.oscar import Order, OrderLine, Product, ShippingAddress, StockRecord
from shop.partner.strategy import split_vat
from shop.payment.providers import SimulatedCard
from shop.shipping.options import SHIPPING_VAT, ShippingOption, options_for

PREFIX = "D"
CURRENCY = "TRY"
# Things that are used up: bought again and in number.
CONSUMED = ("coffee", "tea", "knitting", "painting")


@dataclass(frozen=True)
class Choice:
    """A product in a basket: the variant that was taken, or the product itself."""

    content: dict[str, Any]
    product: Any  # what the shopper sees in a list
    taken: Any  # what the order line is about
    stock: Any
    variant_title: dict[str, str]
    quantity: int

    def title(self, language: str) -> str:
        title = self.content["title"][language]
        return f"{title}, {self.variant_title[language]}" if self.variant_title else title


@dataclass
class DemoOrder:
    """An order before it is written, with everything that happened around it."""

    person: Person
    number: str
    placed_at: datetime
    choices: list[Choice]
    shipping: ShippingOption
    paid_at: datetime
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    row: Any = None
    tracking_number: str = ""
    lines: list[Any] = field(default_factory=list)

    @property
    def status(self) -> str:
        if self.delivered_at:
            return "delivered"
        if self.shipped_at:
            return "shipped"
        return "packed" if self.packed_at else "paid"


def has_orders() -> bool:
    return Order.objects.filter(number__startswith=f"{PREFIX}10").exists()


def place_orders(people: Sequence[Person], categories: list[CategoryContent], *, now: datetime) -> tuple[int, int]:
    """Write everybody's year; (orders, interactions) written."""
    chance = random.Random(SEED + 1)
    shelf = _Shelf(categories)
    orders = [order for person in people for order in _year_of(person, shelf, chance, now=now)]
    orders.sort(key=lambda order: order.placed_at)
    for place, order in enumerate(orders):
        order.number = f"{PREFIX}{100001 + place}"
        order.tracking_number = f"{7350000000 + place * 7919}"
    _write(orders, now=now)
    interactions = interactions_of(people, orders, shelf.contents, shelf.products, chance=chance, now=now)
    return len(orders), crm.record_many(sorted(interactions, key=lambda row: row.occurred_at))


class _Shelf:
    """The catalogue as a shopper picks from it."""

    def __init__(self, categories: list[CategoryContent]) -> None:
        self.contents = {product["sku"]: product for content in categories for product in content.products}
        skus = list(self.contents)
        for content in self.contents.values():
            if content["options"]:
                skus += [variant_sku(content, value) for value in content["options"]["values"]]
        self.products = {product.upc: product for product in Product.objects.filter(upc__in=skus)}
        records = StockRecord.objects.filter(product__upc__in=skus).select_related("partner", "product")
        self.stock = {record.product.upc: record for record in records}

    def choose(self, sku: str, chance: random.Random) -> Choice:
        content = self.contents[sku]
        is_consumed = any(interest in CONSUMED for interest in content["interests"])
        quantity = chance.choice((1, 1, 2, 3)) if is_consumed else chance.choice((1, 1, 1, 1, 2))
        taken_sku, variant_title = sku, {}
        if content["options"]:
            value = chance.choice(content["options"]["values"])
            taken_sku, variant_title = variant_sku(content, value), value["title"]
        return Choice(
            content, self.products[sku], self.products[taken_sku], self.stock[taken_sku], variant_title, quantity
        )

    def basket(self, interests: Sequence[str], bought: list[str], chance: random.Random) -> list[str]:
        """Skus of one order: something liked, then what goes with it or something else liked."""
        skus: list[str] = []
        for _ in range(chance.choice((1, 1, 2, 2, 2, 3, 3, 4))):
            companions = [other for sku in skus for other in self.contents[sku]["goes_with"] if other in self.contents]
            again = [sku for sku in bought if set(self.contents[sku]["interests"]) & set(CONSUMED)]
            dice = chance.random()
            if companions and dice < 0.55:
                sku = chance.choice(companions)
            elif again and dice < 0.7:
                sku = chance.choice(again)
            elif dice < 0.93:
                sku = self._liked(interests, chance)
            else:
                sku = chance.choice(list(self.contents))
            if sku not in skus:
                skus.append(sku)
        return skus

    def _liked(self, interests: Sequence[str], chance: random.Random) -> str:
        weights = [5.0 ** len(set(content["interests"]) & set(interests)) - 0.8 for content in self.contents.values()]
        return chance.choices(list(self.contents), weights)[0]


def _year_of(person: Person, shelf: _Shelf, chance: random.Random, *, now: datetime) -> list[DemoOrder]:
    count = person.content["orders"]
    days_ago = sorted((chance.randint(4, 362) for _ in range(count)), reverse=True)
    if count and chance.random() < 0.3:
        days_ago[-1] = chance.randint(0, 3)  # so that something is always on its way
    if person.content["email"].startswith("ada@"):
        days_ago[-1] = 2
    bought: list[str] = []
    orders = []
    for days in days_ago:
        order = _one_order(
            person, shelf, bought, chance, placed_at=_some_time(now - timedelta(days=days), chance, now), now=now
        )
        bought += [choice.content["sku"] for choice in order.choices]
        orders.append(order)
    return orders


def _some_time(day: datetime, chance: random.Random, now: datetime) -> datetime:
    hour = chance.choice((8, 9, 10, 12, 13, 13, 15, 17, 18, 19, 20, 20, 21, 21, 22))
    moment = day.replace(hour=hour, minute=chance.randint(0, 59), second=chance.randint(0, 59), microsecond=0)
    return moment if moment < now - timedelta(hours=1) else moment - timedelta(days=1)


def _one_order(
    person: Person, shelf: _Shelf, bought: list[str], chance: random.Random, *, placed_at: datetime, now: datetime
) -> DemoOrder:
    skus = shelf.basket(person.content["interests"], bought, chance)
    choices = [shelf.choose(sku, chance) for sku in skus]
    shipped_at = (placed_at + timedelta(days=1)).replace(hour=14, minute=chance.randint(0, 59))
    delivered_at = (shipped_at + timedelta(days=chance.choice((2, 2, 3)))).replace(hour=chance.randint(10, 17))
    is_shipped = shipped_at < now
    packed_at = shipped_at - timedelta(hours=3)
    return DemoOrder(
        person=person,
        number="",
        placed_at=placed_at,
        choices=choices,
        shipping=chance.choices(options_for("TR"), (6, 2, 2))[0],
        paid_at=placed_at + timedelta(seconds=chance.randint(25, 140)),
        packed_at=packed_at if packed_at < now else None,
        shipped_at=shipped_at if is_shipped else None,
        delivered_at=delivered_at if is_shipped and delivered_at < now else None,
    )


# --- Writing ---------------------------------------------------------------------------------------------


def _write(orders: list[DemoOrder], *, now: datetime) -> None:
    countries = {code: country_of(code) for code in sorted({order.person.content["country"] for order in orders})}
    site = Site.objects.get_current()
    addresses = ShippingAddress.objects.bulk_create(
        [_address_of(order.person, countries[order.person.content["country"]]) for order in orders]
    )
    for order, address in zip(orders, addresses, strict=True):
        order.lines = [_line_of(choice, order) for choice in order.choices]
        order.row = _row_of(order, site, address)
    Order.objects.bulk_create([order.row for order in orders])
    OrderLine.objects.bulk_create([_of_order(line, order.row) for order in orders for line in order.lines])
    Purchase.objects.bulk_create([_purchase_of(order) for order in orders])
    payments = Payment.objects.bulk_create([_payment_of(order) for order in orders])
    # So that the network knows what it may be asked to give back.
    SimulatedCharge.objects.bulk_create(
        SimulatedCharge(reference=each.reference, amount=each.amount, currency=each.currency, is_captured=True)
        for each in payments
    )
    send_parcels(orders, now=now)
    _allocate(orders)


def _address_of(person: Person, country: Any) -> Any:
    content = person.content
    address = ShippingAddress(
        first_name=content["first_name"],
        last_name=content["last_name"],
        line1=content["address"],
        line4=content["city"],
        postcode=content["postcode"],
        country=country,
        phone_number=content["phone"],
    )
    address.search_text = address.join_fields(address.search_fields, separator=" ")
    return address


def _line_of(choice: Choice, order: DemoOrder) -> Any:
    record = choice.stock
    without, _ = split_vat(record.price, record.vat_rate)
    waits = order.shipped_at is None
    return OrderLine(
        partner=record.partner,
        partner_name=record.partner.name,
        partner_sku=record.partner_sku,
        stockrecord=record,
        product=choice.taken,
        title=choice.title(order.person.content["language"])[:255],
        upc=choice.taken.upc,
        quantity=choice.quantity,
        line_price_incl_tax=record.price * choice.quantity,
        line_price_excl_tax=without * choice.quantity,
        line_price_before_discounts_incl_tax=record.price * choice.quantity,
        line_price_before_discounts_excl_tax=without * choice.quantity,
        unit_price_incl_tax=record.price,
        unit_price_excl_tax=without,
        tax_code=str(record.vat_rate),
        status=order.status,
        num_allocated=choice.quantity if waits else 0,
    )


def _of_order(line: Any, order: Any) -> Any:
    line.order = order
    return line


def _row_of(order: DemoOrder, site: Site, address: Any) -> Any:
    goods = sum((line.line_price_incl_tax for line in order.lines), Decimal(0))
    price = order.shipping.charge_for(goods, CURRENCY)
    shipping_without, _ = split_vat(price, SHIPPING_VAT)
    with translation.override(order.person.content["language"]):
        shipping_method = str(order.shipping.name)
    return Order(
        number=order.number,
        site=site,
        user=order.person.customer.account,
        guest_email="" if order.person.customer.account else order.person.content["email"],
        currency=CURRENCY,
        total_incl_tax=goods + price,
        total_excl_tax=sum(line.line_price_excl_tax for line in order.lines) + shipping_without,
        shipping_incl_tax=price,
        shipping_excl_tax=shipping_without,
        shipping_tax_code=str(SHIPPING_VAT),
        shipping_address=address,
        shipping_method=shipping_method,
        shipping_code=order.shipping.code,
        status=order.status,
        date_placed=order.placed_at,
    )


def _purchase_of(order: DemoOrder) -> Purchase:
    return Purchase(
        order=order.row,
        customer=order.person.customer,
        email=order.person.content["email"],
        language=order.person.content["language"],
        confirmed_at=order.paid_at,
        paid_at=order.paid_at,
    )


def _payment_of(order: DemoOrder) -> Payment:
    return Payment(
        order=order.row,
        provider=SimulatedCard.code,
        reference=f"demo-{order.number}",
        status=Payment.Status.CAPTURED,
        amount=order.row.total_incl_tax,
        currency=CURRENCY,
        started_at=order.placed_at,
        finished_at=order.paid_at,
    )


def _allocate(orders: list[DemoOrder]) -> None:
    """What is paid and not shipped yet is allocated. Stock grows by it: the catalogue's numbers stay what is left."""
    waiting: dict[int, int] = {}
    for order in orders:
        for line in order.lines:
            if line.num_allocated:
                waiting[line.stockrecord_id] = waiting.get(line.stockrecord_id, 0) + line.num_allocated
    for record_id, quantity in sorted(waiting.items()):
        StockRecord.objects.filter(pk=record_id).update(
            num_in_stock=F("num_in_stock") + quantity, num_allocated=F("num_allocated") + quantity
        )
