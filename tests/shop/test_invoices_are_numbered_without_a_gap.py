"""A paid order has one invoice, in an unbroken series, with the VAT of each rate to the cent."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from oscar.core.loading import get_model

from shop.documents.accepted import digest_of
from shop.documents.invoices import CannotBeInvoiced, VatSum, invoice_of, issue_invoice
from shop.models import Attention, InvoiceSeries, OrderDocument
from shop.orders.placing import place_order
from shop.oscar import StockRecord
from shop.partner.strategy import split_vat
from shop.payment.services import pay_by_card
from tests.races import run_at_once
from tests.shop.conftest import GOOD_CARD, delivery, fill, put_on_shelf


def at_rate(product: Any, rate: str) -> Any:
    StockRecord.objects.filter(product=product).update(vat_rate=Decimal(rate))
    return product


def numbers() -> list[str]:
    return list(OrderDocument.objects.filter(kind="invoice").order_by("pk").values_list("number", flat=True))


def test_an_order_that_is_paid_has_its_invoice(order_as_guest: Any, settings: Any) -> None:
    order = order_as_guest()
    invoice = order.documents.get(kind="invoice")
    assert invoice.number == "ESN2026000000001"
    assert len(invoice.number) == 16
    assert invoice.digest == digest_of(invoice.body)
    said = [invoice.number, order.number, settings.SELLER_NAME, settings.SELLER_TAX_NUMBER, "Ada Yılmaz", "₺408.90"]
    assert [word for word in said if word not in invoice.body] == []


def test_asking_again_gives_the_same_invoice(order_as_guest: Any, now: Any) -> None:
    order = order_as_guest()
    assert issue_invoice(order, now=now) == issue_invoice(order, now=now) == order.documents.get(kind="invoice")
    assert InvoiceSeries.objects.get().last == 1


def test_vat_is_split_by_rate_to_the_cent(order_as_guest: Any, make_product: Any) -> None:
    book, pot = at_rate(make_product("Book", price="33.33"), "1"), make_product("Pot", price="99.99")
    tea = at_rate(make_product("Tea", price="10.10"), "10")
    order = order_as_guest((book, 3), (pot, 3), (tea, 1))
    invoice = invoice_of(order)
    # 99.99 / 1.01 = 99.00; 10.10 / 1.10 = 9.1818…; 299.97 / 1.2 = 249.975 → 249.98, and 59.90 / 1.2 = 49.9166…
    assert invoice.vat_sums == [
        VatSum(Decimal(1), Decimal("99.00"), Decimal("0.99")),
        VatSum(Decimal(10), Decimal("9.18"), Decimal("0.92")),
        VatSum(Decimal(20), Decimal("299.90"), Decimal("59.97")),
    ]
    assert invoice.total == order.total_incl_tax == Decimal("469.96")
    assert "₺299.90" in order.documents.get(kind="invoice").body


def test_a_reduction_stands_on_the_invoice_and_its_vat_is_of_what_was_paid(
    order_as_guest: Any, make_product: Any
) -> None:
    goods = get_model("offer", "Range").objects.create(name="All", includes_all_products=True)
    benefit = get_model("offer", "Benefit").objects.create(range=goods, type="Percentage", value=10)
    condition = get_model("offer", "Condition").objects.create(range=goods, type="Count", value=1)
    get_model("offer", "ConditionalOffer").objects.create(name="Ten off", benefit=benefit, condition=condition)
    order = order_as_guest((make_product(price="120.00"), 2))
    paid = order.lines.get().line_price_incl_tax
    line = invoice_of(order).lines[0]
    assert paid < Decimal("240.00")
    assert (line.gross, line.reduction) == (paid, Decimal("240.00") - paid)
    assert (line.net, line.vat) == split_vat(paid, Decimal(20))
    assert invoice_of(order).total == order.total_incl_tax
    assert "Reduction" in order.documents.get(kind="invoice").body


def test_what_nobody_has_to_pay_is_not_invoiced(order_as_guest: Any, now: Any) -> None:
    with pytest.raises(CannotBeInvoiced):
        issue_invoice(order_as_guest(is_paid=False), now=now)
    assert not InvoiceSeries.objects.exists()


def test_a_transaction_that_fails_leaves_no_gap(order_as_guest: Any, now: Any) -> None:
    first = order_as_guest()
    other = order_as_guest(is_paid=False)
    with pytest.raises(RuntimeError), transaction.atomic():
        pay_by_card(other.pk, card_number=GOOD_CARD, now=now)
        raise RuntimeError
    third = order_as_guest()
    assert [each.documents.get(kind="invoice").number[-2:] for each in (first, third)] == ["01", "02"]


def test_each_year_of_the_shops_own_clock_has_its_series(order_as_guest: Any) -> None:
    in_january = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)  # half past midnight in Istanbul
    order_as_guest()
    order = order_as_guest(is_paid=False)
    pay_by_card(order.pk, card_number=GOOD_CARD, now=in_january)
    assert numbers() == ["ESN2026000000001", "ESN2027000000001"]


def test_an_order_that_does_not_add_up_is_paid_all_the_same_and_a_person_is_asked(
    order_as_guest: Any, now: Any
) -> None:
    order = order_as_guest(is_paid=False)
    order.lines.update(line_price_incl_tax=Decimal("340.00"))
    pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    order.refresh_from_db()
    assert order.status == "paid"
    assert numbers() == []
    assert not InvoiceSeries.objects.exists()
    assert Attention.objects.get(order=order, settled_at=None).kind == Attention.Kind.NO_INVOICE


@pytest.mark.django_db(transaction=True)
def test_twenty_payments_at_once_get_twenty_numbers_in_a_row(now: Any) -> None:
    product = put_on_shelf(stock=20)
    orders = [
        place_order(
            fill((product, 1)).pk,
            delivery=delivery(email=f"buyer{number}@example.com"),
            expected_goods_total=None,
            user=None,
            visitor=None,
            language="en",
            now=now,
        )
        for number in range(20)
    ]
    run_at_once(*[lambda pk=order.pk: pay_by_card(pk, card_number=GOOD_CARD, now=now) for order in orders])
    assert sorted(numbers()) == [f"ESN2026{number:09}" for number in range(1, 21)]
