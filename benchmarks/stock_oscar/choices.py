"""What Oscar leaves to the project, put in by its own settings.

Its documentation forks an app for a strategy and for a payment; OSCAR_DYNAMIC_CLASS_LOADER has the same effect and
leaves every app as Oscar ships it.
"""

from typing import Any

from django.utils.module_loading import import_string
from oscar.core.loading import default_class_loader
from oscar.core.thumbnails import AbstractThumbnailer

CHOSEN = {
    ("partner.strategy", "Selector"): "benchmarks.stock_oscar.prices.Selector",
    ("checkout.views", "PaymentDetailsView"): "benchmarks.stock_oscar.payment.CardPaymentView",
}


def load_classes(module_label: str, classnames: list[str], module_prefix: str) -> list[Any]:
    found = default_class_loader(module_label, classnames, module_prefix)
    names = [CHOSEN.get((module_label, name)) for name in classnames]
    return [import_string(name) if name else original for name, original in zip(names, found, strict=True)]


class Unscaled(AbstractThumbnailer):
    """Pictures as they are: Oscar's own two thumbnailers need a package more."""

    def generate_thumbnail(self, source: Any, **opts: Any) -> Any:
        return source

    def delete_thumbnails(self, source: Any) -> None:
        """There are none."""
