"""Which price and stock a shopper sees: the product's one stock record, VAT included."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from oscar.apps.partner import strategy
from oscar.apps.partner.prices import TaxInclusiveFixedPrice, Unavailable

CENT = Decimal("0.01")


def split_vat(price: Decimal, vat_rate: Decimal) -> tuple[Decimal, Decimal]:
    """(without VAT, VAT) of a price that includes VAT at `vat_rate` per cent; they add up to the price."""
    without = (price / (1 + vat_rate / 100)).quantize(CENT, ROUND_HALF_UP)
    return without, price - without


class VatIncluded(strategy.UseFirstStockRecord, strategy.StockRequired, strategy.Structured):
    def fetch_for_line(self, line: Any, stockrecord: Any = None) -> Any:
        """Oscar throws the line's stock record away and asks for it again, for each line of each basket."""
        return self.fetch_for_product(line.product, stockrecord or line.stockrecord)

    def pricing_policy(self, product: Any, stockrecord: Any) -> Any:
        if stockrecord is None or stockrecord.price is None:
            return Unavailable()
        without, vat = split_vat(stockrecord.price, stockrecord.vat_rate)
        return TaxInclusiveFixedPrice(
            currency=stockrecord.price_currency, excl_tax=without, tax=vat, tax_code=str(stockrecord.vat_rate)
        )

    def parent_pricing_policy(self, product: Any, children_stock: Any) -> Any:
        priced = [record for _, record in children_stock if record is not None and record.price is not None]
        return self.pricing_policy(product, min(priced, key=lambda record: record.price) if priced else None)


class Selector:
    def strategy(self, request: Any = None, user: Any = None, **kwargs: Any) -> VatIncluded:
        return VatIncluded(request)
