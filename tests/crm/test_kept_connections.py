"""A connection that is kept between pages is known to live, or to be dead, before it is asked anything."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept() -> Iterator[Any]:
    """Another connection to the same database, as the next request finds it."""
    other = connection.copy()
    other.ensure_connection()
    other.health_check_enabled = True
    other.health_check_done = False
    yield other
    other.close()


def number_of(kept: Any) -> int:
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_one_that_lives_is_asked_nothing(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: Any) -> bool:
        raise AssertionError("a round trip for nothing")

    monkeypatch.setattr("django.db.backends.postgresql.base.DatabaseWrapper.is_usable", fail)
    assert kept.is_usable()


def test_one_that_the_server_has_ended_is_made_anew(kept: Any) -> None:
    before = number_of(kept)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
        assert cursor.fetchone()[0]
    assert not kept.is_usable()
    kept.health_check_done = False
    assert number_of(kept) != before


def test_a_notice_that_waits_is_not_the_end(kept: Any) -> None:
    """Something to read may be anything: then the server is asked."""
    with kept.cursor() as cursor:
        cursor.execute("LISTEN esnaf_test")
    with contextlib.closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("NOTIFY esnaf_test")
    assert kept.is_usable()


def test_one_that_was_closed_here_is_not_usable(kept: Any) -> None:
    kept.connection.close()
    assert not kept.is_usable()
