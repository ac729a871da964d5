"""The words that we translate for others are still said by them."""

import re
from importlib import metadata
from pathlib import Path

import pytest

from config import borrowed_words


@pytest.mark.parametrize(
    ("package", "folder", "words"),
    [
        ("django-unfold", "unfold", borrowed_words.UNFOLD),
        ("django-helpdesk", "helpdesk", borrowed_words.HELPDESK),
        ("django-oscar", "oscar/apps", borrowed_words.OSCAR),
        ("django", "django/contrib/admin", borrowed_words.DJANGO),
    ],
)
def test_each_is_in_its_package(package: str, folder: str, words: tuple[str, ...]) -> None:
    root = Path(str(metadata.distribution(package).locate_file(folder)))
    files = [path for path in root.rglob("*") if path.suffix in {".py", ".html"}]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert [word for word in words if not any(form in text for form in _forms(word))] == []


def _forms(word: str) -> tuple[str, ...]:
    """As a string, and between the tags of a block."""
    return f'"{word}"', f"'{word}'", "%}" + re.sub(r"%\((\w+)\)s", r"{{ \1 }}", word) + "{%"
