"""Real processes for the fault tests: Celery workers on the suite's database, a broker and a mail server to break."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from celery import Celery
from django.db import connection
from django.utils import timezone

from config import services
from config.services import valkey
from crm import api as crm
from crm import outbox
from crm.models import OutgoingMail

# aiosmtpd tells every word it hears.
logging.getLogger("mail.log").setLevel(logging.WARNING)

Status = OutgoingMail.Status
OPEN = (*OutgoingMail.WAITING, Status.SENDING)


def wait_for(is_so: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait until it is so; returns how long that took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MailServer:
    """Takes mail on a port of its own and counts the Message-IDs; can be away for a while."""

    def __init__(self, seconds_for_each: float = 0.0) -> None:
        self.seconds_for_each = seconds_for_each
        self.seen: Counter[str] = Counter()
        self.on_mail: Callable[[int], None] = lambda number: None
        self.port = free_port()
        self.controller: Controller | None = None

    def start(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self) -> None:
        if self.controller:
            self.controller.stop()
            self.controller = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.seconds_for_each)
        self.seen[message_from_bytes(envelope.content)["Message-ID"]] += 1
        self.on_mail(self.seen.total())
        return "250 Taken"


class Broker:
    """A Valkey of the test's own, at a socket in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "v.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    @property
    def celery_url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=0"

    def start(self) -> None:
        command = [valkey.command()[0], "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self.process = subprocess.Popen(
            [*command, "--dir", str(self.socket.parent)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self._answers, 10, "valkey answers")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
            self.socket.unlink(missing_ok=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(str(self.socket))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
        return False


class Shop:
    """Everything that a fault test starts, and ends with it."""

    def __init__(self, folder: Path, server: MailServer) -> None:
        self.folder = folder
        self.broker = Broker(folder)
        self.server = server
        self.workers: list[subprocess.Popen[bytes]] = []
        self.nudges = Celery("nudges", set_as_current=False)
        self.nudges.config_from_object("django.conf:settings", namespace="CELERY")
        self.nudges.conf.broker_url = self.broker.celery_url

    def start_workers(self, number: int) -> None:
        """Each is one process, so that killing it kills all of it."""
        database = services.database_url().replace("/esnaf?", f"/{connection.settings_dict['NAME']}?")
        environment = os.environ | {
            "DATABASE_URL": database,
            "REDIS_URL": self.broker.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.server.port}",
            "OUTBOX_RETRY_SECONDS": "1",
            "OUTBOX_CLAIM_SECONDS": "300",
        }
        options = ["--pool=solo", "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO"]
        command = [sys.executable, "-m", "celery", "--app=config", "worker", *options]
        for _ in range(number):
            index = len(self.workers)
            with (self.folder / f"worker{index}.log").open("wb") as log:
                worker = subprocess.Popen(
                    [
                        *command,
                        "--without-mingle",
                        "--without-heartbeat",
                        "--loglevel=INFO",
                        f"--hostname=w{index}@test",
                    ],
                    cwd=services.ROOT,
                    env=environment,
                    stdout=log,
                    stderr=log,
                )
            self.workers.append(worker)

    def wait_for_workers(self) -> None:
        for index in range(len(self.workers)):
            log = self.folder / f"worker{index}.log"
            wait_for(lambda log=log: b" ready." in log.read_bytes(), 90, f"worker {index} is ready")

    def kill_worker(self, index: int) -> None:
        self.workers[index].send_signal(signal.SIGKILL)
        self.workers[index].wait()

    def nudge(self) -> None:
        """What beat does every few seconds."""
        self.nudges.send_task("crm.tasks.deliver_mail", retry=False)

    def wait_until_sent(self, seconds: float) -> float:
        """Nudge as beat does until no mail waits or is under way."""
        last = 0.0

        def is_empty() -> bool:
            nonlocal last
            if time.monotonic() - last > 0.5:
                last = time.monotonic()
                self.nudge()
            return not OutgoingMail.objects.filter(status__in=OPEN).exists()

        return wait_for(is_empty, seconds, f"all mail sent; {self.states()}")

    def states(self) -> str:
        rows = OutgoingMail.objects.values_list("status", flat=True)
        return ", ".join(f"{number} {status}" for status, number in sorted(Counter(rows).items()))

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.nudges.close()
        self.broker.kill()
        self.server.stop()


def queue(number: int = 1, *, start: int = 0, **changes: Any) -> list[OutgoingMail]:
    """Plain mails in the outbox."""
    now = timezone.now()
    return [
        outbox.enqueue(
            OutgoingMail(
                dedupe_key=f"test:{index}",
                message_id=crm.message_id_for(f"test:{index}"),
                language="en",
                from_email="shop@example.com",
                to=f"person{index}@example.com",
                subject=f"Mail {index}",
                text="Hello",
                queued_at=now,
                next_attempt_at=now,
                **changes,
            )
        )
        for index in range(start, start + number)
    ]
