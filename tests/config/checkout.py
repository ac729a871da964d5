"""A tiny project on the real ground floor: what `make up` does is tested on it in seconds, wherever it lies."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from config import services

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # seconds that anything may take before a test calls it broken; nobody waits for a sound one
FILES = (
    "config/services/__init__.py",
    "config/services/__main__.py",
    "config/services/places.py",
    "config/services/postgres.py",
    "config/services/sharing.py",
    "config/services/valkey.py",
    "config/processes.py",
    "config/up.py",
    "config/catcher.py",
    "config/translations.py",
    "manage.py",
)
NOT_INHERITED = ("ESNAF_VAR", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "DJANGO_SETTINGS_MODULE", "DEBUG")

SETTINGS = """
import environ
from config import services
SECRET_KEY = "of a test"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "config.urls"
INSTALLED_APPS = ["config", "django.contrib.contenttypes", "django.contrib.auth"]
DATABASES = {"default": environ.Env.db_url_config(services.database_url())}
CELERY_BROKER_URL = services.celery_broker_url()
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(services.var_dir() / "beat" / "schedule")
CELERY_BEAT_SCHEDULE = {"tick": {"task": "config.celery.tick", "schedule": 1.0}}
"""
CELERY = """
import os
from celery import Celery
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("tiny")
app.config_from_object("django.conf:settings", namespace="CELERY")
@app.task
def tick():
    from config import services
    with open(services.var_dir() / "ticks", "a") as out:
        out.write("tick\\n")
"""
URLS = """
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse("open"))]
"""
WSGI = """
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""
DEMO = """
from django.contrib.auth.models import User
from django.core.management import BaseCommand
class Command(BaseCommand):
    def handle(self, **options):
        User.objects.get_or_create(username="ada")
"""


@dataclass
class Checkout:
    """The project's folder, and what a person would type in it."""

    path: Path

    def environment(self, **more: str) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
        return {**clean, "ESNAF_THROWAWAY": "1", "PYTHONDONTWRITEBYTECODE": "1", **more}

    def start(self, *command: str, **more: str) -> subprocess.Popen[str]:
        """Start Python with these words, as a terminal does: the leader of a process group of its own."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.path,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )

    def run(self, *command: str, **more: str) -> tuple[int, str]:
        """Run Python with these words to the end; its code and all it said."""
        process = self.start(*command, **more)
        said, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, said

    def processes(self) -> dict[int, str]:
        """Every process that works in this folder or below it, the servers included."""
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                if not entry.name.isdigit() or not (entry / "cmdline").read_bytes():
                    continue  # not a process, or one that has ended and only waits for its parent
                if Path(os.readlink(entry / "cwd")).is_relative_to(self.path):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return found

    def pids(self, name: str) -> list[int]:
        """The processes whose command line has these words."""
        return [pid for pid, line in self.processes().items() if name in line]

    def leaders(self, name: str) -> list[int]:
        """Those of them whose parent is not one of them: a newly forked child has its parent's words for a moment."""
        parents = {}
        for pid in self.pids(name):
            with contextlib.suppress(psutil.NoSuchProcess):
                parents[pid] = psutil.Process(pid).ppid()
        return [pid for pid, parent in parents.items() if parent not in parents]

    def is_quiet(self) -> bool:
        """Whether nothing works here any more; waits for those that were ended but have not quite gone."""
        return eventually(lambda: not self.processes())

    def kill(self, pids: Iterable[int]) -> None:
        """End them the hard way; some may have gone, with the first or by themselves."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """Leave nothing behind, whatever a failed test left."""
        while left := self.processes():  # again: one that is being ended may have forked meanwhile
            self.kill(left)
            time.sleep(0.01)
        shutil.rmtree(services.socket_dir((self.path / "var").resolve()), ignore_errors=True)


def make_checkout(path: Path) -> Checkout:
    """Write the tiny project into a new folder."""
    commands = path / "config" / "management" / "commands"
    commands.mkdir(parents=True)
    path.chmod(0o755)
    for name in FILES:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, path / name)
    texts = {"settings": SETTINGS, "celery": CELERY, "urls": URLS, "wsgi": WSGI}
    for name, text in texts.items():
        (path / "config" / f"{name}.py").write_text(text)
    (path / "config" / "__init__.py").touch()
    (commands / "load_demo.py").write_text(DEMO)
    return Checkout(path)


def eventually(is_so: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait for something that another process brings about."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.05)
    return bool(is_so())
