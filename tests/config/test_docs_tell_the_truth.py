"""What the documents name is there: files, links, commands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
TOP = {path.name for path in ROOT.iterdir()} - {"var", ".venv"}


def named_files(text: str) -> set[str]:
    """Whatever stands between backticks and begins like a path of ours; `<app>` stands for any."""
    words = {word for quoted in re.findall(r"`([^`\n]+)`", text) for word in quoted.split()}
    paths = {word.split("(")[0].rstrip(".,:;…") for word in words if "/" in word and word.split("/")[0] in TOP}
    return {path for path in paths if not set(path) & set("<*{$=:|")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_files_it_names_exist(document: Path) -> None:
    missing = {
        name
        for name in named_files(document.read_text())
        if not any((top / name).exists() for top in (ROOT, ROOT / "templates"))
    }
    assert missing == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_its_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text())
    targets = {(document.parent / link).resolve() for link in links if "://" not in link}
    missing = {path.relative_to(ROOT).as_posix() for path in targets if not path.exists()}
    assert missing == set()


def test_the_readme_lists_every_target_of_make() -> None:
    targets = set(re.findall(r"^([a-z]+):[^#\n]*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"help"}
    assert targets == {target for target in targets if f"make {target}" in (ROOT / "README.md").read_text()}
    assert "up" in targets


def test_names_are_found_at_all() -> None:
    assert "docs/glossary.md" in named_files("see `docs/glossary.md`, `make up` and `var/x`")
