"""A database of a benchmark's own beside the others of the benchmarks' Postgres, made anew for each run."""

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

from config import services


def database_url(name: str) -> str:
    """The address of the database `name` on the server that is in use."""
    return urlsplit(services.database_url())._replace(path=f"/{name}").geturl()


def make_database(name: str, *, template: str = "") -> None:
    """Throw the database `name` away if there is one, whoever is still in it, and make it, perhaps as a copy.

    A `template` that is not there is none.
    """
    with _server() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        copied = sql.SQL("TEMPLATE {}").format(sql.Identifier(template)) if cursor.fetchone() else sql.SQL("")
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), copied))


@contextlib.contextmanager
def _server() -> Iterator[Any]:
    connection = psycopg2.connect(services.database_url())
    connection.autocommit = True  # databases are not made in transactions
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
