"""Oscar's models and classes, forked or not, under names that a reader and mypy can follow. Import them from here."""

from typing import TYPE_CHECKING, Any, TypeAlias

from oscar.core.loading import get_class, get_model

if TYPE_CHECKING:
    Applicator: TypeAlias = Any
    Basket: TypeAlias = Any
    BasketLine: TypeAlias = Any
    BasketLineAttribute: TypeAlias = Any
    Category: TypeAlias = Any
    ConditionalOffer: TypeAlias = Any
    Country: TypeAlias = Any
    Order: TypeAlias = Any
    OrderDiscount: TypeAlias = Any
    OrderLine: TypeAlias = Any
    OrderLineAttribute: TypeAlias = Any
    OrderLineDiscount: TypeAlias = Any
    OrderLinePrice: TypeAlias = Any
    OrderTotalCalculator: TypeAlias = Any
    Partner: TypeAlias = Any
    Product: TypeAlias = Any
    ProductAttributeValue: TypeAlias = Any
    ProductCategory: TypeAlias = Any
    ProductClass: TypeAlias = Any
    ProductImage: TypeAlias = Any
    ProductRecommendation: TypeAlias = Any
    ShippingAddress: TypeAlias = Any
    StockRecord: TypeAlias = Any
    Voucher: TypeAlias = Any
    VoucherApplication: TypeAlias = Any
else:
    Basket = get_model("basket", "Basket")
    BasketLine = get_model("basket", "Line")
    BasketLineAttribute = get_model("basket", "LineAttribute")
    Category = get_model("catalogue", "Category")
    ConditionalOffer = get_model("offer", "ConditionalOffer")
    Country = get_model("address", "Country")
    Order = get_model("order", "Order")
    OrderDiscount = get_model("order", "OrderDiscount")
    OrderLine = get_model("order", "Line")
    OrderLineAttribute = get_model("order", "LineAttribute")
    OrderLineDiscount = get_model("order", "OrderLineDiscount")
    OrderLinePrice = get_model("order", "LinePrice")
    Partner = get_model("partner", "Partner")
    Product = get_model("catalogue", "Product")
    ProductAttributeValue = get_model("catalogue", "ProductAttributeValue")
    ProductCategory = get_model("catalogue", "ProductCategory")
    ProductClass = get_model("catalogue", "ProductClass")
    ProductImage = get_model("catalogue", "ProductImage")
    ProductRecommendation = get_model("catalogue", "ProductRecommendation")
    ShippingAddress = get_model("order", "ShippingAddress")
    StockRecord = get_model("partner", "StockRecord")
    Voucher = get_model("voucher", "Voucher")
    VoucherApplication = get_model("voucher", "VoucherApplication")

    Applicator = get_class("offer.applicator", "Applicator")
    OrderTotalCalculator = get_class("checkout.calculators", "OrderTotalCalculator")
