"""The Makefile says what it can do, and what is missing on this machine."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "my shop"
    folder.mkdir()
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def make(folder: Path, *words: str, path: str | None = None, answer: str = "") -> tuple[int, str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    if path:
        environment["PATH"] = path
    done = subprocess.run(
        ["make", *words], cwd=folder, env=environment, input=answer, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def only_python(folder: Path, script: str) -> str:
    """A PATH on which `python3` is this script, and no other Python is found."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("bash", "cmp", "sed", "rm", "cat", "cp", "make"):
        (programs / name).symlink_to(shutil.which(name) or "")
    (programs / "python3").write_text(f"#!/bin/bash\n{script}\n")
    (programs / "python3").chmod(0o755)
    return str(programs)


def test_help_lists_every_target(folder: Path) -> None:
    code, said = make(folder)
    assert code == 0
    for target in ("up", "install", "test", "check", "bench", "fmt", "shell", "reset", "help"):
        assert f"  make {target} " in said


def test_an_old_python_is_named_and_what_to_do(folder: Path) -> None:
    path = only_python(folder, '[ "$1" = --version ] && echo "Python 3.9.2" && exit; exit 1')
    code, said = make(folder, "install", path=path)
    assert code != 0
    assert "needs Python 3.11 or newer; here is Python 3.9.2" in said
    assert not (folder / ".venv").exists()


def test_a_python_without_venv_names_the_package_to_install(folder: Path) -> None:
    path = only_python(folder, 'case "$2" in *ensurepip*) exit 1;; *format*) echo 3.12;; esac')
    code, said = make(folder, "install", path=path)
    assert code != 0
    assert "sudo apt install python3.12-venv" in said
    assert not (folder / ".venv").exists()


def test_a_finished_install_is_not_repeated(folder: Path) -> None:
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(shutil.which("true") or "")
    shutil.copy(folder / "requirements.txt", folder / ".venv" / "installed")
    assert make(folder, "install") == (0, "")


@pytest.mark.parametrize(("answer", "stays"), [("", True), ("y\n", True), ("reset\n", False)])
def test_reset_throws_away_only_what_it_was_told_to(folder: Path, answer: str, stays: bool) -> None:
    (folder / "var").mkdir()
    assert make(folder, "reset", answer=answer)[0] == 0
    assert (folder / "var").exists() == stays
