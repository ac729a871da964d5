"""Lists and the search follow whatever writes Oscar's tables, from the next look on; writers never wait for them."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from shop.index import refresh
from shop.index.refresh import LOCK, count_words, current_version, refresh_index
from shop.models import CategoryText, ListedProduct, ProductPlace, ProductText, SearchWord, StaleProduct
from shop.oscar import Category, Product, ProductCategory, ProductImage, StockRecord
from shop.search.selectors import search_products
from tests.shop import shelves

pytestmark = pytest.mark.django_db


def listed(product: Any, language: str = "en") -> Any:
    current_version()
    return ListedProduct.objects.filter(product_id=product.pk, language=language).first()


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_nothing_changed_is_one_query_and_the_same_version(django_assert_num_queries: Any) -> None:
    shelves.product("Copper cezve")
    version = current_version()
    with django_assert_num_queries(1):
        assert current_version() == version


def test_a_price_that_sql_wrote_by_hand_is_seen_at_the_next_look() -> None:
    made = shelves.product("Copper cezve", price="100.00")
    version = current_version()
    sql("UPDATE partner_stockrecord SET price = 77 WHERE product_id = %s", made.pk)
    assert listed(made).price == Decimal("77.00")
    assert current_version() > version
    assert ProductPlace.objects.get(product_id=made.pk, category_id=0).price == Decimal("77.00")


def test_what_sells_out_is_seen_and_a_piece_less_of_many_concerns_nobody() -> None:
    made = shelves.product("Copper cezve", stock=20)
    assert listed(made).is_available
    record = StockRecord.objects.get(product=made)
    StockRecord.objects.filter(pk=record.pk).update(num_allocated=14)
    assert not StaleProduct.objects.exists()
    StockRecord.objects.filter(pk=record.pk).update(num_allocated=15)  # "only 5 left"
    assert StaleProduct.objects.exists()
    StockRecord.objects.filter(pk=record.pk).update(num_allocated=20)
    assert not listed(made).is_available


def test_texts_pictures_variants_and_attributes_are_followed() -> None:
    made = shelves.product("Merino wool", variants={"Blue": 1})
    assert listed(made).price == Decimal("100.00")
    ProductText.objects.filter(product=made, language="en").update(title="Softest wool")
    ProductImage.objects.create(product=made, original="images/wool.webp")
    child = made.children.get()
    ProductText.objects.filter(product=child).update(title="Indigo")
    StockRecord.objects.filter(product=child).update(price=Decimal("50"))
    now = listed(made)
    assert (now.title, now.picture, now.price, now.has_options) == (
        "Softest wool",
        "images/wool.webp",
        Decimal("50.00"),
        True,
    )
    assert search_products("indigo", language="en").ids == [made.pk]


def test_each_row_has_the_slug_of_its_language() -> None:
    made = shelves.product("Copper pot", "Bakır cezve")
    english = shelves.product("Only here")
    bare = shelves.product("Bare")
    bare.texts.all().delete()
    Product.objects.filter(pk=bare.pk).update(slug="made by/oscar")
    assert (listed(made).slug, listed(made, "tr").slug) == ("copper-pot", "bakir-cezve")
    assert (listed(english).slug, listed(english, "tr").slug) == ("only-here", "only-here")
    assert (listed(bare).slug, listed(bare, "tr").slug) == ("made-by-oscar", "made-by-oscar")
    ProductText.objects.filter(product=made, language="tr").update(slug="cezve")
    assert (listed(made).slug, listed(made, "tr").slug) == ("copper-pot", "cezve")


def test_a_product_that_is_hidden_or_deleted_is_in_no_list() -> None:
    hidden, gone = shelves.product("Hidden"), shelves.product("Gone")
    assert listed(hidden) and listed(gone)
    Product.objects.filter(pk=hidden.pk).update(is_public=False)
    gone.delete()
    assert listed(hidden) is None
    assert listed(gone) is None
    assert not ProductPlace.objects.exists()


def test_a_category_that_is_hidden_or_renamed_takes_its_products_along() -> None:
    made = shelves.product("Copper cezve")
    root = shelves.department("Kitchen", "Mutfak")
    below = Category.objects.add_child(root, {"name": "Coffee", "slug": "coffee"})
    ProductCategory.objects.create(product=made, category=below)
    assert set(listed(made).categories) == {root.pk, below.pk}
    assert search_products("mutfak", language="tr").ids == [made.pk]
    CategoryText.objects.filter(category=root, language="tr").update(title="Ocakbaşı")
    current_version()
    Category.objects.filter(pk=root.pk).update(name="Stove")
    current_version()
    assert search_products("ocakbasi", language="tr").ids == [made.pk]
    Category.objects.filter(pk=root.pk).update(is_public=False)
    assert listed(made).categories == []
    assert ProductPlace.objects.filter(product_id=made.pk).count() == 1


def test_more_than_a_reader_does_in_passing_is_done_by_and_by() -> None:
    many = [shelves.product(f"Thing {number}") for number in range(120)]
    current_version()
    assert 0 < ListedProduct.objects.filter(language="en").count() < len(many)
    refresh_index()
    assert ListedProduct.objects.filter(language="en").count() == len(many)
    assert not StaleProduct.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_reader_does_not_wait_for_a_writer_nor_a_second_refresher_nor_they_for_it() -> None:
    made = shelves.product("Copper cezve", price="100.00")
    version = current_version()
    began, may_end = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                StockRecord.objects.filter(product=made).update(price=Decimal("80"))
                began.set()
                assert may_end.wait(10)
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    assert began.wait(10)
    sql("SET statement_timeout = '5s'")
    try:
        assert current_version() == version  # the change is not true yet
        assert listed(made).price == Decimal("100.00")
    finally:
        sql("SET statement_timeout = 0")
        may_end.set()
        writer.join()
    assert listed(made).price == Decimal("80.00")


@pytest.mark.django_db(transaction=True)
def test_while_one_refreshes_another_reads_what_is_there() -> None:
    made = shelves.product("Copper cezve", price="100.00")
    version = current_version()
    StockRecord.objects.filter(product=made).update(price=Decimal("80"))
    holds, may_end = threading.Event(), threading.Event()

    def refresh_slowly() -> None:
        try:
            with transaction.atomic():
                current_version()
                holds.set()
                assert may_end.wait(10)
        finally:
            connections.close_all()

    other = threading.Thread(target=refresh_slowly)
    other.start()
    assert holds.wait(10)
    assert current_version() == version
    may_end.set()
    other.join()
    assert current_version() > version
    assert listed(made).price == Decimal("80.00")


@pytest.mark.django_db(transaction=True)
def test_a_refresher_that_is_killed_leaves_the_change_noted() -> None:
    made = shelves.product("Copper cezve", price="100.00")
    current_version()
    StockRecord.objects.filter(product=made).update(price=Decimal("80"))

    class Killed(Exception):
        pass

    with pytest.raises(Killed), transaction.atomic():
        current_version()
        raise Killed
    assert StaleProduct.objects.filter(product_id=made.pk).exists()
    assert listed(made).price == Decimal("80.00")


def test_after_an_upgrade_a_command_does_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        shelves.product(f"Thing {number}")
    ListedProduct.objects.all().delete()
    call_command("refresh_index")
    assert "3 products were behind" in capsys.readouterr().out
    assert ListedProduct.objects.filter(language="tr").count() == 3
    assert SearchWord.objects.get(language="tr", word="thing").products == 3
    call_command("refresh_index")
    assert "0 products were behind" in capsys.readouterr().out


def test_right_after_an_import_the_notes_are_gone_through_once_a_batch() -> None:
    """Postgres knows nothing of the table then; joined with itself, each batch of 60,000 notes took 15 seconds."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO shop_staleproduct (product_id) SELECT n FROM generate_series(1, 5000) n")
        with CaptureQueriesContext(connection) as captured:
            refresh_index()
        deleting = [query["sql"] for query in captured if query["sql"].startswith("DELETE FROM shop_staleproduct")]
        assert len(deleting) == 11
        cursor.execute(f"EXPLAIN {deleting[0]}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Nested Loop" not in plan, plan
    assert not StaleProduct.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_words_are_not_counted_while_somebody_writes_the_index() -> None:
    """The first product with a word could be on its way, and the word be forgotten as nobody's."""
    refresher = connection.get_new_connection(connection.get_connection_params())
    try:
        with refresher.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            count_words()
        refresher.rollback()
        count_words()
    finally:
        refresher.close()


def test_a_word_is_forgotten_only_if_nobody_has_it_by_now(monkeypatch: pytest.MonkeyPatch) -> None:
    made = shelves.product("Copper cezve")
    current_version()
    SearchWord.objects.create(language="en", word="gone", shown="gone", products=3)
    monkeypatch.setattr(refresh, "_COUNTED", "SELECT 'en', ARRAY['cezve'], ARRAY[7] WHERE %s IS NOT NULL")
    count_words()  # the count being of a moment before the product came
    known = dict(SearchWord.objects.filter(language="en").values_list("word", "products"))
    assert "gone" not in known
    assert (known["copper"], known["cezve"]) == (1, 7)
    monkeypatch.undo()
    version = current_version()
    count_words()
    assert current_version() > version  # searches that were kept weigh anew
    version = current_version()
    count_words()
    assert current_version() == version
    Product.objects.filter(pk=made.pk).update(is_public=False)
    current_version()
    count_words()
    assert not SearchWord.objects.filter(word="copper").exists()
