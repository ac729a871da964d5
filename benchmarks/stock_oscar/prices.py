"""Prices with 20 % VAT, by Oscar's own classes: the nearest of them to Esnaf's prices.

Oscar stores a price without VAT and Esnaf one with it; for the prices that benchmarks use, both show the same two.
"""

from decimal import Decimal
from typing import Any

from oscar.apps.partner import strategy


class WithVat(strategy.UseFirstStockRecord, strategy.StockRequired, strategy.FixedRateTax, strategy.Structured):
    rate = Decimal("0.20")
    exponent = Decimal("0.01")


class Selector(strategy.Selector):
    def strategy(self, request: Any = None, user: Any = None, **kwargs: Any) -> WithVat:
        return WithVat(request)
