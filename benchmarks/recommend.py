"""How good the recommendations are: predict what customers of ../shared/data/retail bought in October 2011.

Everything before 2011-10-01 is known, the distinct products of October are to be found. Weights were chosen on
September. Recall@10 and NDCG@10 are means over customers who bought before and in October; new: only what they never
had before.

    make bench ONLY=recommend      → var/bench/recommend.json
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import log2

import django
from django.core.management import call_command

from benchmarks._report import DATA, Row, write
from config import services

FILE = DATA / "retail" / "online_retail_train.csv.gz"
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


def rows_of(name: str, ours: tuple[float, float], others: dict[str, tuple[float, float]]) -> Iterable[Row]:
    """To beat the others is the goal."""
    for place, measured in enumerate(("Recall@10", "NDCG@10")):
        for other, values in others.items():
            what = f"{name} {measured} against {other}"
            yield Row(what, round(ours[place], 4), round(values[place], 4), measured, round(values[place], 4))


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
    write("recommend", rows)


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
