"""Oscar's classes by name, each looked up once (OSCAR_DYNAMIC_CLASS_LOADER).

Oscar asks by name wherever it uses a class of its own, ninety times for one order with ten offers, and each time goes
through the import machinery and its tries on the disk.
"""

from collections.abc import Sequence
from functools import cache

from django.apps import apps
from oscar.core.loading import default_class_loader


def load_classes(module_label: str, classnames: Sequence[str], module_prefix: str) -> Sequence[type]:
    """As Oscar's own loader. While the apps are still being loaded nothing is kept: a fork may be half imported."""
    load = _load_once if apps.ready else default_class_loader
    return load(module_label, tuple(classnames), module_prefix)


@cache
def _load_once(module_label: str, classnames: tuple[str, ...], module_prefix: str) -> Sequence[type]:
    return default_class_loader(module_label, classnames, module_prefix)
