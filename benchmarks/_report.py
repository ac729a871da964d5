"""What a benchmark leaves behind: a printed table and var/bench/<name>.json, in the form that design.md fixes."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"


@dataclass(frozen=True)
class Row:
    """One measured thing. `goal` is a bound on `ours`, or what it has to be; `other` is what it is compared with."""

    what: str
    ours: float
    goal: float
    unit: str
    other: float | None = None
    less_is_better: bool = False
    is_exact: bool = False

    @property
    def ok(self) -> bool:
        if self.is_exact:
            return self.ours == self.goal
        return self.ours <= self.goal if self.less_is_better else self.ours >= self.goal

    @property
    def ratio(self) -> float | None:
        return round(self.ours / self.other, 2) if self.other else None


def write(name: str, rows: Sequence[Row]) -> None:
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    listed = [{**asdict(row), "ratio": row.ratio, "ok": row.ok} for row in rows]
    for row in listed:
        del row["less_is_better"], row["is_exact"]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    text = json.dumps({"rows": listed, "machine": machine}, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    for one in rows:
        bound = "=" if one.is_exact else "≤" if one.less_is_better else "≥"
        other = "" if one.other is None else f"other {one.other:g}, ratio {one.ratio}"
        mark = "ok " if one.ok else "BAD"
        print(f"{mark} {one.what:<72} {one.ours:>10.4g} {one.unit:<8} goal {bound} {one.goal:g}  {other}")
