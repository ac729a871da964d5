"""Oscar asks for its classes by name again and again; the way to them through the import machinery is gone once."""

import pytest
from django.apps import apps
from oscar.core.loading import get_class, get_classes

from shop import oscar_loading
from shop.offer.applicator import Applicator


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules that Oscar's own loader was asked about."""
    asked = []
    load = oscar_loading.default_class_loader

    def count(module_label: str, classnames: tuple[str, ...], module_prefix: str) -> object:
        asked.append(module_label)
        return load(module_label, classnames, module_prefix)

    monkeypatch.setattr(oscar_loading, "default_class_loader", count)
    oscar_loading._load_once.cache_clear()
    return asked


def test_a_class_is_looked_up_once_and_is_the_forked_one(looked_up: list[str]) -> None:
    assert get_class("offer.applicator", "Applicator") is Applicator
    assert get_classes("offer.applicator", ["Applicator"]) == [Applicator]
    assert looked_up == ["offer.applicator"]


def test_nothing_is_kept_while_apps_are_loaded(looked_up: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork that is half imported has not got its class yet, and Oscar's own would be taken for good."""
    monkeypatch.setattr(apps, "ready", False)
    get_class("offer.applicator", "Applicator")
    get_class("offer.applicator", "Applicator")
    assert looked_up == ["offer.applicator"] * 2
