"""What import-linter cannot see, and what it decides."""

import importlib
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignObjectRel, Model
from importlinter import cli

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ["crm", "knowledgebase", "shop", "support"]  # bottom to top
RANK = {label: place for place, label in enumerate(LAYERS)}


def _links() -> list[tuple[type[Model], object]]:
    """(model, field) for every foreign key, one-to-one and many-to-many of our own apps."""
    return [
        (model, field)
        for model in apps.get_models()
        if model._meta.app_label in RANK
        for field in model._meta.get_fields()
        if field.is_relation and not isinstance(field, ForeignObjectRel) and field.related_model
    ]


def test_no_model_points_at_a_higher_app() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model, field in _links()
        if RANK.get(field.related_model._meta.app_label, -1) > RANK[model._meta.app_label]
    ]
    assert len(_links()) > 10
    assert wrong == []


def test_nothing_grows_on_a_model_of_another_app_of_ours() -> None:
    """Oscar's and Django's models may have names for what hangs on them; ours may not: related_name="+"."""
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model, field in _links()
        if field.related_model._meta.app_label in RANK
        and field.related_model._meta.app_label != model._meta.app_label
        and not field.remote_field.hidden
    ]
    assert wrong == []


@pytest.mark.parametrize("app", LAYERS)
def test_every_app_has_a_door_that_keeps_its_promise(app: str) -> None:
    door = importlib.import_module(f"{app}.api")
    assert door.__doc__
    assert sorted(set(door.__all__)) == sorted(door.__all__)
    assert [name for name in door.__all__ if not hasattr(door, name)] == []


@pytest.mark.parametrize("app", LAYERS)
def test_every_app_says_what_it_is_for(app: str) -> None:
    text = (ROOT / app / "README.md").read_text()
    assert 100 < len(text.split()) < 700, "half a page"
    for word in ("invariant", "belong"):
        assert word in text.lower(), word


def _sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def test_nobody_but_the_outbox_talks_smtp() -> None:
    talk = re.compile(r"\bsmtplib\b|\bget_connection\b|\bsend_mass_mail\b|\bmail_(?:admins|managers)\b")
    wrong = [
        str(path.relative_to(ROOT))
        for path in _sources("knowledgebase", "shop", "support")
        if any(talk.search(line) for line in path.read_text().splitlines() if "transaction.get_connection" not in line)
    ]
    allowed = [str(path.relative_to(ROOT)) for path in _sources("crm") if talk.search(path.read_text())]
    assert wrong == []
    # stream.py has connections to Valkey.
    assert set(allowed) <= {"crm/outbox.py", "crm/interactions.py", "crm/stream.py"}


def test_the_contracts_of_import_linter_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert cli.lint_imports(config_filename=".importlinter", no_cache=True) == cli.EXIT_STATUS_SUCCESS
