"""`check` names everything that keeps the Turkish from being complete; `compile` makes what Django reads."""

import errno
import gettext
import os
import threading
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation

from config import translations
from config.translations import HEADER, PO, TranslationError, compile_catalogue, complaints, merged, po_of


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for app in (*translations.APPS, "templates"):
        (tmp_path / app).mkdir()
    (tmp_path / PO).parent.mkdir(parents=True)
    return tmp_path


def say(project: Path, source: str, catalogue: str) -> list[str]:
    """The complaints about a project that says this in Python and has these entries, brought into shape."""
    (project / "shop" / "words.py").write_text(source)
    (project / PO).write_text(HEADER + catalogue)
    (project / PO).write_text(po_of(merged(project)))
    return complaints(project)


def test_a_complete_catalogue_gives_no_complaint(project: Path) -> None:
    assert (
        say(
            project,
            "_('Hello <b>%(name)s</b>'); ngettext('One thing', '%(n)s things', n); _('{a} of %s'); _('20% off')",
            'msgid "Hello <b>%(name)s</b>"\nmsgstr "Merhaba <b>%(name)s</b>"\n\n'
            'msgid "One thing"\nmsgid_plural "%(n)s things"\nmsgstr[0] "Bir şey"\nmsgstr[1] "%(n)s şey"\n\n'
            'msgid "{a} of %s"\nmsgstr "%s içinden {a}"\n\n'
            'msgid "20% off"\nmsgstr "%20 indirim"\n',
        )
        == []
    )


@pytest.mark.parametrize(
    ("source", "catalogue", "complaint"),
    [
        ("_('Basket')", "", "not translated: 'Basket' (shop/words.py)"),
        ("_('Basket')", '#, fuzzy\nmsgid "Basket"\nmsgstr "Sepet"\n', "fuzzy: 'Basket' (shop/words.py)"),
        ("_('Sepetiniz boş')", 'msgid "Sepetiniz boş"\nmsgstr "x"\n', "Turkish in the source, which is English"),
        ("_('Hello %(name)s')", 'msgid "Hello %(name)s"\nmsgstr "Merhaba %(isim)s"\n', "placeholders differ"),
        ("_('Hello %(name)s')", 'msgid "Hello %(name)s"\nmsgstr "Merhaba"\n', "placeholders differ"),
        ("_('Hello')", 'msgid "Hello"\nmsgstr "Merhaba %(name)s"\n', "placeholders differ"),
        ("_('Hello {name}')", 'msgid "Hello {name}"\nmsgstr "Merhaba {isim}"\n', "placeholders differ"),
        ("_('%s left')", 'msgid "%s left"\nmsgstr "kaldı"\n', "placeholders differ"),
        (
            "ngettext('%(n)s x', '%(n)s y', n)",
            'msgid "%(n)s x"\nmsgid_plural "%(n)s y"\nmsgstr[0] "%(n)s a"\nmsgstr[1] "b"\n',
            "placeholders differ",
        ),
        (
            "ngettext('%(n)s x', '%(n)s y', n)",
            'msgid "%(n)s x"\nmsgid_plural "%(n)s y"\nmsgstr[0] "%(n)s a"\nmsgstr[1] ""\n',
            "not translated",
        ),
        ("_('%(n)s: 20%%')", 'msgid "%(n)s: 20%%"\nmsgstr "%(n)s: %20"\n', "a lone %"),
        ("_('<b>Now</b>')", 'msgid "<b>Now</b>"\nmsgstr "<b>Şimdi<b>"\n', "tags differ"),
    ],
)
def test_what_is_wrong_is_named(project: Path, source: str, catalogue: str, complaint: str) -> None:
    [found] = say(project, source, catalogue)
    assert complaint in found


def test_a_text_that_is_not_in_the_file_yet_is_two_complaints(project: Path) -> None:
    say(project, "_('Basket')", 'msgid "Basket"\nmsgstr "Sepet"\n')
    (project / "crm" / "words.py").write_text("_('Customer')")
    missing, stale = complaints(project)
    assert missing == "not translated: 'Customer' (crm/words.py)"
    assert "out of date" in stale


def test_a_text_that_nobody_says_any_more_makes_the_file_out_of_date(project: Path) -> None:
    say(project, "_('Basket')", 'msgid "Basket"\nmsgstr "Sepet"\n')
    (project / "shop" / "words.py").write_text("")
    [found] = complaints(project)
    assert "out of date" in found


def test_the_command_fails_until_all_is_well_and_says_how_much_is_missing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(translations, "ROOT", project)

    def run(what: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["translations", what])
        return translations.main(), "".join(capsys.readouterr())

    (project / "shop" / "words.py").write_text("_('Basket')")
    assert run("extract") == (0, f"{PO}: 1 texts, 1 to be translated.\n")
    code, output = run("check")
    assert (code, "not translated: 'Basket' (shop/words.py)" in output) == (1, True)
    (project / PO).write_text((project / PO).read_text().replace('"Basket"\nmsgstr ""', '"Basket"\nmsgstr "Sepet"'))
    assert run("check") == (0, "1 texts, all of them in Turkish too.\n")


# --- compile ---------------------------------------------------------------------------------------------------------


def read_mo(project: Path) -> gettext.GNUTranslations:
    with (project / PO).with_suffix(".mo").open("rb") as source:
        return gettext.GNUTranslations(source)


def test_compiling_makes_what_gettext_reads(project: Path) -> None:
    say(
        project,
        "_('Basket'); pgettext('month', 'May'); ngettext('One thing', '%(n)s things', n); _('Not yet'); _('Perhaps')",
        'msgid "Basket"\nmsgstr "Sepet"\n\nmsgctxt "month"\nmsgid "May"\nmsgstr "Mayıs"\n\n'
        'msgid "One thing"\nmsgid_plural "%(n)s things"\nmsgstr[0] "Bir şey"\nmsgstr[1] "%(n)s şey"\n\n'
        '#, fuzzy\nmsgid "Perhaps"\nmsgstr "Kesin"\n',
    )
    assert compile_catalogue(project)
    made = read_mo(project)
    assert made.gettext("Basket") == "Sepet"
    assert made.pgettext("month", "May") == "Mayıs"
    assert [made.ngettext("One thing", "%(n)s things", n) for n in (1, 3)] == ["Bir şey", "%(n)s şey"]
    assert made.gettext("Not yet") == "Not yet"
    assert made.gettext("Perhaps") == "Perhaps", "a fuzzy text is not shown to anybody"


def test_it_compiles_only_what_is_newer(project: Path) -> None:
    say(project, "_('Basket')", 'msgid "Basket"\nmsgstr "Sepet"\n')
    assert [compile_catalogue(project), compile_catalogue(project)] == [True, False]
    later = (project / PO).stat().st_mtime + 10
    os.utime(project / PO, (later, later))
    assert compile_catalogue(project)


def test_without_a_catalogue_there_is_nothing_to_compile(project: Path) -> None:
    assert not compile_catalogue(project)
    assert list((project / PO).parent.iterdir()) == []


def test_a_broken_catalogue_is_named_and_leaves_the_old_one(project: Path) -> None:
    say(project, "_('Basket')", 'msgid "Basket"\nmsgstr "Sepet"\n')
    compile_catalogue(project)
    (project / PO).write_text("<<<<<<< HEAD\n")
    later = (project / PO).stat().st_mtime + 10
    os.utime(project / PO, (later, later))
    with pytest.raises(TranslationError, match=str(PO)):
        compile_catalogue(project)
    assert read_mo(project).gettext("Basket") == "Sepet"


def test_a_folder_that_nothing_can_be_written_in_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say(project, "_('Basket')", 'msgid "Basket"\nmsgstr "Sepet"\n')

    def refuse(*args: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(TranslationError, match="cannot be made: Permission denied"):
        compile_catalogue(project)
    assert [path.name for path in (project / PO).parent.iterdir()] == ["django.po"]


def test_several_may_compile_at_once(project: Path) -> None:
    say(project, "_('Basket')", 'msgid "Basket"\nmsgstr "Sepet"\n')
    threads = [threading.Thread(target=compile_catalogue, args=[project]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_mo(project).gettext("Basket") == "Sepet"
    assert {path.suffix for path in (project / PO).parent.iterdir()} == {".po", ".mo"}


# --- the project itself ----------------------------------------------------------------------------------------------


def test_the_suite_itself_speaks_turkish() -> None:
    mo = translations.ROOT / PO.with_suffix(".mo")
    assert mo.stat().st_mtime_ns >= (translations.ROOT / PO).stat().st_mtime_ns
    with translation.override("tr"):
        assert translation.gettext("There is nothing in your basket.") == "Sepetinizde bir şey yok."


def test_english_is_what_stands_in_the_code() -> None:
    """Oscar has an English catalogue of its own, in which a basket is a cart."""
    with (translations.ROOT / PO).open("rb") as file:
        texts = [text for text in read_po(file) if text.id]
    with translation.override("en"):
        for text in texts:
            single = text.id[0] if isinstance(text.id, tuple) else text.id
            said = translation.pgettext(text.context, single) if text.context else translation.gettext(single)
            assert said == single
    assert len(texts) > 1000


def test_a_wrong_form_is_answered_in_turkish() -> None:
    with translation.override("tr"), pytest.raises(ValidationError) as refused:
        validate_email("no address")
    with translation.override("tr"):
        assert refused.value.messages == ["Geçerli bir e-posta adresi girin."]


def names_of_models_and_fields(language: str) -> list[str]:
    """And of the columns of the admin's lists."""
    names: list[str] = []
    with translation.override(language):
        for model_admin in admin.site._registry.values():
            columns = [getattr(model_admin, str(column), None) for column in model_admin.list_display]
            names += [str(getattr(column, "short_description", "")) for column in columns]
        for model in apps.get_models():
            if model._meta.app_config.name in translations.APPS:
                names += [str(model._meta.verbose_name), str(model._meta.verbose_name_plural)]
                names += [str(getattr(field, "verbose_name", "")) for field in model._meta.get_fields()]
    return names


def test_no_name_of_a_field_begins_with_an_i_that_django_would_make_an_undotted_capital() -> None:
    pairs = set(zip(names_of_models_and_fields("en"), names_of_models_and_fields("tr"), strict=True))
    assert ("customer", "müşteri") in pairs
    assert [turkish for english, turkish in pairs if turkish.startswith("i") and turkish != english] == []
