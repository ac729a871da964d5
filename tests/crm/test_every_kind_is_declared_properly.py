"""All kinds of interaction of all apps: a name of the declaring app, a label in words, an icon."""

import re

import pytest
from django.utils import translation

from crm import api as crm
from crm import kinds

APPS = ("crm", "knowledgebase", "shop", "support")
PAST = re.compile(
    r"^(?:[a-z_]+ed|sent|paid|bought|given|withdrawn|merged|read|written|taken|made|found|seen|lost|left|begun|rung"
    r"|put_off|put_back|spoken|heard|held|met|told|asked|logged_in|logged_out|split|set|cut|sold|won|gone_quiet"
    r"|not_helped|helped)$"
)
ALL = crm.all_kinds()


@pytest.mark.parametrize("kind", ALL, ids=[kind.name for kind in ALL])
def test_a_kind_says_whose_it_is_what_happened_and_how_it_looks(kind: crm.Kind) -> None:
    app, noun, past = kind.name.split(".")
    assert app in APPS
    assert re.fullmatch(r"[a-z_]+", noun)
    assert PAST.match(past), f"{past} is no past tense"
    assert len(kind.name) <= 60
    with translation.override("en"):
        assert str(kind.label).strip()
        assert str(kind.label) != kind.name
    assert re.fullmatch(r"[a-z0-9_]+", kind.icon)
    assert kind.icon != "circle", "choose an icon"


@pytest.mark.parametrize("kind", ALL, ids=[kind.name for kind in ALL])
def test_an_app_declares_only_its_own(kind: crm.Kind) -> None:
    if kind.describe is None:
        return
    assert kind.describe.__module__.split(".")[0] == kind.name.split(".")[0]


def test_a_description_bears_a_row_without_data() -> None:
    for kind in ALL:
        if kind.describe is not None:
            assert isinstance(kind.describe({}), str), kind.name


def test_one_name_is_declared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    with pytest.raises(ValueError, match="declared twice"):
        crm.register_kinds(crm.Kind("crm.mail.sent", "Something else"))
    assert str(kinds.get_kind("crm.mail.sent").label) != "Something else"
