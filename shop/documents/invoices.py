"""Invoices: one for an order, in a series without a gap, with the VAT of each rate to the cent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from shop.attention.services import ask_a_person
from shop.documents.accepted import digest_of
from shop.documents.einvoice import put_in_line
from shop.documents.seller import Seller, seller
from shop.models import Attention, InvoiceSeries, OrderDocument
from shop.orders.lines import lines_of, off_delivery
from shop.orders.steps import lock_order
from shop.oscar import Order
from shop.partner.strategy import CENT, split_vat
from shop.shipping.options import OPTIONS, SHIPPING_VAT

TEMPLATES = {"tr": "shop/documents/invoice.tr.html", "en": "shop/documents/invoice.en.html"}
NOT_YET = ("pending", "cancelled")
NOTHING = Decimal("0.00")


class CannotBeInvoiced(Exception):
    """Nobody has to pay for this order: it waits for its payment, or is cancelled."""


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """`gross` = `net` + `vat`, after `reduction` (VAT included); `rate` in per cent."""

    name: str
    quantity: int
    reduction: Decimal
    rate: Decimal
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True)
class VatSum:
    rate: Decimal
    net: Decimal
    vat: Decimal


@dataclass(frozen=True, kw_only=True)
class Buyer:
    name: str
    address: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """What an invoice says, without its number and its day."""

    order_number: str
    ordered_on: date
    language: str
    currency: str
    seller: Seller
    buyer: Buyer
    lines: list[InvoiceLine]

    @property
    def vat_sums(self) -> list[VatSum]:
        """By rate, the lowest first."""
        rates = sorted({line.rate for line in self.lines})
        by_rate = {rate: [line for line in self.lines if line.rate == rate] for rate in rates}
        return [VatSum(rate, _sum(x.net for x in lines), _sum(x.vat for x in lines)) for rate, lines in by_rate.items()]

    @property
    def net(self) -> Decimal:
        return _sum(line.net for line in self.lines)

    @property
    def vat(self) -> Decimal:
        return _sum(line.vat for line in self.lines)

    @property
    def total(self) -> Decimal:
        return self.net + self.vat

    @property
    def has_reductions(self) -> bool:
        return any(line.reduction for line in self.lines)


@transaction.atomic
def issue_invoice(order: Order, *, now: datetime) -> OrderDocument | None:
    """The invoice of an order that is paid, or to be paid at the door; the one that it has if there is one.

    The series is locked from the number to the end of the caller's transaction: let this be its last step. None if
    the order's lines do not sum up to what was to be paid: a person is asked then, since a payment must not be undone
    for the sake of its invoice.

    :raises CannotBeInvoiced: nothing was written then
    """
    order = lock_order(order.pk)
    known = OrderDocument.objects.filter(order=order, kind=OrderDocument.Kind.INVOICE).first()
    if known:
        return known
    if order.status in NOT_YET:
        raise CannotBeInvoiced(order.number)
    invoice = invoice_of(order)
    if invoice.total != order.total_incl_tax:
        detail = f"{invoice.total} ≠ {order.total_incl_tax} {order.currency}"
        ask_a_person(order, Attention.Kind.NO_INVOICE, subject=f"shop.order:{order.pk}", detail=detail, now=now)
        return None
    day = _day(now)
    number = _next_number(f"{settings.INVOICE_PREFIX}{day.year}")
    body = _render(invoice, number, day)
    document = OrderDocument.objects.create(
        order=order,
        kind=OrderDocument.Kind.INVOICE,
        language=invoice.language,
        number=number,
        body=body,
        digest=digest_of(body),
        made_at=now,
    )
    put_in_line(document, now=now)
    return document


def invoice_of(order: Order) -> Invoice:
    """What an order's invoice says: goods, delivery and surcharges, in the language the customer bought in."""
    language = order.purchase.language
    address = order.shipping_address
    with translation.override(language):
        return Invoice(
            order_number=order.number,
            ordered_on=_day(order.date_placed),
            language=language,
            currency=order.currency,
            seller=seller(),
            buyer=Buyer(
                name=address.name if address else str(order.purchase.customer),
                address=_one_line(address, language) if address else "",
                email=order.purchase.email,
            ),
            lines=[*_goods(order, language), *_delivery(order), *_surcharges(order)],
        )


def _goods(order: Order, language: str) -> Iterable[InvoiceLine]:
    for line in lines_of(order, language):
        gross = line.line_price_incl_tax
        rate = _rate(line.tax_code, gross, line.line_price_excl_tax)
        reduction = line.line_price_before_discounts_incl_tax - gross
        yield _line(line.name, line.quantity, gross, rate, reduction)


def _delivery(order: Order) -> Iterable[InvoiceLine]:
    if not order.shipping_incl_tax:
        return
    names = {option.code: option.name for option in OPTIONS}
    name = str(names.get(order.shipping_code, order.shipping_method))
    rate = _rate(order.shipping_tax_code, order.shipping_incl_tax, order.shipping_excl_tax)
    yield _line(name, 1, order.shipping_incl_tax, rate, off_delivery(order))


def _surcharges(order: Order) -> Iterable[InvoiceLine]:
    for charge in order.surcharges.order_by("pk"):
        yield _line(charge.name, 1, charge.incl_tax, _rate(charge.tax_code, charge.incl_tax, charge.excl_tax))


def _line(name: str, quantity: int, gross: Decimal, rate: Decimal, reduction: Decimal = NOTHING) -> InvoiceLine:
    net, vat = split_vat(gross, rate)
    return InvoiceLine(name=name, quantity=quantity, reduction=reduction, rate=rate, net=net, vat=vat)


def _rate(tax_code: str | None, gross: Decimal, net: Decimal) -> Decimal:
    """The rate that was kept with the price ("20.00"); of an order older than that, the one its prices show."""
    try:
        return Decimal(tax_code or "").normalize() + 0
    except InvalidOperation:
        if not net:
            return SHIPPING_VAT
        return ((gross / net - 1) * 100).quantize(Decimal(1))


def _next_number(series: str) -> str:
    """16 characters, as e-Arşiv wants them: ESN2026000000001. A transaction that fails takes its number back."""
    InvoiceSeries.objects.bulk_create([InvoiceSeries(name=series)], ignore_conflicts=True)
    counter = InvoiceSeries.objects.select_for_update().get(name=series)
    counter.last += 1
    counter.save(update_fields=["last"])
    return str(counter)


def _render(invoice: Invoice, number: str, day: date) -> str:
    with translation.override(invoice.language):
        context = {"invoice": invoice, "number": number, "day": day}
        return render_to_string(TEMPLATES[invoice.language], context).strip()


def _one_line(address: Any, language: str) -> str:
    country = Locale.parse(language).territories.get(address.country_id, address.country_id)
    place = " ".join(filter(None, [address.postcode, address.line4]))
    return ", ".join(filter(None, [address.line1, address.line2, address.line3, place, country]))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, NOTHING).quantize(CENT)


def _day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
