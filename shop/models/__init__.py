from shop.models.attention import Attention
from shop.models.documents import InvoiceSeries, InvoiceSubmission, OrderDocument
from shop.models.imports import ImportedLine
from shop.models.payments import Payment, Refund, SimulatedCharge, WebhookCall
from shop.models.purchases import LineProgress, Purchase
from shop.models.returns import ReturnLine, ReturnPhoto, ReturnRequest
from shop.models.shipments import CarrierEvent, Parcel, Shipment, ShipmentLine
from shop.models.texts import CategoryText, ProductInterest, ProductText

__all__ = [
    "Attention",
    "CarrierEvent",
    "CategoryText",
    "ImportedLine",
    "InvoiceSeries",
    "InvoiceSubmission",
    "LineProgress",
    "OrderDocument",
    "Parcel",
    "Payment",
    "ProductInterest",
    "ProductText",
    "Purchase",
    "Refund",
    "ReturnLine",
    "ReturnPhoto",
    "ReturnRequest",
    "Shipment",
    "ShipmentLine",
    "SimulatedCharge",
    "WebhookCall",
]
