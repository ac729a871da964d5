"""How good the recommendations are: predict what customers of ../shared/data/retail bought in October 2011.

Everything
before 2011-10-01 is known, the distinct products of October are to be found. Weights were chosen on September.
Recall@10 and NDCG@10 are means over customers who bought before and in October; new: only products never bought before.

    .venv/bin/python benchmarks/recommend.py      → var/bench/recommend.json
"""

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import log2
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
OUT = ROOT / "var" / "bench" / "recommend.json"
FILE = ROOT.parent / "shared" / "data" / "retail" / "online_retail_train.csv.gz"
os.environ["ESNAF_VAR"] = os.environ.get("ESNAF_BENCH_VAR", "var/bench/services")
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
for _name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
    os.environ.pop(_name, None)

import django
from django.core.management import call_command

from config import services

TOP = 10
KNOWN_UNTIL = datetime(2011, 9, 30, 21, tzinfo=UTC)  # midnight in Istanbul
END = datetime(2011, 10, 31, 21, tzinfo=UTC)


def measure(lists: Callable[[int], list[str]], truth: dict[int, set[str]]) -> tuple[float, float]:
    """(Recall@10, NDCG@10), means over customers."""
    recall = ndcg = 0.0
    for customer, wanted in truth.items():
        hits = [thing in wanted for thing in lists(customer)[:TOP]]
        recall += sum(hits) / len(wanted)
        best = sum(1 / log2(place + 2) for place in range(min(TOP, len(wanted))))
        ndcg += sum(hit / log2(place + 2) for place, hit in enumerate(hits)) / best
    return recall / len(truth), ndcg / len(truth)


def rows_of(
    name: str, ours: tuple[float, float], others: dict[str, tuple[float, float]]
) -> Iterable[dict[str, object]]:
    for place, measured in enumerate(("Recall@10", "NDCG@10")):
        for other, values in others.items():
            yield {
                "what": f"{name} {measured} against {other}",
                "ours": round(ours[place], 4),
                "other": round(values[place], 4),
                "ratio": round(ours[place] / values[place], 3) if values[place] else None,
                "unit": measured,
                "goal": 1.0,
                "ok": ours[place] >= values[place],
            }


def main() -> None:
    numbered = set(Identity.objects.filter(kind=Identity.Kind.EXTERNAL).values_list("customer_id", flat=True))
    suggester = crm.Suggester(as_of=KNOWN_UNTIL)
    known = suggester.histories.by_customer
    truth: dict[int, set[str]] = {}
    bought = Interaction.objects.filter(kind=BOUGHT, occurred_at__gte=KNOWN_UNTIL, occurred_at__lt=END)
    for customer, thing in bought.values_list("customer_id", "subject").distinct():
        if customer in numbered and customer in known:
            truth.setdefault(customer, set()).add(thing)
    new = {
        customer: rest
        for customer, wanted in truth.items()
        if (rest := wanted - {suggester.things[thing] for thing in known[customer]})
    }
    popular = suggester.suggest(None, limit=TOP)

    def with_weights(weights: crm.Weights | None, *, new_only: bool) -> Callable[[int], list[str]]:
        def lists(customer: int) -> list[str]:
            suggester.weights = weights
            return suggester.suggest(customer, limit=TOP, new_only=new_only)

        return lists

    ours, personal = None, crm.Weights(again=1, goes_with=0, fashion=0)
    rows = [
        *rows_of(
            f"all products, {len(truth)} customers:",
            measure(with_weights(ours, new_only=False), truth),
            {
                "global top": measure(lambda customer: popular, truth),
                "personal top (recent first)": measure(with_weights(personal, new_only=False), truth),
            },
        ),
        *rows_of(
            f"new products, {len(new)} customers:",
            measure(with_weights(ours, new_only=True), new),
            {"global top without their own": measure(with_weights(personal, new_only=True), new)},
        ),
    ]
    for row in rows:
        print(f"{row['what']:<70} {row['ours']:<8} {row['other']:<8} {row['ratio']}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"rows": rows, "machine": f"{platform.machine()}, {os.cpu_count()} cores"}, indent=1))


if __name__ == "__main__":
    if not FILE.is_file():
        raise SystemExit(f"{FILE} is not there: nothing to measure with.")
    with services.running():
        django.setup()
        from crm import api as crm
        from crm.models import Identity, Interaction
        from shop.events import BOUGHT
        from shop.models import ImportedLine

        call_command("migrate", verbosity=0)
        if not ImportedLine.objects.exists():
            call_command("import_orders", str(FILE))
        main()
