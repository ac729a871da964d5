"""What a customer is likely to choose next: what they come back to, what goes with it, what others choose now.

    score(thing) = own worth / largest own worth * again
                 + sum over history of worth * affinity / the largest such sum * goes_with
                 + fashion / largest fashion * fashion
Personal frequency blended with item-to-item cosine. benchmarks/recommend.py says how it does against the baselines,
crm/histories.py what worth, affinity and fashion are.
"""

import heapq
from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from crm.histories import Histories, read_histories

NEIGHBOURS = 100


@dataclass(frozen=True)
class Weights:
    """How much each part counts; set one alone to get a baseline."""

    again: float
    goes_with: float
    fashion: float


# Chosen on September 2011 of ../shared/data/retail, not on the October that benchmarks/recommend.py reports.
EVERYTHING = Weights(again=1.0, goes_with=0.15, fashion=0.15)
NEW_ONLY = Weights(again=0.0, goes_with=1.0, fashion=0.2)


class Suggester:
    """Suggestions for many customers from one reading of the histories before `as_of`."""

    def __init__(self, *, as_of: datetime, weights: Weights | None = None) -> None:
        self.histories: Histories = read_histories(as_of=as_of)
        self.weights = weights
        top = max(self.histories.fashion, default=0.0) or 1.0
        self._fashion = [worth / top for worth in self.histories.fashion]
        self._popular = sorted(range(len(self._fashion)), key=lambda thing: (-self._fashion[thing], thing))
        self._neighbours: dict[int, list[tuple[int, float]]] = {}

    @property
    def things(self) -> list[str]:
        """Everything anybody chose, as references."""
        return self.histories.things

    def suggest(
        self,
        customer_id: int | None,
        *,
        limit: int,
        new_only: bool = False,
        among: Container[str] | None = None,
    ) -> list[str]:
        """References of things, the best first. Somebody unknown gets what is chosen most just now.

        `new_only` leaves out what they chose before; `among`, where given, names what may be suggested at all.
        """
        things = self.things
        history = self.histories.by_customer.get(customer_id, {}) if customer_id is not None else {}
        weights = self.weights or (NEW_ONLY if new_only else EVERYTHING)
        scores = self._scores(history, weights) if history else {}
        excluded = history.keys() if new_only else ()
        ranked = sorted((-score, thing) for thing, score in scores.items() if score > 0)
        chosen: dict[str, None] = {}
        for thing in (*(thing for _, thing in ranked), *self._popular):
            if len(chosen) >= limit:
                break
            if thing not in excluded and (among is None or things[thing] in among):
                chosen[things[thing]] = None
        return list(chosen)

    def _scores(self, history: dict[int, float], weights: Weights) -> dict[int, float]:
        scores: dict[int, float] = defaultdict(float)
        if weights.goes_with:
            related: dict[int, float] = defaultdict(float)
            for thing, worth in history.items():
                for other, affinity in self._neighbours_of(thing):
                    related[other] += worth * affinity
            top = max(related.values(), default=0.0) or 1.0
            for thing, score in related.items():
                scores[thing] += weights.goes_with * score / top
        top = max(history.values(), default=0.0) or 1.0
        for thing, worth in history.items():
            scores[thing] += weights.again * worth / top
        for thing in scores:
            scores[thing] += weights.fashion * self._fashion[thing]
        return scores

    def _neighbours_of(self, thing: int) -> list[tuple[int, float]]:
        if thing not in self._neighbours:
            strongest = heapq.nlargest(
                NEIGHBOURS, ((score, -other) for other, score, _ in self.histories.neighbours(thing))
            )
            self._neighbours[thing] = [(-other, score) for score, other in strongest]
        return self._neighbours[thing]
