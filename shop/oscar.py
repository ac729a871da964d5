"""Oscar's models, forked or not, under names that a reader and mypy can follow. Import them from here."""

from typing import TYPE_CHECKING, Any, TypeAlias

from oscar.core.loading import get_model

if TYPE_CHECKING:
    Basket: TypeAlias = Any
    Category: TypeAlias = Any
    Country: TypeAlias = Any
    Order: TypeAlias = Any
    OrderLine: TypeAlias = Any
    Partner: TypeAlias = Any
    Product: TypeAlias = Any
    ProductClass: TypeAlias = Any
    ShippingAddress: TypeAlias = Any
    StockRecord: TypeAlias = Any
else:
    Basket = get_model("basket", "Basket")
    Category = get_model("catalogue", "Category")
    Country = get_model("address", "Country")
    Order = get_model("order", "Order")
    OrderLine = get_model("order", "Line")
    Partner = get_model("partner", "Partner")
    Product = get_model("catalogue", "Product")
    ProductClass = get_model("catalogue", "ProductClass")
    ShippingAddress = get_model("order", "ShippingAddress")
    StockRecord = get_model("partner", "StockRecord")
