"""Without Valkey there are no traces, at once, and every page works."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import redis
from django.urls import reverse

from crm import api as crm
from crm import stream


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Takes connections and never says a word: a Valkey that hangs."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def point_to(url: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = url


def seconds_of(ada: crm.Customer, now: datetime, times: int = 20) -> float:
    began = time.monotonic()
    for _ in range(times):
        crm.trace("shop.product.viewed", who=crm.Who(ada.pk, None), now=now, subject="shop.product:1")
    return time.monotonic() - began


def test_with_valkey_away_a_trace_returns_at_once(
    ada: crm.Customer, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_to("unix:///tmp/nobody-listens-here.sock?db=0", settings, monkeypatch)
    assert seconds_of(ada, now) < 0.3
    with pytest.raises(redis.ConnectionError):
        crm.copy_traces()


def test_with_valkey_hanging_twenty_traces_wait_once(
    ada: crm.Customer, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch, silent_server: str
) -> None:
    point_to(silent_server, settings, monkeypatch)
    assert seconds_of(ada, now) < 1.0


def test_after_the_pause_traces_are_kept_again(
    ada: crm.Customer, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch, traces: Any
) -> None:
    good = settings.REDIS_URL
    point_to("unix:///tmp/nobody-listens-here.sock?db=0", settings, monkeypatch)
    seconds_of(ada, now, 1)
    point_to(good, settings, monkeypatch)
    seconds_of(ada, now, 1)
    assert traces.read_traces(10) == []
    monkeypatch.setattr(stream, "_paused_until", 0.0)
    seconds_of(ada, now, 1)
    assert len(traces.read_traces(10)) == 1


def test_pages_work_without_valkey(db: None, client: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    point_to("unix:///tmp/nobody-listens-here.sock?db=0", settings, monkeypatch)
    cache = settings.CACHES["default"] | {"LOCATION": "unix:///tmp/nobody-listens-here.sock?db=0"}
    settings.CACHES = {**settings.CACHES, "default": cache}
    for page in (reverse("shop:home"), reverse("search:search") + "?q=vazo", reverse("customer:login")):
        assert client.get(page).status_code == 200, page


def test_threads_share_the_pause(db: None, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    point_to("unix:///tmp/nobody-listens-here.sock?db=0", settings, monkeypatch)
    stream.write_trace({})
    outcomes: list[bool] = []
    threads = [threading.Thread(target=lambda: outcomes.append(stream.write_trace({}))) for _ in range(8)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [False] * 8
    assert time.monotonic() - began < 0.5


def test_a_connection_that_valkey_has_closed_is_made_anew(
    ada: crm.Customer, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch, traces: Any
) -> None:
    point_to(settings.REDIS_URL, settings, monkeypatch)
    seconds_of(ada, now, 1)
    traces.client().client_kill_filter(_type="normal", skipme=True)
    seconds_of(ada, now, 2)
    assert len(traces.read_traces(10)) == 3


def test_a_page_does_not_wait_for_the_answer(
    ada: crm.Customer, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch, traces: Any
) -> None:
    """Twenty traces while Valkey is stopped for a second: they are sent at once, and there when it goes on."""
    point_to(settings.REDIS_URL, settings, monkeypatch)
    seconds_of(ada, now, 1)
    traces.client().execute_command("CLIENT", "PAUSE", 1000, "WRITE")
    assert seconds_of(ada, now) < 0.5
    traces.client().execute_command("CLIENT", "UNPAUSE")
    assert len(traces.read_traces(100)) == 21


def test_threads_do_not_mix_their_traces(ada: crm.Customer, now: datetime, traces: Any) -> None:
    threads = [threading.Thread(target=seconds_of, args=(ada, now)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = [json.loads(raw) for _id, raw in traces.read_traces(1000)]
    assert len({entry["key"] for entry in entries}) == 160
