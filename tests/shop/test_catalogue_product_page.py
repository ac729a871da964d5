"""A product's page: its variants, its price as the law wants it, and what happens when it is gone."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.utils import translation

from crm import api as crm
from shop.models import PriceChange
from shop.templatetags.money import money
from tests.shop import shelves

pytestmark = pytest.mark.django_db


BEFORE = {
    "en": ("Lowest price of the 30 days before the reduction:", "Lowest in the 30 days before:"),
    "tr": ("İndirimden önceki 30 günün en düşük fiyatı:", "Önceki 30 günün en düşüğü:"),
}


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_reduced_price_says_what_it_was_before_and_what_that_is(client: Any, language: str) -> None:
    made = shelves.product("Cezve", "Cezve", price="690.00", before="860.50")
    # Reduced long ago: in the last 30 days it has cost 690, in the 30 days before the reduction 860.50.
    PriceChange.objects.update(changed_at=F("changed_at") - timedelta(days=40))
    page = client.get(f"/{language}/catalogue/cezve_{made.pk}/").content.decode()
    with translation.override(language):
        before, now = money(Decimal("860.50")), money(Decimal("690.00"))
    assert f"{BEFORE[language][0]} <s>{before}</s>" in page
    assert now in page
    shelves.department("Kitchen", "Mutfak", made)
    client.post(f"/{language}/basket/add/{made.pk}/", {"quantity": 1})
    for address in (f"/{language}/catalogue/", f"/{language}/basket/"):
        page = client.get(address).content.decode()
        assert f'<span class="price-before small">{BEFORE[language][1]} <s>{before}</s></span>' in page, (
            "for all to see"
        )


def test_a_price_is_one_with_vat(client: Any) -> None:
    made = shelves.product("Cezve")
    assert "including 20% VAT" in client.get(f"/en/catalogue/cezve_{made.pk}/").content.decode()


def test_the_first_variant_in_stock_is_chosen_and_another_can_be(client: Any) -> None:
    made = shelves.product("Yarn", variants={"Blue": 0, "Red": 2, "Green": 9})
    page = client.get(f"/en/catalogue/yarn_{made.pk}/")
    assert page.context["product"].chosen.title == "Red"
    assert "Only 2 left" in page.content.decode()
    blue = page.context["product"].choices[0]
    page = client.get(blue.url)
    assert page.context["product"].chosen.title == "Blue"
    assert "This variant is sold out" in page.content.decode()
    assert "/basket/add/" not in page.content.decode()


@pytest.mark.parametrize("option", ["0", "x", "99999999999999999999", "-1", "²"])
def test_a_variant_that_is_none_is_ignored(client: Any, option: str) -> None:
    made = shelves.product("Yarn", variants={"Blue": 1})
    response = client.get(f"/en/catalogue/yarn_{made.pk}/", {"option": option})
    assert response.context["product"].chosen.title == "Blue"


def test_a_variants_own_address_and_an_old_slug_lead_to_the_page(client: Any) -> None:
    made = shelves.product("Yarn", variants={"Blue": 1})
    child = made.children.get()
    response = client.get(f"/en/catalogue/blue_{child.pk}/")
    assert (response.status_code, response.url) == (301, f"/en/catalogue/yarn_{made.pk}/?option={child.pk}")
    response = client.get(f"/en/catalogue/wool_{made.pk}/")
    assert (response.status_code, response.url) == (301, f"/en/catalogue/yarn_{made.pk}/")


def test_a_product_that_is_gone_offers_what_comes_close_and_leaves_no_trace(client: Any) -> None:
    shelves.product("Copper cezve", "Bakır cezve")
    gone = shelves.product("Copper cezbe large")
    gone_id = gone.pk
    gone.delete()
    response = client.get(f"/en/catalogue/copper-cezbe-large_{gone_id}/")
    assert response.status_code == 404
    assert "Copper cezve" in response.content.decode()
    assert 'action="/en/search/"' in response.content.decode()
    crm.copy_traces()
    assert not crm.Interaction.objects.filter(subject=f"shop.product:{gone_id}").exists()


def test_a_hidden_products_page_shows_nothing_of_it(client: Any) -> None:
    made = shelves.product("Secret thing")
    made.is_public = False
    made.save(update_fields=["is_public"])
    response = client.get(f"/en/catalogue/secret-thing_{made.pk}/")
    assert response.status_code == 404
    said = response.content.decode().partition("<main")[2].partition("</main>")[0]
    assert "We do not sell this any more" in said
    assert "₺" not in said


def test_looking_at_a_product_leaves_one_trace(ada: crm.Customer, login: Any) -> None:
    made = shelves.product("Cezve")
    login(ada).get(f"/en/catalogue/cezve_{made.pk}/")
    crm.copy_traces()
    views = crm.Interaction.objects.filter(kind="shop.product.viewed", customer=ada)
    assert [row.subject for row in views] == [f"shop.product:{made.pk}"]
    assert crm.resolve_references([f"shop.product:{made.pk}"])[f"shop.product:{made.pk}"].label == "Cezve"


def test_what_staff_typed_is_text_and_no_script(client: Any) -> None:
    made = shelves.product("<script>alert(1)</script>", facts=[["<b>", "<i>x</i>"], ["only one"], "none"])  # type: ignore[list-item]
    page = client.get(shelves.address(made)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;i&gt;x&lt;/i&gt;" in page


def test_prices_are_written_as_each_language_does(settings: Any) -> None:
    from decimal import Decimal

    from django.utils import translation

    with translation.override("tr"):
        assert money(Decimal("1234.5")) == "₺1.234,50"
    with translation.override("en"):
        assert money(Decimal("1234.5")) == "₺1,234.50"
        assert money(Decimal("-3"), "GBP") == "−£3.00"
        assert money(None) == ""


# --- variants that differ in more than one way ------------------------------------------------------------------------


def rows(client: Any, made: Any, option: int = 0) -> Any:
    """(name, [(value, the variant it leads to, "" for none)]), with a star at what is chosen."""
    product = client.get(f"/en/catalogue/{made.slug}_{made.pk}/", {"option": option}).context["product"]
    return [
        (
            option.name,
            [
                (f"{value.title}*" if value.is_chosen else value.title, value.leads_to.title if value.leads_to else "")
                for value in option.values
            ],
        )
        for option in product.options
    ]


def in_two_ways(variants: dict[str, int], name: str = "Size / Colour") -> tuple[Any, dict[str, int]]:
    made = shelves.product("Shirt", variants=variants)
    made.texts.update(option_name=name)
    return made, dict(made.children.values_list("title", "pk"))


def test_sizes_and_colours_are_a_row_each(client: Any) -> None:
    made, ids = in_two_ways({"S / Blue": 3, "S / Red": 0, "M / Blue": 2, "L / Red": 1})
    assert rows(client, made) == [
        ("Size", [("S*", "S / Blue"), ("M", "M / Blue"), ("L", "L / Red")]),  # there is no blue L: the nearest
        ("Colour", [("Blue*", "S / Blue"), ("Red", "S / Red")]),
    ]
    assert rows(client, made, ids["M / Blue"])[1] == ("Colour", [("Blue*", "M / Blue"), ("Red", "")])
    page = client.get(f"/en/catalogue/shirt_{made.pk}/", {"option": ids["M / Blue"]}).content.decode()
    assert '<span class="option option--out">Red<span class="visually-hidden"> (not made)</span></span>' in page
    page = client.get(f"/en/catalogue/shirt_{made.pk}/").content.decode()
    assert 'Red<span class="visually-hidden"> (sold out)</span></a>' in page
    assert ">S / Red" not in page


def test_the_third_row_is_tried_where_the_second_leads_nowhere(client: Any) -> None:
    made, ids = in_two_ways(
        {"S / Blue / Long": 0, "S / Red / Short": 4, "S / Red / Wide": 4, "M / Blue / Long": 1}, "Size / Colour / Cut"
    )
    assert rows(client, made, ids["S / Blue / Long"]) == [
        ("Size", [("S*", "S / Blue / Long"), ("M", "M / Blue / Long")]),
        ("Colour", [("Blue*", "S / Blue / Long"), ("Red", "S / Red / Short")]),
        ("Cut", [("Long*", "S / Blue / Long"), ("Short", ""), ("Wide", "")]),
    ]


@pytest.mark.parametrize(
    ("name", "variants"),
    [
        ("Colour", {"Blue / Green": 1, "Red": 1}),
        ("Size / Colour", {"S / Blue": 1, "M": 1}),
        ("Size / Colour", {"S / Blue / Long": 1, "M / Blue / Long": 1}),
    ],
)
def test_variants_that_do_not_say_all_of_it_stay_one_row(client: Any, name: str, variants: dict[str, int]) -> None:
    made, _ids = in_two_ways(variants, name)
    assert rows(client, made) == []
    page = client.get(f"/en/catalogue/shirt_{made.pk}/").content.decode()
    assert all(title in page for title in variants)
