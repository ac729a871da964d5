"""Oscar's models and classes, forked or not, under names that a reader and mypy can follow. Import them from here."""

from typing import TYPE_CHECKING, Any, TypeAlias

from oscar.core.loading import get_class, get_model

if TYPE_CHECKING:
    Applicator: TypeAlias = Any
    Basket: TypeAlias = Any
    BasketLine: TypeAlias = Any
    Category: TypeAlias = Any
    Country: TypeAlias = Any
    Order: TypeAlias = Any
    OrderCreator: TypeAlias = Any
    OrderLine: TypeAlias = Any
    OrderTotalCalculator: TypeAlias = Any
    Partner: TypeAlias = Any
    Product: TypeAlias = Any
    ProductCategory: TypeAlias = Any
    ProductClass: TypeAlias = Any
    ProductImage: TypeAlias = Any
    ProductRecommendation: TypeAlias = Any
    ShippingAddress: TypeAlias = Any
    StockRecord: TypeAlias = Any
else:
    Basket = get_model("basket", "Basket")
    BasketLine = get_model("basket", "Line")
    Category = get_model("catalogue", "Category")
    Country = get_model("address", "Country")
    Order = get_model("order", "Order")
    OrderLine = get_model("order", "Line")
    Partner = get_model("partner", "Partner")
    Product = get_model("catalogue", "Product")
    ProductCategory = get_model("catalogue", "ProductCategory")
    ProductClass = get_model("catalogue", "ProductClass")
    ProductImage = get_model("catalogue", "ProductImage")
    ProductRecommendation = get_model("catalogue", "ProductRecommendation")
    ShippingAddress = get_model("order", "ShippingAddress")
    StockRecord = get_model("partner", "StockRecord")

    Applicator = get_class("offer.applicator", "Applicator")
    OrderCreator = get_class("order.utils", "OrderCreator")
    OrderTotalCalculator = get_class("checkout.calculators", "OrderTotalCalculator")
