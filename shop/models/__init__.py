from shop.models.purchases import Payment, Purchase, Shipment, SimulatedCharge
from shop.models.texts import CategoryText, ProductText

__all__ = ["CategoryText", "Payment", "ProductText", "Purchase", "Shipment", "SimulatedCharge"]
