"""Articles from a file of JSON lines: all of it or nothing.

Every line is read and checked first; one bad line and nothing is written, with all bad lines told. Then the file is
read again and written in batches, in one transaction: a crash in the middle leaves the database as it was, and memory
holds one batch (and the ids, to find doubles) however long the file is.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, reset_queries, transaction

from crm import api as crm
from knowledgebase.articles import Draft, NotAnArticle, recount_words, save_articles

BATCH = 500
# From here on it is cheaper to count the words of all articles once than those of each batch.
MANY = 2000
MAX_REPORTED = 1000


@dataclass(frozen=True)
class BadLine:
    line: int
    reason: str


@dataclass
class BadFile(ValueError):
    """Nothing was written. `lines` are the first bad ones, `count` is how many there are."""

    lines: list[BadLine] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, reason: str) -> None:
        self.count += 1
        if len(self.lines) < MAX_REPORTED:
            self.lines.append(BadLine(line, reason))

    def __str__(self) -> str:
        return f"{self.count} bad lines"


@dataclass
class Imported:
    """Counts of articles, one for each line: read = new + changed + unchanged."""

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0


Progress = Callable[[int], None]


def import_articles(
    path: Path, *, actor: crm.Actor, now: datetime, on_checked: Progress, on_written: Progress
) -> Imported:
    """Read `path` and publish its articles. `on_checked` gets bytes, `on_written` gets articles, as they pass.

    Importing a file again adds nothing; a changed line makes a new revision.

    :raises BadFile: with every bad line; nothing has been written then
    :raises OSError: if the file cannot be read
    """
    lines, checksum = _check(path, on_checked)
    imported = Imported()
    with transaction.atomic():
        for batch in _batches(_drafts(path, checksum), BATCH):
            for saved in save_articles(batch, actor=actor, now=now, comment="import", counts_words=lines < MANY):
                imported.read += 1
                if saved.is_new:
                    imported.new += 1
                elif saved.revision:
                    imported.changed += 1
                else:
                    imported.unchanged += 1
            on_written(len(batch))
            reset_queries()  # with DEBUG on, Django keeps every statement, a megabyte a batch
        if imported.read != lines:
            raise RuntimeError(f"{lines} lines were checked and {imported.read} written")
        if imported.new + imported.changed:
            if lines >= MANY:
                recount_words()
            _tell_planner()
    return imported


def _check(path: Path, on_checked: Progress) -> tuple[int, str]:
    """Read everything once; returns the number of articles and a checksum."""
    bad = BadFile()
    first_lines: dict[bytes, int] = {}
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            digest.update(raw)
            on_checked(len(raw))
            if not raw.strip():
                continue
            try:
                draft = _parse(raw, is_first=number == 1)
            except NotAnArticle as error:
                bad.add(number, str(error))
                continue
            key = hashlib.blake2b(f"{draft.language}:{draft.reference}".encode(), digest_size=16).digest()
            if first_lines.setdefault(key, number) != number:
                bad.add(number, f"{draft.reference!r} in {draft.language!r} is on line {first_lines[key]} already")
    if bad.count:
        raise bad
    if not first_lines:
        bad.add(0, "the file holds no article")
        raise bad
    return len(first_lines), digest.hexdigest()


def _drafts(path: Path, checksum: str) -> Iterator[Draft]:
    """The articles once more; a file that changed in between is refused."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            digest.update(raw)
            if raw.strip():
                try:
                    yield _parse(raw, is_first=number == 1)
                except NotAnArticle as error:
                    raise BadFile([BadLine(number, f"the file changed while it was read: {error}")], 1) from error
    if digest.hexdigest() != checksum:
        raise BadFile([BadLine(0, "the file changed while it was read")], 1)


def _parse(raw: bytes, *, is_first: bool = False) -> Draft:
    """:raises NotAnArticle: with what is wrong with the line"""
    try:
        text = raw.decode("utf-8-sig" if is_first else "utf-8")
    except UnicodeDecodeError as error:
        raise NotAnArticle(f"not UTF-8: byte {error.start + 1} of the line") from error
    try:
        row = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise NotAnArticle(f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise NotAnArticle("not a JSON object")
    missing = [key for key in ("id", "language", "title", "body") if key not in row]
    if missing:
        raise NotAnArticle(f"without {', '.join(missing)}")
    if isinstance(row["id"], int) and not isinstance(row["id"], bool):
        row["id"] = str(row["id"])
    aliases = row.get("aliases")
    aliases = [] if aliases is None else aliases
    if not isinstance(aliases, list):
        raise NotAnArticle("aliases must be a list of texts")
    draft = Draft(
        reference=_text(row, "id"),
        language=_text(row, "language"),
        title=_text(row, "title"),
        body=_text(row, "body"),
        aliases=tuple(_text({"an alias": alias}, "an alias") for alias in aliases),
        category=_text(row, "category") if row.get("category") is not None else "",
    )
    draft.check()
    return draft


def _text(row: dict[str, Any], key: str) -> str:
    value = row[key]
    if not isinstance(value, str):
        raise NotAnArticle(f"{key} must be a text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise NotAnArticle(f"{key} has half a character (a lone surrogate)") from error
    return value


def _batches(drafts: Iterable[Draft], size: int) -> Iterator[list[Draft]]:
    batch: list[Draft] = []
    for draft in drafts:
        batch.append(draft)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _tell_planner() -> None:
    """Fresh statistics, or the first searches after a large import are planned for an empty table."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE knowledgebase_article, knowledgebase_term")
