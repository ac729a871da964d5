from shop.models.imports import ImportedLine
from shop.models.purchases import Payment, Purchase, Shipment, SimulatedCharge
from shop.models.texts import CategoryText, ProductInterest, ProductText

__all__ = [
    "CategoryText",
    "ImportedLine",
    "Payment",
    "ProductInterest",
    "ProductText",
    "Purchase",
    "Shipment",
    "SimulatedCharge",
]
