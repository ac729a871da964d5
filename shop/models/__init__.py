from shop.models.alerts import StockAlert
from shop.models.attention import Attention
from shop.models.documents import InvoiceSeries, InvoiceSubmission, OrderDocument
from shop.models.files import CatalogueFile, CatalogueProblem
from shop.models.imports import ImportedLine
from shop.models.index import IndexState, ListedProduct, ProductPlace, SearchWord, StaleProduct, Synonyms
from shop.models.offers import OfferText
from shop.models.payments import Payment, Refund, SimulatedCharge, SimulatedRefund, WebhookCall
from shop.models.prices import PriceChange
from shop.models.purchases import LineProgress, Purchase
from shop.models.returns import ReturnLine, ReturnPhoto, ReturnRequest
from shop.models.reviews import ProductRating, Review, ReviewPhoto
from shop.models.shipments import CarrierEvent, Parcel, Shipment, ShipmentLine
from shop.models.texts import CategoryText, ProductInterest, ProductText
from shop.models.weights import ProductWeight
from shop.models.wishes import Wish, WishList

__all__ = [
    "Attention",
    "CarrierEvent",
    "CatalogueFile",
    "CatalogueProblem",
    "CategoryText",
    "ImportedLine",
    "IndexState",
    "InvoiceSeries",
    "InvoiceSubmission",
    "LineProgress",
    "ListedProduct",
    "OfferText",
    "OrderDocument",
    "Parcel",
    "Payment",
    "PriceChange",
    "ProductInterest",
    "ProductPlace",
    "ProductRating",
    "ProductText",
    "ProductWeight",
    "Purchase",
    "Refund",
    "ReturnLine",
    "ReturnPhoto",
    "ReturnRequest",
    "Review",
    "ReviewPhoto",
    "SearchWord",
    "Shipment",
    "ShipmentLine",
    "SimulatedCharge",
    "SimulatedRefund",
    "StaleProduct",
    "StockAlert",
    "Synonyms",
    "WebhookCall",
    "Wish",
    "WishList",
]
