"""Making races happen: real threads, each with its own database connection, let go at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections


def run_at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """What each job answered, or the exception that it raised. For tests with `transaction=True`."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        gate.wait(timeout=30)
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(jobs)) as threads:
        futures = [threads.submit(run, job) for job in jobs]
    return [future.exception() or future.result() for future in futures]
