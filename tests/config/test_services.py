"""The embedded Postgres and Valkey start, are shared, end, and come back after whatever ended them."""

import os
import pwd
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import environ
import psutil
import psycopg2
import pytest
import redis

from config import services
from tests.config.checkout import PATIENCE, Checkout, eventually

USE = """
import time
from config import services
with services.running():
    print("in", flush=True)
    time.sleep(3600)
"""
ASK = "from config import services; print(services.database_url()); print(services.redis_url())"
SERVERS = ("/bin/postgres", "/valkey-server")


def masters(checkout: Checkout) -> list[list[int]]:
    """The Postgres and the Valkey of a checkout."""
    return [checkout.leaders(name) for name in SERVERS]


def start(checkout: Checkout, **environment: str) -> None:
    code, said = checkout.run("-m", "config.services", "start", **environment)
    assert code == 0, said


def urls(checkout: Checkout) -> list[str]:
    return checkout.run("-c", ASK)[1].split()


def sql(checkout: Checkout, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(urls(checkout)[0])
    connection.autocommit = True
    try:
        cursor = connection.cursor()
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def test_the_database_url_is_understood_by_django_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    read = environ.Env.db_url_config(services.database_url())
    assert read["OPTIONS"] == {"host": str(services.socket_dir() / "pg")}
    assert (read["NAME"], read["USER"], read["PORT"]) == ("esnaf", "esnaf", 5432)


@pytest.mark.parametrize(
    ("given", "broker"),
    [
        ("redis://:secret@redis:6379/0", "redis://:secret@redis:6379/0"),
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0"),
    ],
)
def test_celery_gets_the_same_server_in_its_own_words(given: str, broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", given)
    assert services.celery_broker_url() == broker


def test_services_that_the_environment_names_are_used_and_none_is_started(checkout: Checkout) -> None:
    code, said = checkout.run(
        "-c", f"{ASK}\nwith services.running(): pass", DATABASE_URL="postgres://a/b", REDIS_URL="r"
    )
    assert (code, said.split()) == (0, ["postgres://a/b", "r"])
    assert not (checkout.path / "var").exists()


def test_a_second_start_finds_the_first(checkout: Checkout) -> None:
    start(checkout)
    first = masters(checkout)
    start(checkout)
    assert masters(checkout) == first
    assert [len(pids) for pids in first] == [1, 1]


def test_the_database_is_utf8_and_lets_extensions_be_made(checkout: Checkout) -> None:
    start(checkout)
    sql(checkout, "create extension pg_trgm")
    [row] = sql(checkout, "select pg_encoding_to_char(encoding), datlocprovider, datlocale from pg_database limit 1")
    assert row == ("UTF8", "b", "C.UTF-8")
    assert sql(checkout, "select lower('ÇĞÖŞÜ') = 'çğöşü', similarity('sepet', 'sepete') > 0.5") == [(True, True)]


def test_neither_opens_a_network_port(checkout: Checkout) -> None:
    start(checkout)
    for pids in masters(checkout):
        assert psutil.Process(pids[0]).net_connections("inet") == []


def test_once_made_the_cluster_is_only_started(checkout: Checkout) -> None:
    start(checkout)
    made = sql(checkout, "select system_identifier from pg_control_system()")
    assert checkout.run("-m", "config.services", "stop")[0] == 0
    start(checkout)
    assert sql(checkout, "select system_identifier from pg_control_system()") == made


def test_the_last_user_stops_them_and_nobody_before(checkout: Checkout) -> None:
    ada = checkout.start("-c", USE)
    assert ada.stdout and ada.stdout.readline() == "in\n"
    assert checkout.run("-c", "from config import services\nwith services.running(): pass")[0] == 0
    assert sql(checkout, "select 1") == [(1,)]
    ada.terminate()
    ada.wait(PATIENCE)
    assert checkout.is_quiet(), checkout.processes()
    assert not services.socket_dir(checkout.path / "var").exists()


def test_many_at_once_share_one_server_and_leave_none(checkout: Checkout) -> None:
    one = "from config import services; import psycopg2, redis\nwith services.running():\n"
    one += "    psycopg2.connect(services.database_url()).close()\n"
    one += "    assert redis.Redis.from_url(services.redis_url()).ping()\n"
    for _ in range(2):
        crowd = [checkout.start("-c", one) for _ in range(8)]
        results = [(user.communicate(timeout=PATIENCE)[0], user.returncode) for user in crowd]
        assert results == [("", 0)] * 8
    assert checkout.is_quiet(), checkout.processes()


def test_a_user_killed_the_hard_way_leaves_them_to_the_next_who_stops_them(checkout: Checkout) -> None:
    ada = checkout.start("-c", USE)
    assert ada.stdout and ada.stdout.readline() == "in\n"
    first = masters(checkout)
    ada.kill()
    ada.wait()
    assert masters(checkout) == first
    code, said = checkout.run("-c", f"{ASK}\nwith services.running(): pass")
    assert code == 0, said
    assert checkout.is_quiet(), checkout.processes()


def test_a_person_is_refused_to_stop_what_is_in_use(checkout: Checkout) -> None:
    ada = checkout.start("-c", USE)
    assert ada.stdout and ada.stdout.readline() == "in\n"
    code, said = checkout.run("-m", "config.services", "stop")
    assert code == 1
    assert f"still in use by process {ada.pid}" in said
    assert sql(checkout, "select 1") == [(1,)]
    assert checkout.run("-m", "config.services", "stop", "--force")[0] == 0
    assert masters(checkout) == [[], []]


def test_what_was_stored_survives_kill_9_of_both_servers(checkout: Checkout) -> None:
    start(checkout, ESNAF_THROWAWAY="0")
    sql(checkout, "create table kept as select 42 as n")
    valkey = redis.Redis.from_url(urls(checkout)[1])
    valkey.xadd("traces", {"n": 42})
    assert valkey.execute_command("WAITAOF", 1, 0, 0)[0] == 1  # it writes its file through every second
    for pids in masters(checkout):
        os.kill(pids[0], signal.SIGKILL)
    start(checkout, ESNAF_THROWAWAY="0")
    assert sql(checkout, "select n from kept") == [(42,)]
    assert redis.Redis.from_url(urls(checkout)[1]).xlen("traces") == 1


def test_backends_without_a_master_are_ended_before_a_new_one_starts(checkout: Checkout) -> None:
    start(checkout)
    url = urls(checkout)[0]
    busy = psycopg2.connect(url, async_=True)
    assert eventually(lambda: busy.poll() == psycopg2.extensions.POLL_OK)
    busy.cursor().execute("select count(*) from generate_series(1, 1000000000)")
    orphan = busy.info.backend_pid
    [[master], _] = masters(checkout)
    os.kill(master, signal.SIGKILL)
    start(checkout)
    assert sql(checkout, "select 1") == [(1,)]
    assert orphan not in checkout.processes()


def test_a_pid_file_that_names_somebody_else_by_now_does_not_stop_the_start(checkout: Checkout) -> None:
    start(checkout)
    pid_file = checkout.path / "var" / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    for pids in masters(checkout):
        os.kill(pids[0], signal.SIGKILL)
    assert checkout.is_quiet()
    owner = pid_file.stat()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    os.chown(pid_file, owner.st_uid, owner.st_gid)
    start(checkout)
    assert sql(checkout, "select 1") == [(1,)]


def test_a_half_made_cluster_is_made_anew(checkout: Checkout) -> None:
    starting = checkout.start("-m", "config.services", "start")
    var = checkout.path / "var"
    assert eventually(lambda: [*var.glob("postgres.new-*/base"), *var.glob("postgres")])
    os.killpg(starting.pid, signal.SIGKILL)
    starting.wait()
    start(checkout)
    assert sql(checkout, "select current_database()") == [("esnaf",)]
    assert list(var.glob("postgres.new-*")) == []


def test_who_still_writes_into_a_half_made_cluster_is_ended_first(checkout: Checkout) -> None:
    left = checkout.path / "var" / "postgres.new-1"
    left.mkdir(parents=True)
    writer = subprocess.Popen(["sh", "-c", "while :; do mkdir -p base; : > base/$((n += 1)); done"], cwd=left)
    assert eventually(lambda: (left / "base" / "50").exists())
    start(checkout)
    assert writer.wait(PATIENCE) == -signal.SIGKILL
    assert not left.exists()


def test_sockets_swept_from_tmp_are_made_again(checkout: Checkout) -> None:
    start(checkout)
    sockets = [Path(urls(checkout)[0].partition("host=")[2].replace("%2F", "/"))]
    for path in sockets[0].parent.rglob("*"):
        if not path.is_dir():
            path.unlink()
    start(checkout)
    assert sql(checkout, "select 1") == [(1,)]
    assert [len(pids) for pids in masters(checkout)] == [1, 1]


def test_a_damaged_valkey_file_is_put_aside_and_said(checkout: Checkout) -> None:
    start(checkout, ESNAF_THROWAWAY="0")
    assert checkout.run("-m", "config.services", "stop")[0] == 0
    [log] = (checkout.path / "var" / "valkey" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" + b"\0" * 4096 + b"*1\r\n")
    code, said = checkout.run("-m", "config.services", "start", ESNAF_THROWAWAY="0")
    assert code == 0, said
    assert "put aside" in said
    assert len(list((checkout.path / "var").glob("valkey.damaged-*"))) == 1


@pytest.mark.parametrize("name", ["a name with spaces, 'quotes' and çğş", "long" * 60])
def test_the_project_may_lie_anywhere(name: str, new_checkout: Callable[[str], Checkout]) -> None:
    checkout = new_checkout(name)
    start(checkout, ESNAF_THROWAWAY="0")
    assert sql(checkout, "select 1") == [(1,)]
    assert redis.Redis.from_url(urls(checkout)[1]).ping()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_may_use_a_folder_that_nobody_else_may_enter(checkout: Checkout) -> None:
    checkout.path.chmod(0o700)
    start(checkout)
    assert sql(checkout, "select 1") == [(1,)]
    [[master], _] = masters(checkout)
    assert psutil.Process(master).username() == "nobody"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to give a folder away")
def test_a_var_directory_of_somebody_else_is_refused_with_the_name(checkout: Checkout) -> None:
    var = checkout.path / "var"
    var.mkdir()
    os.chown(var, pwd.getpwnam("nobody").pw_uid, -1)
    code, said = checkout.run("-m", "config.services", "start")
    assert code == 1
    assert "belongs to nobody: run as nobody" in said
    assert "Traceback" not in said
    assert masters(checkout) == [[], []]
