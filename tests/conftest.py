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
from redis.exceptions import RedisError

from config import page_cache, services
from crm import api as crm
from crm import interactions, outbox, stream
from shop.index import refresh
from tests.processes import MailServer, Shop

PASSWORD = "a-long-enough-password"


@pytest.fixture(scope="session", autouse=True)
def _services() -> Iterator[None]:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    with services.running():
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(_services: None) -> None:
    """Postgres must be up before the test database is made."""


@pytest.fixture(autouse=True)
def _no_real_mail(settings: Any) -> None:
    settings.EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MARKETING_QUIET_HOURS = ""
    settings.CELERY_TASK_ALWAYS_EAGER = False


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 16, 10, 0, tzinfo=UTC)


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
