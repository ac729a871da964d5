"""Projects of a moment, each gone with all its processes at the end of its test."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.config.checkout import Checkout, make_checkout


@pytest.fixture
def _services() -> None:
    """None of the suite's own: each project here brings its own."""


@pytest.fixture
def new_checkout() -> Iterator[Callable[[str], Checkout]]:
    """`new_checkout("a name")`: a project in a folder of that name.

    Not below pytest's own folder: each pytest that starts on the machine closes that to everybody but its owner, and
    Postgres, if root starts it, runs as somebody else.
    """
    home = Path(tempfile.mkdtemp(prefix="esnaf-tests-"))
    home.chmod(0o755)
    made: list[Checkout] = []

    def make(name: str) -> Checkout:
        made.append(make_checkout(home / name))
        return made[-1]

    yield make
    for checkout in made:
        checkout.kill_all()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def checkout(new_checkout: Callable[[str], Checkout]) -> Checkout:
    """One in a folder with a space in its name."""
    return new_checkout("my shop")
