"""Django's PostgreSQL, which looks whether a kept connection still lives without asking the server."""

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    connection: Any

    def is_usable(self) -> bool:
        """On a connection that nobody has asked anything there is nothing to read, unless the server has ended it.

        In place of a `SELECT 1` in front of every page (CONN_HEALTH_CHECKS), which costs some 0.1 ms. If there is
        something to read, that question is put.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return super().is_usable() if waiting.poll(0) else True
