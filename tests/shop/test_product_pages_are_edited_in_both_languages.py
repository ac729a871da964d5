"""A product's page in the back office: both languages side by side, what is missing, the past of its price."""

import html
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shop.catalogue.completeness import missing_of
from shop.catalogue.editing import NotNamed, Words, slug_of, write_product
from shop.index.refresh import current_version
from shop.models import CategoryText, ProductText, ProductWeight
from shop.oscar import Category, Product, ProductClass, ProductImage, StockRecord
from shop.prices.chart import chart_of
from shop.prices.history import prices_of
from shop.search.selectors import search_products
from tests.shop import shelves

pytestmark = pytest.mark.django_db
LIST = reverse("admin:catalogue_product_changelist")
QUERIES_OF_THE_LIST = 17  # who asks, what they may, the menu, filters; six of them are the list
ENGLISH = {"accept-language": "en"}


def page_of(product: Any) -> str:
    return reverse("admin:catalogue_product_change", args=[product.pk])


def form_of(product: Any, **changes: Any) -> dict[str, Any]:
    """What a browser posts."""
    data: dict[str, Any] = {
        "upc": product.upc,
        "is_public": "on",
        "grams": "",
        "title_tr": "Bakır cezve",
        "title_en": "Copper cezve",
        "description_tr": "Dövme.",
        "description_en": "Hammered.",
        "facts_tr": "Malzeme: bakır",
        "facts_en": "Material: copper",
        "images-TOTAL_FORMS": "0",
        "images-INITIAL_FORMS": "0",
    }
    records = list(product.stockrecords.all()) if product.pk else []
    data["stockrecords-TOTAL_FORMS"] = data["stockrecords-INITIAL_FORMS"] = str(len(records))
    for place, record in enumerate(records):
        for name in ("id", "partner_sku", "price", "price_currency", "vat_rate", "num_in_stock"):
            data[f"stockrecords-{place}-{name}"] = str(getattr(record, name))
        data[f"stockrecords-{place}-product"] = str(product.pk)
        data[f"stockrecords-{place}-partner"] = str(record.partner_id)
        data[f"stockrecords-{place}-price_before"] = "" if record.price_before is None else str(record.price_before)
    return {**data, **changes}


@pytest.fixture
def manager(login: Any, linus: Any) -> Client:
    client: Client = login(linus)
    return client


def test_both_languages_are_saved_and_found(manager: Client) -> None:
    product = shelves.product("Cezve", "Cezve", sku="C-1")
    department = shelves.department("Coffee", "Kahve")
    answer = manager.post(page_of(product), form_of(product, grams="340", categories_of=[department.pk]))
    assert answer.status_code == 302
    product.refresh_from_db()
    texts = {text.language: text for text in product.texts.all()}
    assert (texts["tr"].title, texts["en"].title) == ("Bakır cezve", "Copper cezve")
    assert texts["en"].facts == [["Material", "copper"]]
    current_version()
    assert search_products("bakir", language="tr").ids == search_products("c-1", language="en").ids == [product.pk]
    assert (product.title, product.description) == ("Bakır cezve", "Dövme."), "Oscar's own are Turkish here"
    assert (product.weight.grams, product.categories.get()) == (340, department)


def test_facts_that_no_line_can_hold_survive_an_edit_of_something_else(manager: Client) -> None:
    product = shelves.product("Cezve", "Cezve", facts=[["Size: inner", "9 cm"]])
    manager.post(page_of(product), form_of(product, facts_tr="Size: inner: 9 cm", facts_en="Size: inner: 9 cm"))
    assert product.texts.get(language="en").facts == [["Size: inner", "9 cm"]]


def slugs(thing: Any) -> dict[str, str]:
    return dict(thing.texts.values_list("language", "slug"))


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Bakır cezve", "bakir-cezve"),
        ("IŞIK", "isik"),
        ("İğne oyası", "igne-oyasi"),
        ("ÇĞİÖŞÜ çğıöşü", "cgiosu-cgiosu"),
        ("Kuş'un yemliği", "kus-yemligi"),
        ("…", "product"),
    ],
)
def test_a_slug_is_made_of_letters_that_every_address_takes(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_an_empty_slug_is_made_of_the_title_in_its_language(manager: Client) -> None:
    product = shelves.product("Cezve")
    form = form_of(product, title_tr="Işıklı ÇINI  tabak", title_en="Bright plate")
    manager.post(page_of(product), {**form, "slug_tr": "", "slug_en": ""})
    assert slugs(product) == {"tr": "isikli-cini-tabak", "en": "bright-plate"}


def test_a_slug_that_was_typed_stays_when_the_title_changes(manager: Client) -> None:
    product = shelves.product("Cezve", "Cezve")
    form = form_of(product, slug_tr=" Kahve_CEZVESİ ", slug_en="coffee-pot")
    manager.post(page_of(product), form)
    assert slugs(product) == {"tr": "kahve-cezvesi", "en": "coffee-pot"}
    shown = manager.get(page_of(product), headers=ENGLISH).content.decode()
    assert 'value="kahve-cezvesi"' in shown and 'value="coffee-pot"' in shown
    assert f'href="/en/catalogue/coffee-pot_{product.pk}/"' in shown
    manager.post(page_of(product), {**form, "slug_tr": "kahve-cezvesi", "title_tr": "Başka", "title_en": "Other"})
    assert slugs(product) == {"tr": "kahve-cezvesi", "en": "coffee-pot"}


def test_a_variant_shows_the_page_of_its_product(manager: Client) -> None:
    product = shelves.product("Wool", "Yün", variants={"Red": 1})
    red = product.children.get()
    shown = manager.get(page_of(red), headers=ENGLISH).content.decode()
    assert f'href="/en/catalogue/wool_{product.pk}/?option={red.pk}"' in shown
    assert "slug_en" not in shown


def test_a_text_without_a_slug_is_refused_by_the_database() -> None:
    product = shelves.product("Cezve")
    department = shelves.department("Coffee", "Kahve")
    for texts in (product.texts, department.texts):
        for slug in ("", "bakır", "a/b"):
            with pytest.raises(IntegrityError), transaction.atomic():
                texts.update(slug=slug)


def test_a_language_is_taken_away_by_emptying_it(manager: Client) -> None:
    product = shelves.product("Cezve", "Cezve")
    manager.post(page_of(product), form_of(product, title_en="", description_en="", facts_en=""))
    assert [text.language for text in product.texts.all()] == ["tr"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"title_tr": "", "title_en": "", "description_tr": "", "facts_tr": "", "facts_en": ""}, "in one language"),
        ({"title_en": ""}, "needs a title in this language"),
        ({"facts_en": "Material copper"}, "Line 1: write"),
        ({"title_en": "x" * 256}, "at most 255"),
        ({"grams": "0"}, "greater than or equal to 1"),
        ({"upc": ""}, "required"),
    ],
)
def test_a_refusal_says_why_and_writes_nothing(manager: Client, changes: dict[str, str], error: str) -> None:
    product = shelves.product("Cezve", "Cezve")
    before = list(ProductText.objects.order_by("pk").values())
    answer = manager.post(page_of(product), form_of(product, **changes), headers=ENGLISH)
    assert answer.status_code == 200
    assert error in answer.content.decode()
    assert list(ProductText.objects.order_by("pk").values()) == before


def test_a_price_is_lowered_here_and_its_past_is_shown(manager: Client) -> None:
    product = shelves.product("Cezve", "Cezve", price="100.00")
    assert manager.post(page_of(product), form_of(product, **{"stockrecords-0-price": "80.00"})).status_code == 302
    assert StockRecord.objects.get().price_before == Decimal("100.00")
    page = manager.get(page_of(product), headers=ENGLISH).content.decode()
    assert "Price history" in page and "100.00" in page and "<svg" in page


def test_a_reduction_that_never_was_is_refused_beside_the_field(manager: Client) -> None:
    product = shelves.product("Cezve", "Cezve", price="80.00")
    answer = manager.post(
        page_of(product), form_of(product, **{"stockrecords-0-price_before": "100.00"}), headers=ENGLISH
    )
    assert "was not dearer in the 30 days" in answer.content.decode()
    assert StockRecord.objects.get().price_before is None


def test_a_variant_is_reached_and_edited(manager: Client) -> None:
    parent = shelves.product("Cezve", "Cezve", variants={"Small": 2})
    variant = parent.children.get()
    page = manager.get(page_of(parent), headers=ENGLISH).content.decode()
    assert page_of(variant) in page and "stockrecords-0-price" not in page
    form = form_of(variant, upc="C-S", title_tr="Küçük", title_en="Small one", description_tr="", facts_tr="")
    assert manager.post(page_of(variant), form).status_code == 302
    variant.refresh_from_db()
    assert variant.title == f"{parent.title}, Küçük"
    current_version()
    assert search_products("small one", language="en").ids == [parent.pk]


def test_the_list_says_what_is_missing_and_filters_by_it(manager: Client) -> None:
    whole = shelves.product("Whole", "Tam")
    ProductWeight.objects.create(product=whole, grams=10)
    shelves.department("Coffee", "Kahve", whole)
    shelves.product("Half")
    assert missing_of([whole])[whole.pk] == ["picture"]
    page = manager.get(LIST, headers=ENGLISH).content.decode()
    assert "Turkish title" in page and "7/8 · Missing:" in page and "Completeness" in page
    shown = manager.get(f"{LIST}?missing=title_tr", headers=ENGLISH).content.decode()
    assert ">Half<" in shown and ">Whole<" not in shown
    assert "Whole" in manager.get(f"{LIST}?missing=any").content.decode()


def test_a_long_list_asks_no_more_than_a_short_one(manager: Client, django_assert_num_queries: Any) -> None:
    shelves.product("Thing", variants={"A": 1})
    manager.get(LIST)
    with django_assert_num_queries(QUERIES_OF_THE_LIST):
        manager.get(LIST)
    for number in range(12):
        shelves.product(f"Thing {number}", variants={f"A{number}": 1})
    with django_assert_num_queries(QUERIES_OF_THE_LIST):
        manager.get(LIST)


@pytest.mark.parametrize("is_known", [False, True])
def test_a_new_product_begins_here(manager: Client, is_known: bool) -> None:
    """Where there is one class of products at most, nobody is asked for it."""
    if is_known:
        ProductClass.objects.create(name="Things", slug="things")
    page = reverse("admin:catalogue_product_add")
    assert "product_class" not in manager.get(page).content.decode()
    assert manager.post(page, form_of(Product(upc="N-1", slug=""))).status_code == 302
    product = Product.objects.get(upc="N-1")
    assert product.product_class.slug == ("things" if is_known else "goods")
    assert (product.slug, slugs(product)) == ("bakir-cezve", {"tr": "bakir-cezve", "en": "copper-cezve"})


def test_of_several_classes_the_one_that_counts_its_stock_is_chosen_at_first(manager: Client) -> None:
    ProductClass.objects.create(name="Imported", slug="imported", track_stock=False)
    goods = ProductClass.objects.create(name="Goods", slug="goods")
    page = reverse("admin:catalogue_product_add")
    field = manager.get(page).context["adminform"].form["product_class"]
    assert (field.value(), field.field.required, len(field.field.choices)) == (goods.pk, True, 2)
    new = form_of(Product(upc="N-1", slug=""))
    manager.post(page, {**new, "product_class": str(goods.pk)})
    assert Product.objects.get(upc="N-1").product_class == goods


def test_categories_have_both_languages_too(manager: Client) -> None:
    category = shelves.department("Coffee", "Kahve")
    page = reverse("admin:catalogue_category_change", args=[category.pk])
    form = {
        "title_tr": "Kahve",
        "title_en": "Coffee and tea",
        "description_tr": "x",
        "description_en": "",
        "is_public": "on",
    }
    assert manager.post(page, form).status_code == 302
    assert CategoryText.objects.get(language="en").title == "Coffee and tea"
    assert slugs(category) == {"tr": "kahve", "en": "coffee-and-tea"}
    assert manager.post(page, {**form, "slug_tr": "Kahve & ÇAY"}).status_code == 302
    assert slugs(category) == {"tr": "kahve-cay", "en": "coffee-and-tea"}
    category.refresh_from_db()
    assert (category.name, category.description) == ("Kahve", "x")
    listed = manager.get(reverse("admin:catalogue_category_changelist"), headers=ENGLISH).content.decode()
    assert "English description" in listed
    assert manager.post(page, {**form, "title_tr": "", "title_en": ""}).status_code == 200
    assert Category.objects.get().name == "Kahve"


def test_the_page_is_turkish_where_oscar_says_english(manager: Client) -> None:
    product = shelves.product("Cezve", "Cezve", sku="C-1")
    ProductImage.objects.create(product=product, original="cezve.jpg")
    for page in (page_of(product), reverse("admin:catalogue_product_add")):
        text = html.unescape(manager.get(page, headers={"accept-language": "tr"}).content.decode())
        assert "Partner:" not in text and "Image of" not in text and "Başka bir" not in text
        assert "Fiyat ve stok ekle" in text and "Resim ekle" in text and "Kaydet ve yenisini ekle" in text
    record = product.stockrecords.get()
    assert str(record) == record.partner_sku, "so the history of changes calls it"


def test_each_panel_has_one_name(manager: Client) -> None:
    product = shelves.product("Cezve", "Cezve")
    turkish = {"accept-language": "tr"}
    assert "Mağaza panelinde seçenekler" in manager.get(page_of(product), headers=turkish).content.decode()
    offers = manager.get(reverse("admin:offer_conditionaloffer_changelist"), headers=turkish).content.decode()
    assert "Kampanyalar mağaza panelinde oluşturulur" in offers
    for name in ("dashboard:index", "dashboard:catalogue-product-list"):
        page = manager.get(reverse(name), headers=turkish).content.decode()
        assert "Gösterge paneli" not in page
        assert page.count("Mağaza paneli") > 1, "its title and its menu"
    desk = manager.get(reverse("helpdesk:dashboard"), headers=turkish).content.decode()
    assert "Mağaza paneli" not in desk


def test_each_field_in_a_row_of_a_table_says_what_it_is(manager: Client) -> None:
    """What stands above a column is seen, not heard."""
    page = manager.get(page_of(shelves.product("Cezve")), headers={"accept-language": "tr"}).content.decode()
    tags = re.findall(r"<(?:input|select)[^>]* name=\"(?:stockrecords|images)-(?:\d+|__prefix__)-(\w+)\"[^>]*>", page)
    named = re.findall(
        r"<(?:input|select)(?=[^>]* aria-label=\"[^\"]+\")(?![^>]*type=\"hidden\")"
        r"[^>]* name=\"(?:stockrecords|images)-(?:\d+|__prefix__)-(\w+)\"[^>]*>",
        page,
    )
    hidden = {"id", "product"}
    assert {"price", "partner", "caption", "display_order"} <= set(tags)
    assert sorted(named) == sorted(name for name in tags if name not in hidden)


def test_agents_look_and_strangers_do_not(login: Any, grace: Any, mallory: Any) -> None:
    product = shelves.product("Cezve", "Cezve")
    ProductWeight.objects.create(product=product, grams=1234)
    page = login(grace).get(page_of(product), headers=ENGLISH)
    assert page.status_code == 200
    shown = page.content.decode()
    assert "Hammered" not in shown and "First." in shown and "1234" in shown, "what they may not write they can read"
    assert login(grace).post(page_of(product), form_of(product)).status_code == 403
    assert login(mallory).get(page_of(product)).status_code == 302
    assert ProductText.objects.get(language="en").title == "Cezve"


def test_the_service_wants_a_name() -> None:
    with pytest.raises(NotNamed):
        write_product(shelves.product("Cezve"), words={"tr": Words(), "en": Words(description="x")})


def test_a_chart_is_drawn_where_something_changed() -> None:
    now = timezone.now()
    product = shelves.product("Cezve", price="80.00", before="100.00")
    chart = chart_of(prices_of(product.pk))
    assert chart is not None
    assert (chart.lowest, chart.highest, len(chart.paths)) == (Decimal("80.00"), Decimal("100.00"), 1)
    assert chart.since < now - timedelta(days=30)
    assert chart_of(prices_of(shelves.product("Mug").pk)) is None
