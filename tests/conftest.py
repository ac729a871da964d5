"""The suite brings its own Postgres and Valkey, and one cast for every test: Ada (customer), Grace (agent),
Linus (manager), Mallory (no rights)."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker
from redis.exceptions import RedisError

from config import page_cache, services
from crm import api as crm
from crm import interactions, outbox, stream
from shop.index import refresh
from shop.pages import kept
from tests.processes import MailServer, Shop

PASSWORD = "a-long-enough-password"
_shared: dict[str, Any] = {"fixtures": frozenset(), "db": None}  # what the last test had


@pytest.fixture(scope="session", autouse=True)
def _services() -> Iterator[None]:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    with services.running():
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(_services: None) -> None:
    """Postgres must be up before the test database is made."""


@pytest.fixture(scope="session", autouse=True)
def _settings() -> Iterator[None]:
    """No real mail, no slow hashes, and no look through all static files for each client that a test makes."""
    with override_settings(
        EMAIL_DELIVERY_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        MARKETING_QUIET_HOURS="",
        CELERY_TASK_ALWAYS_EAGER=False,
        WHITENOISE_AUTOREFRESH=True,
    ):
        yield


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 11, 16, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def shared_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """As `db`, for fixtures of a module that many of its tests begin with: what they write is written once.

    Each test's own transaction is a savepoint in this one, so that none sees what another has changed.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def pytest_itemcollected(item: pytest.Item) -> None:
    """A module's fixture cannot ask for a test's."""
    if "shared_db" in getattr(item, "fixturenames", ()):
        item.add_marker("django_db")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: Any) -> None:
    """What tests of a module share is gone before one that begins otherwise: it makes no difference who came before."""
    begins = item._fixtureinfo.name2fixturedefs
    fixtures = frozenset(name for name in begins if begins[name][-1].scope == "module")
    if _shared["fixtures"] != fixtures and _shared["db"]:
        _shared["db"].finish(item._request)  # and with it whatever was made of it
    _shared.update(fixtures=fixtures, db=begins["shared_db"][-1] if "shared_db" in begins else None)


@pytest.fixture
def _no_traces_left() -> Iterator[None]:
    """The stream is not rolled back: a trace of a customer who is would fail the next test that copies traces."""
    yield
    with contextlib.suppress(RedisError):
        stream.client().delete(stream.STREAM)


@pytest.fixture
def ada(db: None, now: datetime, _no_traces_left: None) -> crm.Customer:
    """A customer with an account and a proved address."""
    user = crm.open_account(
        email="ada@example.com",
        password=PASSWORD,
        name="Ada Yılmaz",
        language="tr",
        who=crm.Who(None, None),
        wants_offers=True,
        now=now,
    )
    customer = crm.customer_of_account(user.pk)
    crm.mark_verified(customer, "ada@example.com", now=now)
    return customer


@pytest.fixture
def grace(db: None) -> crm.User:
    """An agent."""
    return _staff("grace@example.com", "Grace", "Demir", "agents")


@pytest.fixture
def linus(db: None) -> crm.User:
    """A manager."""
    return _staff("linus@example.com", "Linus", "Kaya", "managers")


@pytest.fixture
def mallory(db: None, now: datetime, _no_traces_left: None) -> crm.Customer:
    """Somebody with an account and no rights to anything of others; her address is not proved."""
    user = crm.open_account(
        email="mallory@example.com",
        password=PASSWORD,
        name="Mallory",
        language="en",
        who=crm.Who(None, None),
        wants_offers=False,
        now=now,
    )
    return crm.customer_of_account(user.pk)


def _staff(email: str, first_name: str, last_name: str, group: str) -> crm.User:
    user = crm.User.objects.create_user(email, PASSWORD, first_name=first_name, last_name=last_name, is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user


@pytest.fixture
def login(client: Any) -> Callable[[Any], Any]:
    """`login(ada)` or `login(grace)`: the test client, logged in as that person."""

    def _login(person: Any) -> Any:
        client.force_login(person.account if isinstance(person, crm.Customer) else person)
        return client

    return _login


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test did to the broker, when it last asked for the index, what was kept: forgotten in the next."""
    monkeypatch.setattr(outbox, "_paused_until", 0.0)
    monkeypatch.setattr(stream, "_paused_until", 0.0)
    monkeypatch.setattr(refresh, "_asked", (0.0, 0))
    page_cache._pages.clear()
    kept._pages.clear()


@pytest.fixture(autouse=True)
def _traces_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a trace (crm/stream.py): a test that reads it at once might come first."""
    monkeypatch.setattr(interactions, "write_trace", lambda entry: stream.write_trace(entry) and stream.client().ping())


@pytest.fixture
def mail_shop(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Shop]]:
    """`mail_shop(workers=4)`: real worker processes, with a broker and a mail server of the test's own."""
    # A socket lies in the folder, and its path may have no more than some 100 bytes: pytest's own are longer.
    with tempfile.TemporaryDirectory(prefix="esnaf-") as folder:
        shops: list[Shop] = []

        def start(*, workers: int, seconds_for_each: float = 0.0) -> Shop:
            shop = Shop(Path(folder), MailServer(seconds_for_each))
            shops.append(shop)
            monkeypatch.setattr(outbox, "current_app", shop.nudges)
            shop.broker.start()
            shop.server.start()
            shop.start_workers(workers)
            return shop

        yield start
        for shop in shops:
            shop.end()
