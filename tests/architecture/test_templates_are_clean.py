"""The content security policy is strict: no inline script or style, and nothing is let through unescaped."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path
    for folder in ("templates", "crm", "knowledgebase", "shop", "support")
    for path in (ROOT / folder).rglob("*.html")
    if "templates" in path.parts
)
PAGES = [path for path in TEMPLATES if "email" not in path.parts]
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]

SAFE = re.compile(r"\|\s*safe(?:seq)?\b|\{%\s*autoescape\s+off")
INLINE = {
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an inline script": re.compile(
        r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*\btype\s*=\s*[\"']application/(?:ld\+)?json)", re.IGNORECASE
    ),
    "an event attribute": re.compile(r"<[^>]*\son(?:click|change|submit|load|error|input)\s*=", re.IGNORECASE),
    "a javascript: link": re.compile(r"javascript:", re.IGNORECASE),
}


def _markup(path: Path) -> str:
    """The template without its comments."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text())
    return re.sub(r"\{%\s*comment.*?endcomment\s*%\}", "", text, flags=re.DOTALL)


def test_there_are_templates_to_look_at() -> None:
    assert len(PAGES) > 10


@pytest.mark.parametrize("path", TEMPLATES, ids=[str(path.relative_to(ROOT)) for path in TEMPLATES])
def test_nothing_is_let_through_unescaped(path: Path) -> None:
    assert SAFE.findall(_markup(path)) == []


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_a_page_has_nothing_inline(path: Path) -> None:
    text = _markup(path)
    assert [what for what, pattern in INLINE.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_a_page_asks_nobody_else_for_anything(path: Path) -> None:
    outside = re.compile(r"<(?:script|img|iframe|source|video|audio)\b[^>]*\ssrc\s*=\s*[\"'](?:https?:)?//", re.I)
    stylesheet = re.compile(r"<link\b[^>]*\shref\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE)
    assert outside.findall(_markup(path)) + stylesheet.findall(_markup(path)) == []
