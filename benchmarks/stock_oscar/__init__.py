"""A plain django-oscar shop, the one that Esnaf is measured against: `with StockOscar() as stock: stock.ask(…)`.

It lives in a process of its own, because two Django settings cannot share one. The services must be up (benchmarks
have them up), and they stay the caller's.
"""

import json
import subprocess
import sys
from types import TracebackType
from typing import Any

from config.services import ROOT


class StockOscarFailed(RuntimeError):
    """Its process ended instead of answering; what it said stands on stderr."""


class StockOscar:
    """The process. `ask` has it carry out one of the commands of `__main__` and returns what came of it."""

    def __enter__(self) -> "StockOscar":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.stock_oscar", "listen"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def ask(self, command: str, **arguments: Any) -> Any:
        """:raises StockOscarFailed: if it could not be done"""
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps({"command": command, "arguments": arguments}) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError as error:
            raise StockOscarFailed(command) from error
        if not answer:
            raise StockOscarFailed(command)
        return json.loads(answer)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin
        if kind is not None:
            self.process.terminate()
        self.process.stdin.close()
        self.process.wait()
