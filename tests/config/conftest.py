"""Projects of a moment, each gone with all its processes at the end of its test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.config.checkout import Checkout, make_checkout


@pytest.fixture
def _services() -> None:
    """None of the suite's own: each project here brings its own."""


@pytest.fixture
def new_checkout(tmp_path: Path) -> Iterator[Callable[[str], Checkout]]:
    """`new_checkout("a name")`: a project in a folder of that name, whose parents let everybody pass."""
    made: list[Checkout] = []

    def make(name: str) -> Checkout:
        for parent in [tmp_path, *tmp_path.parents][:3]:
            parent.chmod(0o755)
        made.append(make_checkout(tmp_path / name))
        return made[-1]

    yield make
    for checkout in made:
        checkout.kill_all()


@pytest.fixture
def checkout(new_checkout: Callable[[str], Checkout]) -> Checkout:
    """One in a folder with a space in its name."""
    return new_checkout("my shop")
