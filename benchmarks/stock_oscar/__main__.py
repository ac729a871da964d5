"""`python -m benchmarks.stock_oscar COMMAND [ARGUMENTS]`: a stock Oscar shop to measure against.

ARGUMENTS are those of the command below, as JSON or in a file named with an @ in front:

    prepare '{"goods": […], "offers": […]}'     a new database with these goods (benchmarks/_goods.py says in what form)
    defects '{"buyers": 50}'                    what goes wrong in it: JSON, one entry a defect
    totals @cases.json                          what each basket comes to
    serve '{"port": 8100}'                      gunicorn in front of what `prepare` loaded, until Ctrl-C

The answer is printed as JSON. `listen` reads {"command", "arguments"} from its input instead, a line each: that is how
`benchmarks.stock_oscar.StockOscar` speaks with it.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from benchmarks._databases import make_database
from benchmarks._servers import gunicorn
from config import services


def prepare(goods: list[Any] | None = None, offers: list[Any] | None = None) -> dict[str, int]:
    from oscar.apps.catalogue.abstract_models import MissingProductImage
    from oscar.core.loading import get_model

    from benchmarks import _goods

    _make_shop()
    MissingProductImage()  # links the picture that stands for none; requests at once would stumble over each other

    turkey = {"iso_3166_1_a2": "TR", "printable_name": "Türkiye", "name": "Türkiye", "is_shipping_country": True}
    get_model("address", "Country").objects.create(**turkey)
    get_model("payment", "SourceType").objects.create(name="Card")
    get_model("order", "PaymentEventType").objects.create(name="Settled")
    _goods.load_goods(goods or [], with_vat=False)
    _goods.load_offers(offers or [])
    _goods.analyze()
    call_command("rebuild_index", interactive=False, verbosity=0)
    return {"products": _goods.Product.objects.count(), "offers": _goods.ConditionalOffer.objects.count()}


def _make_shop() -> None:
    """An empty shop. Migrating takes a quarter of a minute, so it is done once and then copied."""
    name, migrated = settings.DATABASE_NAME, f"{settings.DATABASE_NAME}_migrated"
    connections.close_all()
    make_database(name, template=migrated)
    call_command("migrate", verbosity=0)
    connections.close_all()
    make_database(migrated, template=name)
    shutil.rmtree(settings.CARD_NETWORK_FILE.parent, ignore_errors=True)
    settings.MEDIA_ROOT.mkdir(parents=True)


def defects(buyers: int = 50, hopefuls: int = 20, presses: int = 10) -> dict[str, Any]:
    from benchmarks.stock_oscar.defects import all_defects

    prepare()
    return all_defects(buyers=buyers, hopefuls=hopefuls, presses=presses)


def totals(cases: list[Any]) -> list[Any]:
    from benchmarks._goods import totals_of
    from benchmarks.stock_oscar.delivery import delivery_paid

    return [totals_of(case, with_vat=False, delivery=delivery_paid) for case in cases]


def add_offers(offers: list[Any]) -> int:
    from benchmarks._goods import load_offers

    return len(load_offers(offers))


def addresses() -> dict[str, str]:
    from benchmarks._goods import addresses

    return addresses()


def fill(baskets: list[list[Any]]) -> list[int]:
    from benchmarks._goods import fill_basket

    return [fill_basket(lines).pk for lines in baskets]


def queries(basket_id: int) -> int:
    from benchmarks._buyers import queries_of
    from benchmarks.stock_oscar.placing import place_basket

    return queries_of(place_basket, basket_id)


def seconds(basket_ids: list[int], buyers: int) -> float:
    from benchmarks._buyers import seconds_of
    from benchmarks.stock_oscar.placing import place_basket

    return seconds_of(place_basket, basket_ids, buyers=buyers)


def serve(port: int = 8100, workers: int = 2) -> None:
    options = ["--workers", str(workers), "--bind", f"127.0.0.1:{port}"]
    subprocess.run([*gunicorn("benchmarks.stock_oscar.wsgi"), *options], check=True)


COMMANDS = {
    command.__name__: command
    for command in (prepare, defects, totals, add_offers, addresses, fill, queries, seconds, serve)
}


def listen() -> None:
    """Answer until the other side closes; whatever else is printed goes to stderr, out of the answers' way."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        wish = json.loads(line)
        print(json.dumps(COMMANDS[wish["command"]](**wish["arguments"])), file=answers, flush=True)


def main() -> None:
    command, arguments = sys.argv[1] if sys.argv[1:] else "", sys.argv[2] if sys.argv[2:] else "{}"
    if command not in {*COMMANDS, "listen"}:
        raise SystemExit(__doc__)
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.stock_oscar.settings"
    os.environ.setdefault("ESNAF_VAR", os.environ.get("ESNAF_BENCH_VAR", "var/bench/services"))
    os.environ.setdefault("ESNAF_THROWAWAY", "1")
    with services.running():
        django.setup()
        if command == "listen":
            listen()
            return
        text = Path(arguments[1:]).read_text() if arguments.startswith("@") else arguments
        print(json.dumps(COMMANDS[command](**json.loads(text)), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
