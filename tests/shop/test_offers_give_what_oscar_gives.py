"""The applicator is quicker than Oscar's and gives the same, to the cent, whatever stands in the dashboard."""

import random
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from oscar.apps.offer.applicator import Applicator as OscarApplicator
from oscar.apps.shipping.methods import Base
from oscar.apps.shipping.repository import Repository

from shop.offer.memberships import know_members
from shop.offer.models import Benefit, Condition, Range
from shop.oscar import Applicator, Basket, Category, ConditionalOffer, Product, ProductCategory, ProductClass
from shop.partner.strategy import Selector
from shop.shipping.options import OPTIONS
from shop.shipping.weights import weigh
from tests.shop import shelves
from tests.shop.conftest import fill
from tests.shop.offers import ON_DELIVERY, everything, offer, only, voucher

pytestmark = pytest.mark.django_db


def outcome(basket_id: int, applicator: Any, user: Any) -> tuple[Any, ...]:
    """What an applicator makes of a basket: totals, discounts by offer, deliveries, lines and their breakdown."""
    basket = Basket.objects.get(pk=basket_id)
    basket.strategy = Selector().strategy()
    applicator.apply(basket, user)
    return (
        basket.total_incl_tax,
        basket.total_excl_tax,
        basket.total_discount,
        {entry["offer"].pk: (entry["discount"], entry["freq"]) for entry in basket.offer_applications},
        deliveries(basket, by_oscar=type(applicator) is OscarApplicator),
        [
            (line.line_price_incl_tax_incl_discounts, line.get_price_breakdown(), line.quantity_with_discount)
            for line in basket.all_lines()
        ],
    )


class ByOscar(Base):
    """One of our ways to travel at its full price; what an offer takes off is left to Oscar's shipping repository."""

    def __init__(self, option: Any) -> None:
        self.option = option

    def calculate(self, basket: Any) -> Any:
        return self.option.price_for(basket.total_incl_tax, basket.currency, grams=weigh(basket)).charge


def deliveries(basket: Any, *, by_oscar: bool) -> list[tuple[Decimal, Decimal]]:
    """(what is paid, what is taken off) for each way to travel that takes the basket."""
    options = [option for option in OPTIONS if option.takes(weigh(basket))]
    if not by_oscar:
        return [(price.paid, price.reduction) for price in (option.price_of(basket) for option in options)]
    repository = Repository()
    repository.methods = [ByOscar(option) for option in options]
    methods = repository.get_shipping_methods(basket)
    return [(method.calculate(basket).incl_tax, method.discount(basket)) for method in methods]


def assert_same(basket: Any, user: Any) -> None:
    assert outcome(basket.pk, Applicator(), user) == outcome(basket.pk, OscarApplicator(), user)


@pytest.fixture
def shelf(db: None) -> list[Any]:
    """Eight things of two classes in a tree of departments, one of them with two variants."""
    things = [shelves.product(f"Thing {n}", price=price) for n, price in enumerate(("9.99", "20.00", "149.90", "3.33"))]
    shelves.product("Shirt", price="45.55", variants={"Red": 9, "Blue": 9})
    things += list(Product.objects.filter(structure=Product.CHILD))
    things += [shelves.product("Cup", price="12.40"), shelves.product("Lamp", price="99.00")]
    other = ProductClass.objects.create(name="Other", track_stock=False)
    Product.objects.filter(pk__in=[things[1].pk, things[6].pk]).update(product_class=other)
    Product.objects.filter(pk=things[3].pk).update(is_discountable=False)
    return things


@pytest.fixture
def tree(shelf: list[Any]) -> list[Any]:
    """House > Kitchen > Cups, and Clothes; the shirt's parent is in Clothes."""
    house, clothes = (Category.objects.add_root({"name": name}) for name in ("House", "Clothes"))
    kitchen = Category.objects.add_child(house, {"name": "Kitchen"})
    cups = Category.objects.add_child(kitchen, {"name": "Cups"})
    shirt = Product.objects.get(structure=Product.PARENT)
    for product, category in (
        (shelf[0], house),
        (shelf[1], kitchen),
        (shelf[6], cups),
        (shelf[6], clothes),
        (shirt, clothes),
    ):
        ProductCategory.objects.create(product=product, category=category)
    return [house, kitchen, cups, clothes]


def some_range(chance: random.Random, shelf: list[Any], tree: list[Any]) -> Any:
    made = Range.objects.create(name=f"R{Range.objects.count()}", includes_all_products=chance.random() < 0.35)
    family = [*shelf, *Product.objects.filter(structure=Product.PARENT)]
    for product in chance.sample(family, chance.choice((0, 1, 3))):
        made.add_product(product)
    made.excluded_products.add(*chance.sample(family, chance.choice((0, 0, 1, 2))))
    made.classes.add(*chance.sample(list(ProductClass.objects.all()), chance.choice((0, 0, 1))))
    made.included_categories.add(*chance.sample(tree, chance.choice((0, 1, 2))))
    made.excluded_categories.add(*chance.sample(tree, chance.choice((0, 0, 1))))
    return made


def some_offer(chance: random.Random, ranges: list[Any], **fields: Any) -> Any:
    needs = chance.choice((Condition.COUNT, Condition.VALUE, Condition.COVERAGE))
    gives = chance.choice(
        (
            Benefit.PERCENTAGE,
            Benefit.FIXED,
            Benefit.FIXED_UNIT,
            Benefit.MULTIBUY,
            Benefit.FIXED_PRICE,
            Benefit.PERCENTAGE,
            *ON_DELIVERY,
        )
    )
    percent = chance.choice((7, 15, 33, 100))
    value = {Benefit.MULTIBUY: None, Benefit.PERCENTAGE: percent, Benefit.SHIPPING_PERCENTAGE: percent}
    return offer(
        range=chance.choice(ranges),
        condition=(needs, chance.choice(("25.50", "120")) if needs == Condition.VALUE else chance.choice((1, 2, 3))),
        benefit=(gives, value.get(gives, chance.choice(("5.00", "12.34", "40.00")))),
        exclusive=chance.random() < 0.6,
        priority=chance.choice((0, 0, 1, 5)),
        max_basket_applications=chance.choice((1, 2, 3)),
        max_global_applications=chance.choice((None, None, 1, 3)),
        max_user_applications=chance.choice((None, None, 2)),
        max_discount=chance.choice((None, None, Decimal("10.00"))),
        num_applications=chance.choice((0, 2)),
        **fields,
    )


@pytest.mark.parametrize("seed", range(8))
def test_on_any_basket_everything_gives_the_same(seed: int, shelf: list[Any], tree: list[Any], ada: Any) -> None:
    chance = random.Random(seed)
    ranges = [everything(), *(some_range(chance, shelf, tree) for _ in range(4))]
    offers = [some_offer(chance, ranges) for _ in range(chance.choice((1, 4, 7)))]
    ticket = voucher("WELCOME", some_offer(chance, ranges, offer_type=ConditionalOffer.VOUCHER))
    friendly = [entry for entry in offers if not entry.exclusive]
    if len(friendly) > 1 and chance.random() < 0.7:
        friendly[0].combinations.add(friendly[1])
    user = ada.account if chance.random() < 0.5 else None
    for _ in range(3):
        basket = fill(*((thing, chance.choice((1, 2, 5))) for thing in chance.sample(shelf, 5)), user=user)
        if chance.random() < 0.6:
            basket.vouchers.add(ticket)
        assert_same(basket, ada.account)


@pytest.mark.parametrize("seed", range(4))
def test_a_range_has_the_products_that_oscar_says(seed: int, shelf: list[Any], tree: list[Any]) -> None:
    chance = random.Random(seed)
    products = list(Product.objects.select_related("parent"))
    ranges = [some_range(chance, shelf, tree) for _ in range(6)]
    pairs = [(entry.pk, product) for entry in ranges for product in products]
    by_oscar = [Range.objects.get(pk=range_id).contains_product(product) for range_id, product in pairs]
    fresh = Range.objects.in_bulk()
    know_members(fresh.values(), products)
    assert [fresh[range_id].contains_product(product) for range_id, product in pairs] == by_oscar
    assert set(by_oscar) == {True, False}


def test_a_product_that_was_not_looked_up_is_still_asked_about(shelf: list[Any]) -> None:
    made = only(shelf[0], shelf[1])
    know_members([made], [shelf[0]])
    assert made.contains_product(shelf[1])
    assert not made.contains_product(shelf[2])


def test_a_range_that_changes_forgets_what_it_knew(shelf: list[Any]) -> None:
    made = only(shelf[0])
    know_members([made], shelf)
    made.add_product(shelf[1])
    assert made.contains_product(shelf[1])


def test_ten_per_cent_off_a_price_with_vat_is_ten_per_cent(shelf: list[Any]) -> None:
    offer(benefit=(Benefit.PERCENTAGE, 10))
    total, without, discount, *_ = outcome(fill((shelf[1], 1)).pk, Applicator(), None)
    assert (total, without, discount) == (Decimal("18.00"), Decimal("15.00"), Decimal("2.00"))


def test_a_guest_has_vouchers_too(shelf: list[Any]) -> None:
    basket = fill((shelf[1], 1))
    basket.vouchers.add(voucher())
    assert outcome(basket.pk, Applicator(), None)[0] == Decimal("18.00")


@pytest.mark.parametrize("seed", range(8))
def test_the_delivery_costs_the_same(seed: int, shelf: list[Any]) -> None:
    """Several offers on it at once, some behind a voucher, on baskets below and above the value that travels free."""
    chance = random.Random(seed)
    ticket = voucher("TRAVEL", on_delivery(chance, offer_type=ConditionalOffer.VOUCHER))
    for _ in range(chance.choice((0, 1, 3))):
        on_delivery(chance)
    for thing, quantity in zip(chance.sample(shelf, 4), (1, 2, 5, 20), strict=True):
        basket = fill((thing, quantity))
        if chance.random() < 0.6:
            basket.vouchers.add(ticket)
        assert_same(basket, AnonymousUser())  # to Oscar, nobody is no guest


def on_delivery(chance: random.Random, **fields: Any) -> Any:
    gives = chance.choice(ON_DELIVERY)
    return offer(
        condition=(Condition.VALUE, chance.choice((1, 50))),
        benefit=(gives, chance.choice(("12.50", "33.33", "100.00", "0.01"))),
        exclusive=chance.random() < 0.5,
        priority=chance.choice((0, 0, 1, 5)),
        max_global_applications=chance.choice((None, None, 1)),
        **fields,
    )
