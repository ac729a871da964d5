"""Goods, offers and baskets, put into whichever shop's process this is: stock Oscar's or ours.

Both are asked for the same through Oscar's own models and classes, so that what they are measured on cannot differ.
The descriptions are JSON, because they travel from one process to the other. Money is a string.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify
from oscar.core.loading import get_class, get_model

CURRENCY = "TRY"
VAT = Decimal("0.2")
SHIPPING_CHARGE = Decimal("59.90")  # what an offer on shipping is tried on
FREE_SHIPPING_FROM = Decimal("1500.00")
BATCH = 2000

Basket = get_model("basket", "Basket")
Benefit = get_model("offer", "Benefit")
Category = get_model("catalogue", "Category")
Condition = get_model("offer", "Condition")
ConditionalOffer = get_model("offer", "ConditionalOffer")
Partner = get_model("partner", "Partner")
Product = get_model("catalogue", "Product")
ProductCategory = get_model("catalogue", "ProductCategory")
ProductClass = get_model("catalogue", "ProductClass")
Range = get_model("offer", "Range")
StockRecord = get_model("partner", "StockRecord")
Voucher = get_model("voucher", "Voucher")

Applicator = get_class("offer.applicator", "Applicator")
Selector = get_class("partner.strategy", "Selector")


class Good(TypedDict):
    """`price` is without VAT; `category` a path like "Kitchen > Cups"; `parent` the SKU of what it is a variant of.

    Without a title it is called "Thing" and its SKU.
    """

    sku: str
    price: str
    stock: int
    category: str
    parent: str | None
    title: NotRequired[str]


class RangeOfGoods(TypedDict):
    everything: bool
    products: list[str]
    categories: list[str]
    excluded: list[str]


class Condition_(TypedDict):
    type: str
    value: str
    range: RangeOfGoods


class Benefit_(TypedDict):
    type: str
    value: str | None
    range: RangeOfGoods | None
    max_affected_items: int | None


class Offer(TypedDict):
    """`combines_with` names other offers of the same case; `voucher` is a code without which it does not apply."""

    name: str
    priority: int
    exclusive: bool
    combines_with: list[str]
    max_basket_applications: int | None
    max_global_applications: int | None
    max_discount: str | None
    voucher: str | None
    condition: Condition_
    benefit: Benefit_


class Line(TypedDict):
    """`price`, without VAT, is what the good costs in this case, where it is not what it always costs."""

    sku: str
    quantity: int
    price: str | None


class Case(TypedDict):
    """A basket and the offers that are live while it is priced."""

    lines: list[Line]
    offers: list[Offer]


class Totals(TypedDict):
    """What a case comes to. `discounts` and `shipping` (off the charge) are by the offer's name; `delivery` is what is
    paid for it, and what is taken off."""

    incl_tax: str
    excl_tax: str
    tax: str
    lines: list[list[str]]
    discounts: dict[str, str]
    applied: dict[str, int]
    shipping: dict[str, str]
    delivery: list[str]


def price_in(price: str, *, with_vat: bool) -> Decimal:
    """A price as the shop at hand stores it: stock Oscar without VAT, ours with it. Both then show the same two."""
    without = Decimal(price)
    return without + (without * VAT).quantize(Decimal("0.01")) if with_vat else without


def load_goods(goods: Iterable[Good], *, with_vat: bool) -> None:
    """All at once, without the signals that a product by product would send. A parent comes with its variants."""
    goods = list(goods)
    parents = {good["parent"] for good in goods}
    kind = ProductClass.objects.get_or_create(name="Goods")[0]
    partner = Partner.objects.get_or_create(code="house", defaults={"name": "House"})[0]
    made: dict[str, Any] = {}
    for generation in ([good for good in goods if not good["parent"]], [good for good in goods if good["parent"]]):
        products = [_product(good, made, kind, is_parent=good["sku"] in parents) for good in generation]
        made |= {product.upc: product for product in Product.objects.bulk_create(products, batch_size=BATCH)}
    StockRecord.objects.bulk_create(
        [
            StockRecord(
                product=made[good["sku"]],
                partner=partner,
                partner_sku=good["sku"],
                price=price_in(good["price"], with_vat=with_vat),
                price_currency=CURRENCY,
                num_in_stock=good["stock"],
            )
            for good in goods
            if good["sku"] not in parents
        ],
        batch_size=BATCH,
    )
    categories = {path: _category(path) for path in dict.fromkeys(good["category"] for good in goods)}
    ProductCategory.objects.bulk_create(
        [
            ProductCategory(product=made[good["sku"]], category=categories[good["category"]])
            for good in goods
            if not good["parent"]
        ],
        batch_size=BATCH,
    )


def addresses() -> dict[str, str]:
    """The path of each product's page by its SKU, as both shops have it behind their prefix."""
    rows = Product.objects.values_list("upc", "slug", "pk")
    return {upc: f"/catalogue/{slug}_{product_id}/" for upc, slug, product_id in rows}


def analyze() -> None:
    """Let Postgres look through what has been loaded now, and not by itself in the middle of the measurement."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _product(good: Good, made: dict[str, Any], kind: Any, *, is_parent: bool) -> Any:
    title = good.get("title", f"Thing {good['sku']}")
    whole = Product.PARENT if is_parent else Product.STANDALONE
    return Product(
        structure=Product.CHILD if good["parent"] else whole,
        parent=made[good["parent"]] if good["parent"] else None,
        product_class=None if good["parent"] else kind,
        title=title,
        slug=slugify(title)[:200] or slugify(good["sku"]),
        upc=good["sku"],
    )


def _category(path: str) -> Any:
    """The category at the end of the path, made with what is above it where it is new; no two have the same name."""
    above, _, name = path.rpartition(" > ")
    found = Category.objects.filter(name=name).first()
    if found or not above:
        return found or Category.objects.add_root({"name": name})
    return Category.objects.add_child(_category(above), {"name": name})


def load_offers(offers: Iterable[Offer]) -> dict[str, Any]:
    """The offers by name, live from now on."""
    offers = list(offers)
    made = {offer["name"]: _load_offer(offer) for offer in offers}
    for offer in offers:
        made[offer["name"]].combinations.set([made[name] for name in offer["combines_with"]])
    return made


def _load_offer(offer: Offer) -> Any:
    condition, benefit, code = offer["condition"], offer["benefit"], offer["voucher"]
    made = ConditionalOffer.objects.create(
        name=offer["name"],
        offer_type=ConditionalOffer.VOUCHER if code else ConditionalOffer.SITE,
        priority=offer["priority"],
        exclusive=offer["exclusive"],
        max_basket_applications=offer["max_basket_applications"],
        max_global_applications=offer["max_global_applications"],
        max_discount=_money(offer["max_discount"]),
        condition=Condition.objects.create(
            type=condition["type"],
            value=_money(condition["value"]),
            range=_load_range(condition["range"], f"{offer['name']}, condition"),
        ),
        benefit=Benefit.objects.create(
            type=benefit["type"],
            value=_money(benefit["value"]),
            range=_load_range(benefit["range"], f"{offer['name']}, benefit"),
            max_affected_items=benefit["max_affected_items"],
        ),
    )
    if code:
        now = timezone.now()
        voucher = Voucher.objects.create(
            name=code,
            code=code,
            usage=Voucher.SINGLE_USE,
            start_datetime=now - timedelta(days=1),
            end_datetime=now + timedelta(days=1),
        )
        voucher.offers.add(made)
    return made


def put_on_shelf(sku: str, *, with_vat: bool, stock: int = 1000) -> str:
    """One thing at 100.00 without VAT; returns its SKU."""
    good: Good = {"sku": sku, "price": "100.00", "stock": stock, "category": "Measured", "parent": None}
    load_goods([good], with_vat=with_vat)
    return sku


def stock_of(sku: str) -> dict[str, int]:
    record = StockRecord.objects.get(product__upc=sku)
    return {"num_in_stock": record.num_in_stock, "num_allocated": record.num_allocated or 0}


def ten_off(name: str, *, voucher: str | None = None, most: int | None = None) -> Offer:
    """10.00 off whatever is in the basket, once for each basket; `most` times in all."""
    everything: RangeOfGoods = {"everything": True, "products": [], "categories": [], "excluded": []}
    return {
        "name": name,
        "priority": 0,
        "exclusive": True,
        "combines_with": [],
        "max_basket_applications": 1,
        "max_global_applications": most,
        "max_discount": None,
        "voucher": voucher,
        "condition": {"type": "Count", "value": "1", "range": everything},
        "benefit": {"type": "Absolute", "value": "10.00", "range": everything, "max_affected_items": None},
    }


def end_offers() -> None:
    for offer in ConditionalOffer.objects.all():
        offer.suspend()


def _money(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


def _load_range(wanted: RangeOfGoods | None, name: str) -> Any:
    if wanted is None:
        return None
    made = Range.objects.create(name=name, includes_all_products=wanted["everything"])
    made.included_products.set(Product.objects.filter(upc__in=wanted["products"]))
    made.included_categories.set([_category(path) for path in wanted["categories"]])
    made.excluded_products.set(Product.objects.filter(upc__in=wanted["excluded"]))
    return made


def fill_basket(lines: Sequence[Line]) -> Any:
    """An open basket of somebody without an account, filled through Oscar's own `add_product`."""
    basket = Basket.objects.create()
    basket.strategy = Selector().strategy()
    products = Product.objects.in_bulk([line["sku"] for line in lines], field_name="upc")
    for line in lines:
        basket.add_product(products[line["sku"]], line["quantity"])
    return basket


def totals_of(case: Case, *, with_vat: bool, delivery: Callable[[Any], tuple[Decimal, Decimal]]) -> Totals:
    """Price one case and leave nothing of it behind.

    `delivery` asks the shop at hand: (paid, taken off) for a basket whose offers are applied.
    """
    with transaction.atomic():
        for line in case["lines"]:
            if line["price"] is not None:
                price = price_in(line["price"], with_vat=with_vat)
                StockRecord.objects.filter(product__upc=line["sku"]).update(price=price)
        offers = load_offers(case["offers"])
        basket = fill_basket(case["lines"])
        basket.vouchers.set(Voucher.objects.filter(offers__in=offers.values()))
        basket = Basket.objects.get(pk=basket.pk)  # as the next request finds it
        basket.strategy = Selector().strategy()
        Applicator().apply(basket, user=AnonymousUser())
        found = _totals(basket, delivery(basket))
        transaction.set_rollback(True)
    return found


def _totals(basket: Any, delivery: tuple[Decimal, Decimal]) -> Totals:
    applications = list(basket.offer_applications)
    return {
        "incl_tax": _text(basket.total_incl_tax),
        "excl_tax": _text(basket.total_excl_tax),
        "tax": _text(basket.total_tax),
        "lines": [
            [_text(line.line_price_incl_tax_incl_discounts), _text(line.line_price_excl_tax_incl_discounts)]
            for line in basket.all_lines()
        ],
        "discounts": {entry["name"]: _text(entry["discount"]) for entry in applications},
        "applied": {entry["name"]: entry["freq"] for entry in applications},
        "shipping": {
            entry["name"]: _text(entry["offer"].shipping_discount(SHIPPING_CHARGE, CURRENCY))
            for entry in applications
            if entry["result"].affects_shipping
        },
        "delivery": [_text(amount) for amount in delivery],
    }


def _text(amount: Decimal) -> str:
    return f"{amount:.4f}"
