"""Where this checkout writes, and what else the servers need of the machine."""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
from pathlib import Path

import environ

ROOT = Path(__file__).resolve().parents[2]
LOG_LIMIT = 10_000_000


class ServiceError(RuntimeError):
    """A service cannot be started or stopped; the text tells a person why and what to do."""


def var_dir() -> Path:
    """Where everything that this checkout writes lives: $ESNAF_VAR (relative to the project) or `var`."""
    return (ROOT / os.environ.get("ESNAF_VAR", "var")).resolve()


def make_var_dir() -> Path:
    """The same, made if it is not there. Raises ServiceError if it belongs to somebody else."""
    var = var_dir()
    (var / "log").mkdir(parents=True, exist_ok=True)
    if var.stat().st_uid != os.geteuid():
        who = _name_of(var.stat().st_uid)
        raise ServiceError(f"{var} belongs to {who}: run as {who}, or set ESNAF_VAR to a directory of your own.")
    return var


def log_file(name: str) -> Path:
    """Where the output of a process goes; a long one is put aside first."""
    path = var_dir() / "log" / f"{name}.log"
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path


def load_dotenv() -> None:
    """Read `.env` as the settings do: it may name real services, and then none is started here."""
    path = ROOT / ".env"
    if path.exists():
        environ.Env.read_env(path, overwrite=False)


def tool(name: str) -> str:
    """The path of a program of the system. Raises ServiceError if it is not installed."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None:
        raise ServiceError(f"the program {name} is missing (it is in the package util-linux).")
    return path


def socket_dir(var: Path | None = None) -> Path:
    """A short directory for the sockets: their paths may have no more than some 100 bytes, a project's may well.

    Not below $TMPDIR, which two users of the same servers may have set differently.
    """
    digest = hashlib.sha256(os.fsencode(var or var_dir())).hexdigest()[:12]
    return Path("/", "tmp", f"esnaf-{os.getuid()}-{digest}")


def processes_in(folder: Path) -> list[int]:
    """The processes that work in this very folder, also after it was deleted."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # gone meanwhile, or not ours to look at
            if os.readlink(entry / "cwd").removesuffix(" (deleted)") == str(folder):
                found.append(int(entry.name))
    return found


def own_directory(path: Path, owner: int, mode: int) -> None:
    """Make the directory ours (or our server's), and refuse one that somebody else has put in its place."""
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid not in {os.geteuid(), owner}:
        raise ServiceError(f"{path} belongs to somebody else: remove it, or set ESNAF_VAR to another directory.")
    if os.geteuid() == 0:
        os.chown(path, owner, -1)
    path.chmod(mode)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def package_folder(name: str) -> Path:
    """The folder of an installed package, without the cost (and the side effects) of importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServiceError(f"the package {name} is not installed: run `make install` and use .venv/bin/python.")
    return Path(spec.origin).resolve().parent


def is_throwaway() -> bool:
    return os.environ.get("ESNAF_THROWAWAY") == "1"
