"""Placing prepared baskets and measuring it, in whichever shop's process this is: stock Oscar's or ours."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

Place = Callable[[int], object]  # takes a basket's id to its committed order


def queries_of(place: Place, basket_id: int) -> int:
    """Statements sent to the database to place one basket; savepoints count, BEGIN and COMMIT do not."""
    with CaptureQueriesContext(connection) as captured:
        place(basket_id)
    return sum(not query["sql"].startswith(("BEGIN", "COMMIT")) for query in captured.captured_queries)


def seconds_of(place: Place, basket_ids: Sequence[int], *, buyers: int) -> float:
    """Seconds until so many buyers at once, each on a connection of their own, have placed all the baskets."""
    gate = threading.Barrier(buyers + 1)

    def buy(mine: Sequence[int]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            for basket_id in mine:
                place(basket_id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=buyers) as threads:
        jobs = [threads.submit(buy, basket_ids[first::buyers]) for first in range(buyers)]
        gate.wait(timeout=60)
        began = time.monotonic()
        for job in jobs:
            job.result()
        return time.monotonic() - began
