"""Both languages of a page side by side in one form: fields named title_tr, title_en and so on."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from crm import api as crm
from shop.catalogue.editing import LANGUAGES, Words, slug_of, words_of

LABELS: dict[str, dict[str, Any]] = {
    "title": {"tr": _("Turkish title"), "en": _("English title")},
    "slug": {"tr": _("In the Turkish address"), "en": _("In the English address")},
    "description": {"tr": _("Turkish description"), "en": _("English description")},
    "option_name": {"tr": _("Turkish option"), "en": _("English option")},
    "facts": {"tr": _("Turkish facts"), "en": _("English facts")},
}
NO_WORDS = _("Write the title in one language at least.")
LONGEST_TITLE, LONGEST_SLUG, LONGEST_OPTION, LONGEST_TEXT = 255, 200, 60, 20_000


def words_fields(*names: str) -> dict[str, forms.Field]:
    """The fields of a form for these parts of Words, in each language."""
    fields: dict[str, forms.Field] = {}
    for name in names:
        for language in LANGUAGES:
            fields[f"{name}_{language}"] = _field(name, language)
    return fields


def rows(*names: str) -> tuple[tuple[str, ...], ...]:
    """Rows of a fieldset: one part of the words each, its languages beside each other."""
    return tuple(tuple(f"{name}_{language}" for language in LANGUAGES) for name in names)


class WordsForm(forms.ModelForm):
    """A form with words_fields; after it was checked, `words` has them."""

    parts: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = words_of(self.instance) if self.instance.pk else {}
        for language in LANGUAGES:
            for name in self.parts:
                key = f"{name}_{language}"
                if key in self.fields and language in known:
                    value = getattr(known[language], name)
                    self.initial[key] = lines_of_facts(value) if name == "facts" else value

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        known = words_of(self.instance) if self.instance.pk else {}
        self.words = {language: self._words(language, known.get(language, Words())) for language in LANGUAGES}
        titled = [language for language in LANGUAGES if self.words[language].title]
        if not titled and not any(f"title_{language}" in self.errors for language in LANGUAGES):
            self.add_error(f"title_{settings.LANGUAGE_CODE}", NO_WORDS)
        for language in LANGUAGES:
            text = self.words[language]
            if not text.title and (text.description or text.option_name or text.facts) and titled:
                self.add_error(f"title_{language}", _now("What is written below needs a title in this language, too."))
        return data

    def _words(self, language: str, known: Words) -> Words:
        """What the form does not show stays as it is."""

        def part(name: str) -> Any:
            key, old = f"{name}_{language}", getattr(known, name)
            new = self.cleaned_data.get(key) if key in self.fields else old
            # Facts whose names hold colons cannot be told from lines: untouched, they stay what they were.
            return old if name == "facts" and new and lines_of_facts(new) == lines_of_facts(old) else new

        texts = {name: part(name) or "" for name in ("title", "description", "option_name", "slug")}
        return Words(**texts, facts=part("facts") or [])


def readers(*parts: str) -> dict[str, Any]:
    """What a page shows in the place of each field to somebody who may look but not write."""
    return {f"{part}_{language}": _reader(part, language) for part in parts for language in LANGUAGES}


def _reader(part: str, language: str) -> Any:
    @display(description=LABELS[part][language])
    def read(thing: Any) -> str:
        value = getattr(words_of(thing).get(language, Words()), part)
        return lines_of_facts(value) if part == "facts" else value

    return staticmethod(read)


def lines_of_facts(facts: list[list[str]]) -> str:
    """ "Material: copper", a line each."""
    return "\n".join(f"{name}: {value}" for name, value in facts)


def facts_of_lines(text: str) -> list[list[str]]:
    """:raises forms.ValidationError: for a line without a colon"""
    facts = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, colon, value = (crm.clean_line(part) for part in line.partition(":"))
        if not (colon and name and value):
            raise forms.ValidationError(_now("Line %(number)d: write “Material: copper”.") % {"number": number})
        facts.append([name, value])
    return facts


class _Line(forms.CharField):
    def clean(self, value: Any) -> str:
        return crm.clean_line(super().clean(value))


class _Slug(_Line):
    def clean(self, value: Any) -> str:
        line = super().clean(value)
        return slug_of(line) if line else ""


class _Text(forms.CharField):
    def clean(self, value: Any) -> str:
        return crm.clean_text(super().clean(value))


class _Facts(_Text):
    def clean(self, value: Any) -> Any:
        return facts_of_lines(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or "").split() != (data or "").split())


def _field(name: str, language: str) -> forms.Field:
    label = LABELS[name][language]
    # The browser's speller and screen readers know which language the field is in.
    attributes = {"lang": language}
    if name in ("title", "option_name"):
        limit = LONGEST_TITLE if name == "title" else LONGEST_OPTION
        return _Line(label=label, required=False, max_length=limit, widget=UnfoldAdminTextInputWidget(attributes))
    if name == "slug":
        help_text = _("Small letters, digits and hyphens. Empty: made of the title.")
        widget = UnfoldAdminTextInputWidget(attributes)
        return _Slug(label=label, required=False, max_length=LONGEST_SLUG, widget=widget, help_text=help_text)
    if name == "facts":
        help_text = _("One a line: “Material: copper”")
        widget = UnfoldAdminTextareaWidget({**attributes, "rows": 6})
        return _Facts(label=label, required=False, max_length=LONGEST_TEXT, widget=widget, help_text=help_text)
    widget = UnfoldAdminTextareaWidget({**attributes, "rows": 9})
    return _Text(label=label, required=False, max_length=LONGEST_TEXT, widget=widget)
