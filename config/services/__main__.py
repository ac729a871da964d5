"""`python -m config.services status|start|stop`."""

import argparse
import sys

from config.services.places import ServiceError, load_dotenv
from config.services.postgres import database_url
from config.services.sharing import all_services, masters, start, stop, users_of_services
from config.services.valkey import redis_url


def _print_status() -> None:
    for service in all_services():
        state = "up" if service.is_ready() else "down"
        print(f"{service.name:14} {state:5} process {', '.join(map(str, masters(service))) or '-'}")
    print(f"database       {database_url()}\nredis          {redis_url()}")
    print(f"used by        process {', '.join(map(str, users_of_services())) or '-'}")


def main() -> None:
    """The command line for a person."""
    parser = argparse.ArgumentParser(prog="python -m config.services", description="The embedded Postgres and Valkey.")
    parser.add_argument("action", choices=["status", "start", "stop"])
    parser.add_argument("--force", action="store_true", help="stop even if a process uses them")
    options = parser.parse_args()
    load_dotenv()
    try:
        if options.action == "stop":
            stop(force=options.force)
        elif options.action == "start":
            start()
        _print_status()
    except ServiceError as error:
        sys.exit(f"services: {error}")


if __name__ == "__main__":
    main()
