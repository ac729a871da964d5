"""PostgreSQL 18 and Valkey 9 out of pip wheels, for development and tests.

Nothing here is used where DATABASE_URL and REDIS_URL name real services. Both servers listen on a UNIX socket only, so
that they live beside any others on the machine, and keep their data under `var_dir()`.

Every process that uses them holds a shared lock on `services.lock`; whoever leaves last stops them. A user that was
killed leaves them running: the next one takes them over. `python -m config.services status|start|stop` is for a person.
"""

from config.services.places import ROOT, ServiceError, load_dotenv, log_file, make_var_dir, socket_dir, tool, var_dir
from config.services.postgres import database_url
from config.services.sharing import running, start, stop, users_of_services
from config.services.valkey import celery_broker_url, redis_url

__all__ = [
    "ROOT",
    "ServiceError",
    "celery_broker_url",
    "database_url",
    "load_dotenv",
    "log_file",
    "make_var_dir",
    "redis_url",
    "running",
    "socket_dir",
    "start",
    "stop",
    "tool",
    "users_of_services",
    "var_dir",
]
