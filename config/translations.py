"""The Turkish of the project without GNU gettext: `python -m config.translations extract|compile|check`.

English is the source language and needs no catalogue. `extract` brings `locale/tr/LC_MESSAGES/django.po` up to date,
`compile` makes the `.mo` that Django reads (it is not in git), `check` says what keeps the Turkish from being complete.
Reasons: docs/decisions/0006-translations-without-gettext.md.
"""

import argparse
import ast
import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract as babel_extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
APPS = ("config", "crm", "knowledgebase", "shop", "support")
TEMPLATES = "templates"
PO = Path("locale", "tr", "LC_MESSAGES", "django.po")
# No dates here and no line numbers below: they change without anybody having said anything new.
HEADER = """\
# The Turkish of Esnaf. Write the msgstr lines by hand; `python -m config.translations extract` keeps the rest.
msgid ""
msgstr ""
"Language: tr\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""
# Which arguments of which function are texts; (1, "c") is the context.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

NAMED = re.compile(r"%\((\w+)\)[a-z]")
PLAIN = re.compile(r"(?<!%)%[sd](?!\w)")
BRACED = re.compile(r"\{\w*\}")
TAG = re.compile(r"</?[a-z]\w*")
TURKISH_LETTER = re.compile("[çğıöşüÇĞİÖŞÜ]")


class TranslationError(Exception):
    """A file cannot be read for its texts; says which and why."""


@dataclass
class Text:
    """One text of ours. `turkish` is [text] or, where there is a plural, [singular, plural]."""

    singular: str
    plural: str | None
    context: str | None
    turkish: list[str] = field(default_factory=list)
    is_fuzzy: bool = False
    files: set[str] = field(default_factory=set)

    @property
    def key(self) -> "Key":
        return self.singular, self.context or ""

    @property
    def is_translated(self) -> bool:
        return len(self.turkish) == (1 if self.plural is None else 2) and all(self.turkish)

    def __str__(self) -> str:
        shown = self.singular if len(self.singular) <= 90 else f"{self.singular[:89]}…"
        return f"{shown!r} ({', '.join(sorted(self.files)) or 'nowhere'})"


Key = tuple[str, str]
Texts = dict[Key, Text]


# --- extract ---------------------------------------------------------------------------------------------------------


def sources(root: Path) -> Iterator[Path]:
    """Every file of ours that can hold texts, in a stable order; migrations only repeat what models say."""
    for app in APPS:
        yield from (path for path in sorted((root / app).rglob("*.py")) if "migrations" not in path.parts)
    yield from sorted(path for path in (root / TEMPLATES).rglob("*") if path.suffix in {".html", ".txt"})


def said(root: Path) -> Texts:
    """All texts of the project, not translated. Raises TranslationError."""
    texts: Texts = {}
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        for words, context in _words_of(path, name):
            singular, plural = (words, None) if isinstance(words, str) else (words[0], words[1])
            text = texts.setdefault((singular, context or ""), Text(singular, plural, context))
            text.plural = text.plural or plural  # said elsewhere without its plural: one entry serves both
            text.files.add(name)
    return texts


def _words_of(path: Path, name: str) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    source = path.read_text(encoding="utf-8")
    keywords = KEYWORDS
    try:
        if path.suffix == ".py":
            keywords = KEYWORDS | _aliases(source)
        else:
            # Inside parentheses indentation means nothing to Python's tokenizer.
            source = f"(\n{templatize(source, origin=name)}\n)"
        for _, words, _, context in babel_extract("python", io.BytesIO(source.encode()), keywords=keywords):
            yield words, context
    except SyntaxError as error:
        raise TranslationError(f"{name}: {error}") from error


def _aliases(source: str) -> dict[str, Any]:
    """Other names that a module gives to gettext: `from django.utils.translation import gettext as _now`."""
    imports = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    names = (name for node in imports if node.module == "django.utils.translation" for name in node.names)
    return {name.asname: KEYWORDS[name.name] for name in names if name.asname and name.name in KEYWORDS}


def written(root: Path) -> Texts:
    """The texts of the .po with their Turkish; none if there is no file. Raises TranslationError."""
    path = root / PO
    if not path.exists():
        return {}
    try:
        with path.open("rb") as source:
            catalog = read_po(source, locale="tr", abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise TranslationError(f"{PO}: {error}") from error
    texts = [_text_of(message) for message in catalog if message.id]
    return {text.key: text for text in texts}


def _text_of(message: Message) -> Text:
    ids = [message.id, None] if isinstance(message.id, str) else list(message.id)
    forms = [message.string or ""] if isinstance(message.string, str | None) else list(message.string)
    return Text(str(ids[0]), ids[1], message.context, forms, message.fuzzy)


def merged(root: Path) -> Texts:
    """What is said, with the Turkish that is written; what nobody says any more is gone."""
    texts, known = said(root), written(root)
    for key, text in texts.items():
        if old := known.get(key):
            text.turkish, text.is_fuzzy = _as_forms(old.turkish, plural=text.plural is not None), old.is_fuzzy
    return texts


def _as_forms(turkish: list[str], *, plural: bool) -> list[str]:
    """A text that got a plural, or lost it, keeps what can be kept; a missing form is for a person to write."""
    return [*turkish, ""][:2] if plural else turkish[:1]


def po_of(texts: Texts) -> str:
    """The .po file of these texts: sorted, so that a new one changes only the lines where it belongs."""
    catalog = _catalog_of(texts[key] for key in sorted(texts))
    out = io.BytesIO()
    write_po(out, catalog, width=0, omit_header=True, include_lineno=False)
    return HEADER + out.getvalue().decode().rstrip("\n") + "\n"


def _catalog_of(texts: Iterator[Text]) -> Catalog:
    catalog = read_po(io.BytesIO(HEADER.encode()), locale="tr")
    for text in texts:
        catalog.add(
            text.singular if text.plural is None else (text.singular, text.plural),
            (text.turkish[0] if text.turkish else "") if text.plural is None else (text.turkish or ["", ""]),
            locations=[(name, 0) for name in sorted(text.files)],
            flags=["fuzzy"] if text.is_fuzzy else [],
            context=text.context,
        )
    return catalog


# --- compile ---------------------------------------------------------------------------------------------------------


def compile_catalogue(root: Path = ROOT) -> bool:
    """Make the .mo if it is older than the .po or not there; says whether it did. Any number may do so at once.

    Raises TranslationError if the .po cannot be read or the .mo not be written.
    """
    po = root / PO
    mo = po.with_suffix(".mo")
    if not po.exists() or (mo.exists() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns):
        return False
    texts = written(root)
    try:
        with tempfile.NamedTemporaryFile(dir=mo.parent, prefix=f".django.{os.getpid()}.", delete=False) as out:
            write_mo(out, _catalog_of(text for text in texts.values() if text.is_translated and not text.is_fuzzy))
        os.chmod(out.name, 0o644)
        os.replace(out.name, mo)
    except OSError as error:
        for draft in mo.parent.glob(f".django.{os.getpid()}.*"):
            draft.unlink()
        raise TranslationError(f"{mo} cannot be made: {error.strerror}") from error
    return True


# --- check -----------------------------------------------------------------------------------------------------------


def complaints(root: Path) -> list[str]:
    """What keeps the Turkish from being complete, a line each; none if all is well. Raises TranslationError."""
    texts = merged(root)
    found = [complaint for key in sorted(texts) for complaint in _complaints_about(texts[key])]
    path = root / PO
    if not path.exists() or path.read_text(encoding="utf-8") != po_of(texts):
        found.append(f"{PO} is out of date: run `python -m config.translations extract`.")
    return found


def _complaints_about(text: Text) -> Iterator[str]:
    if TURKISH_LETTER.search(text.singular + (text.plural or "")):
        yield f"Turkish in the source, which is English: {text}"
    if text.is_fuzzy:
        yield f"fuzzy: {text}"
    if not text.is_translated:
        yield f"not translated: {text}"
        return
    for turkish, (needed, allowed) in zip(text.turkish, _placeholders_wanted(text), strict=True):
        has = _placeholders(turkish)
        if not set(needed) <= set(has) <= set(allowed):
            yield f"placeholders differ: {text} → {turkish!r}"
        elif _is_formatted(text.singular + (text.plural or "")) and "%" in NAMED.sub("", turkish.replace("%%", "")):
            yield f"a lone % where formatting needs %%: {text} → {turkish!r}"
        elif sorted(TAG.findall(turkish)) != sorted(TAG.findall(text.plural or text.singular)):
            yield f"tags differ: {text} → {turkish!r}"


def _placeholders(words: str) -> list[str]:
    return sorted([*NAMED.findall(words), *PLAIN.findall(words), *BRACED.findall(words)])


def _placeholders_wanted(text: Text) -> list[tuple[list[str], list[str]]]:
    """For each form of the Turkish, what it must and what it may hold: “One thing” may name its number."""
    singular = _placeholders(text.singular)
    if text.plural is None:
        return [(singular, singular)]
    plural = _placeholders(text.plural)
    return [(singular, plural), (plural, plural)]


def _is_formatted(words: str) -> bool:
    """Whether the words go through the % operator, where a lone % would be an error."""
    return "%%" in words or NAMED.search(words) is not None


# --- the command -----------------------------------------------------------------------------------------------------


def main() -> int:
    """0 if done, or if there is nothing to complain about."""
    parser = argparse.ArgumentParser(prog="python -m config.translations", description=__doc__)
    parser.add_argument("what", choices=["extract", "compile", "check"])
    what = parser.parse_args().what
    try:
        return {"extract": _extract, "compile": _compile, "check": _check}[what]()
    except TranslationError as error:
        print(f"translations: {error}", file=sys.stderr)
        return 1


def _extract() -> int:
    texts = merged(ROOT)
    (ROOT / PO).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / PO).write_text(po_of(texts), encoding="utf-8")
    missing = sum(not text.is_translated for text in texts.values())
    print(f"{PO}: {len(texts)} texts, {missing} to be translated.")
    return 0


def _compile() -> int:
    compile_catalogue()
    return 0


def _check() -> int:
    found = complaints(ROOT)
    for complaint in found:
        print(complaint, file=sys.stderr)
    if found:
        print(f"translations: {len(found)} to be set right in {PO}.", file=sys.stderr)
        return 1
    print(f"{len(written(ROOT))} texts, all of them in Turkish too.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
