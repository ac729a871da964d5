"""What an order line is. Said in words in docs/import-rules.md; change both together."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

CENT = Decimal("0.01")


class Treatment(StrEnum):
    """What becomes of a line: the first three are imported, every other name is the reason why it is not."""

    SALE = "sale"
    RETURN = "return"
    SHIPPING = "shipping"

    EXACT_DUPLICATE = "exact_duplicate"
    IMPORTED_BEFORE = "imported_before"
    SHIPPING_REFUND = "shipping_refund"
    SHIPPING_WITHOUT_GOODS = "shipping_without_goods"
    MANUAL_ENTRY = "manual_entry"
    DISCOUNT = "discount"
    SAMPLE = "sample"
    BANK_CHARGES = "bank_charges"
    MARKETPLACE_FEE = "marketplace_fee"
    CHARITY_COMMISSION = "charity_commission"
    GIFT_VOUCHER = "gift_voucher"
    BAD_DEBT = "bad_debt"
    STOCK_CORRECTION = "stock_correction"
    ZERO_PRICE = "zero_price"
    ZERO_QUANTITY = "zero_quantity"
    NEGATIVE_PRICE = "negative_price"
    ODD_CANCELLATION = "odd_cancellation"
    UNKNOWN_CODE = "unknown_code"


IMPORTED = (Treatment.SALE, Treatment.RETURN, Treatment.SHIPPING)

SHIPPING_CODES = frozenset({"POST", "DOT", "C2", "C3"})
NO_PRODUCT_CODES = {
    "M": Treatment.MANUAL_ENTRY,
    "D": Treatment.DISCOUNT,
    "S": Treatment.SAMPLE,
    "BANK CHARGES": Treatment.BANK_CHARGES,
    "AMAZONFEE": Treatment.MARKETPLACE_FEE,
    "CRUK": Treatment.CHARITY_COMMISSION,
    "B": Treatment.BAD_DEBT,
}
# Five digits and up to three letters ("85123A", "15056BL"), and the few that are spelt otherwise.
PRODUCT_CODE = re.compile(r"\d{4,7}[A-Z]{0,3}|DCGS\w+|PADS|SP\d{4}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, cleaned: blanks off both ends, invoice and code in capitals."""

    number: int  # in the file, the header is 1
    invoice: str
    code: str
    description: str
    quantity: int
    invoiced_at: datetime
    unit_price: Decimal
    external_customer: str
    country: str

    @property
    def amount(self) -> Decimal:
        return (self.quantity * self.unit_price).quantize(CENT, ROUND_HALF_UP)


def treatment_of(line: Line) -> Treatment:
    """What a line is, looking at nothing but itself."""
    code = line.code
    if line.invoice.startswith("A"):
        return Treatment.BAD_DEBT
    if code in SHIPPING_CODES:
        return _treatment_of_shipping(line)
    if code in NO_PRODUCT_CODES:
        return NO_PRODUCT_CODES[code]
    if code.startswith("GIFT_"):
        return Treatment.GIFT_VOUCHER
    if not PRODUCT_CODE.fullmatch(code):
        return Treatment.UNKNOWN_CODE
    return _treatment_of_goods(line)


def _treatment_of_shipping(line: Line) -> Treatment:
    if line.amount == 0:
        return Treatment.ZERO_PRICE
    if line.amount < 0 or line.invoice.startswith("C"):
        return Treatment.SHIPPING_REFUND
    return Treatment.SHIPPING


def _treatment_of_goods(line: Line) -> Treatment:
    if line.quantity == 0:
        return Treatment.ZERO_QUANTITY
    if line.unit_price < 0:
        return Treatment.NEGATIVE_PRICE
    if line.invoice.startswith("C"):
        if line.quantity > 0:
            return Treatment.ODD_CANCELLATION
        return Treatment.RETURN if line.amount else Treatment.ZERO_PRICE
    if line.quantity < 0:
        return Treatment.STOCK_CORRECTION
    return Treatment.SALE if line.amount else Treatment.ZERO_PRICE
