"""`extract` finds every text of ours, keeps the Turkish that is there and changes nothing without need."""

from pathlib import Path

import pytest

from config import translations
from config.translations import PO, TranslationError, merged, po_of, said


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for app in translations.APPS:
        (tmp_path / app).mkdir()
    (tmp_path / "templates" / "shop").mkdir(parents=True)
    (tmp_path / PO).parent.mkdir(parents=True)
    return tmp_path


def python(project: Path, source: str, name: str = "shop/words.py") -> None:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)


def template(project: Path, source: str, name: str = "page.html") -> None:
    (project / "templates" / "shop" / name).write_text(source)


def extract(project: Path) -> str:
    text = po_of(merged(project))
    (project / PO).write_text(text)
    return text


def turkish(project: Path, english: str, words: str) -> None:
    text = (project / PO).read_text()
    assert f'msgid "{english}"\nmsgstr ""' in text
    (project / PO).write_text(text.replace(f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "{words}"'))


def test_it_finds_each_kind_of_call_in_python(project: Path) -> None:
    python(
        project,
        "_('Basket')\n"
        "gettext_lazy('Two '\n    'lines')\n"
        "ngettext('%(n)d thing', '%(n)d things', n)\n"
        "pgettext_lazy('whose turn', 'us')\n"
        "gettext_noop('Later')\n"
        "gettext(variable)\n",
    )
    assert {(text.context, text.singular, text.plural) for text in said(project).values()} == {
        (None, "Basket", None),
        (None, "Two lines", None),
        (None, "%(n)d thing", "%(n)d things"),
        ("whose turn", "us", None),
        (None, "Later", None),
    }


def test_gettext_under_another_name_is_found_too(project: Path) -> None:
    python(
        project,
        "from django.utils.translation import gettext as now, ngettext_lazy as some\n"
        "from elsewhere import gettext as other\n"
        "now('Helped'); some('one', 'many', n); other('not ours')\n",
    )
    assert [(text.singular, text.plural) for text in said(project).values()] == [("Helped", None), ("one", "many")]


def test_it_finds_each_kind_of_tag_in_templates(project: Path) -> None:
    template(
        project,
        """{% extends "base.html" %}
        {# a note #}{% comment %}{% translate "not this" %}{% endcomment %}
          {% translate "It's here" %} {% translate 'Log in' as link %}
      {% translate "May" context "month" %} {{ _("Filtered")|upper }} {% include "x" with title=_("Given") %}
        {% blocktranslate trimmed with name=user.name|default:"x" %}
            Hello <b>{{ name }}</b>,
            you save 20%
        {% endblocktranslate %}
        {% blocktranslate trimmed count n=lines|length %}One line{% plural %}{{ n }} lines{% endblocktranslate %}
        {% blocktranslate trimmed context "shelf" %}Free{% endblocktranslate %}""",
    )
    assert {(text.context, text.singular, text.plural) for text in said(project).values()} == {
        (None, "It's here", None),
        (None, "Log in", None),
        ("month", "May", None),
        (None, "Filtered", None),
        (None, "Given", None),
        (None, "Hello <b>%(name)s</b>, you save 20%%", None),
        (None, "One line", "%(n)s lines"),
        ("shelf", "Free", None),
    }


def test_texts_of_mails_count_and_migrations_do_not(project: Path) -> None:
    template(project, '{% translate "Your order" %}', "mail.subject.txt")
    python(project, "_('old')", "shop/migrations/0001_initial.py")
    assert [text.singular for text in said(project).values()] == ["Your order"]


def test_a_text_said_twice_is_one_entry_with_both_files(project: Path) -> None:
    python(project, "ngettext('piece', 'pieces', n)")
    python(project, "_('piece')", "crm/words.py")
    assert extract(project).endswith(
        '#: crm/words.py shop/words.py\nmsgid "piece"\nmsgid_plural "pieces"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    )


def test_what_is_translated_stays_and_what_nobody_says_any_more_goes(project: Path) -> None:
    python(project, "_('Basket'); _('Gone')")
    extract(project)
    turkish(project, "Basket", "Sepet")
    turkish(project, "Gone", "Gitti")
    python(project, "_('Basket'); _('Brand new')")
    text = extract(project)
    assert 'msgid "Basket"\nmsgstr "Sepet"' in text
    assert 'msgid "Brand new"\nmsgstr ""' in text
    assert "Gone" not in text


def test_doing_it_again_changes_nothing(project: Path) -> None:
    python(project, "_('b'); _('a'); _('line\\nbreak \"quoted\"'); ngettext('%(n)s x', '%(n)s y', n)")
    template(project, '{% translate "c" context "d" %}')
    assert extract(project) == extract(project)


def test_neither_a_moved_line_nor_the_day_changes_the_file(project: Path) -> None:
    python(project, "_('a')")
    before = extract(project)
    python(project, "\n\n\n_('a')")
    assert extract(project) == before
    assert "20" not in before


def test_a_broken_template_is_named(project: Path) -> None:
    template(project, "{% blocktranslate %}a{% if b %}c{% endif %}{% endblocktranslate %}")
    with pytest.raises(TranslationError, match=r"templates/shop/page\.html: Translation blocks"):
        said(project)


def test_a_broken_catalogue_is_named(project: Path) -> None:
    (project / PO).write_text('<<<<<<< HEAD\nmsgid "a"\nmsgstr "b"\n')
    with pytest.raises(TranslationError, match=str(PO)):
        merged(project)
