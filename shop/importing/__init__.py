"""Order lines of another shop: what they are (rules), reading them, and writing orders, products and customers."""

from shop.importing.importing import ImportSummary, NotReconciled, import_orders
from shop.importing.reading import BrokenFile

__all__ = ["BrokenFile", "ImportSummary", "NotReconciled", "import_orders"]
