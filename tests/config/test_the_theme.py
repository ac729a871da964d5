"""One place for colours; words and grounds that can be told apart, in light and dark."""

import re
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CSS, TEMPLATES = ROOT / "static/css", ROOT / "templates"
TOKENS = (CSS / "tokens.css").read_text()
# Paper is white, whatever the screen: labels and documents; staff's desk is dressed by unfold.
OTHERS = {"tokens.css", "paper.css", "returns.css", "desk.css", "goods.css"}
OF_SHOPPERS = sorted({path.name for path in CSS.glob("*.css")} - OTHERS)
PAGES = sorted(
    str(path.relative_to(TEMPLATES))
    for path in TEMPLATES.rglob("*.html")
    if path.read_text().startswith('{% extends "base.html" %}')
)
GROUNDS = ("paper", "card", "sunken")
WORDS = ("ink", "ink-soft", "teal", "teal-deep", "clay", "brick", "sage")
PAIRS = [
    *product(WORDS, GROUNDS),
    *(("ink", f"{colour}-wash") for colour in ("clay", "teal", "mustard", "sage", "brick")),
    ("on-clay", "clay"),
    ("on-clay", "clay-deep"),
    ("on-teal", "teal"),
    ("on-mustard", "mustard"),
    ("sage", "sage-wash"),
    ("brick", "brick-wash"),
    ("teal", "teal-wash"),
    ("teal", "mustard-wash"),
    ("teal", "brick-wash"),
    ("teal", "sage-wash"),
]
EDGES = [*product(("line-strong", "focus", "star"), GROUNDS)]


def block(selector: str) -> dict[str, str]:
    """The custom properties of the rule with that selector."""
    found = re.search(re.escape(selector) + r"\s*\{(.*?)\n\}", TOKENS, re.DOTALL)
    assert found, selector
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", found[1]))


LIGHT = block(':root, [data-theme="light"]')
THEMES = {"light": LIGHT, "dark": LIGHT | block('\n[data-theme="dark"]')}


def brightness(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 reckons it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((brightness(one), brightness(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_reckoning_of_contrast_is_right() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_words_are_told_from_their_ground_and_edges_are_seen(theme: str) -> None:
    colours = THEMES[theme]
    weak = [
        (one, other, round(contrast(colours[one], colours[other]), 2))
        for pairs, least in ((PAIRS, 4.5), (EDGES, 3.0))
        for one, other in pairs
        if contrast(colours[one], colours[other]) < least
    ]
    assert weak == []


def test_dark_is_the_same_whether_the_device_or_the_visitor_wants_it() -> None:
    assert block(":root:not([data-theme])") == block('\n[data-theme="dark"]')


def test_every_colour_of_light_has_one_of_dark() -> None:
    colours = {name for name, value in LIGHT.items() if value.startswith("#")}
    assert colours - set(block('\n[data-theme="dark"]')) == set()


@pytest.mark.parametrize("name", OF_SHOPPERS)
def test_no_other_stylesheet_names_a_colour(name: str) -> None:
    text = re.sub(r"@media print \{.*?\n\}", "", (CSS / name).read_text(), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|oklab)a?\(", text) == []


@pytest.mark.parametrize("name", OF_SHOPPERS)
def test_every_token_that_is_used_is_there(name: str) -> None:
    text = (CSS / name).read_text()
    own = set(re.findall(r"--([\w-]+)\s*:", text))
    assert set(re.findall(r"var\(--([\w-]+)", text)) - own - set(LIGHT) == set()


def pieces(name: str) -> set[str]:
    """The template and all that it is drawn from."""
    text = (TEMPLATES / name).read_text()
    found = {name}
    for other in re.findall(r'{% (?:include|extends) "([^"]+)"', text):
        found |= pieces(other)
    return found


def styled(sheets: set[str]) -> set[str]:
    """The classes that these sheets have rules for."""
    text = "".join((CSS / sheet).read_text() for sheet in sheets)
    return set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/|url\([^)]*\)", "", text, flags=re.DOTALL)))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_brings_the_styles_of_its_pieces(page: str) -> None:
    text = "".join((TEMPLATES / name).read_text() for name in pieces(page))
    brought = set(re.findall(r"css/(\w+\.css)", text))
    used = {name for names in re.findall(r'class="([^"]*)"', text) for name in re.findall(r"[\w-]+", names)}
    assert {"tokens.css", "base.css", "components.css"} <= brought
    assert (used & styled(set(OF_SHOPPERS))) - styled(brought) == set()
