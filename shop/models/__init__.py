from shop.models.purchases import Payment, Purchase, Shipment
from shop.models.texts import CategoryText, ProductText

__all__ = ["CategoryText", "Payment", "ProductText", "Purchase", "Shipment"]
