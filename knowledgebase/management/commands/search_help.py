import contextlib
import json
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from knowledgebase.models import Article
from knowledgebase.search import find_articles


class Command(BaseCommand):
    help = "Answers a file of questions, one a line, with one JSON line each; no results means that there is no answer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queries", type=Path, required=True, metavar="FILE.txt")
        parser.add_argument("--language", required=True, choices=list(dict(settings.LANGUAGES)))
        parser.add_argument("--top", type=int, default=5)
        parser.add_argument("--out", type=Path, metavar="FILE.jsonl", help="default: standard output")
        parser.add_argument("--json", action="store_true", help="print a summary for scripts, and no progress")

    def handle(
        self, *args: Any, queries: Path, language: str, top: int, out: Path | None, json: bool, **options: Any
    ) -> None:
        if top < 1:
            raise CommandError("--top must be 1 or more")
        asked = _lines(queries)
        answered = 0
        try:
            with _target(out, self.stdout) as target:
                for query in tqdm(asked, unit=" questions", disable=json or out is None or None):
                    results = _answer(query, language, top)
                    answered += bool(results)
                    target.write(_line({"query": query, "results": results}))
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}") from error
        if json and out:
            summary = {"queries": len(asked), "answered": answered, "unanswered": len(asked) - answered}
            self.stdout.write(_line({**summary, "out": str(out)}), ending="")


def _answer(query: str, language: str, top: int) -> list[dict[str, Any]]:
    hits = find_articles(query, language=language, limit=top)
    references = Article.objects.in_bulk([hit.article_id for hit in hits])
    return [{"id": references[hit.article_id].reference, "score": hit.score} for hit in hits]


def _lines(path: Path) -> list[str]:
    """One question a line; an empty line is a question without an answer, so that lines out match lines in."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise CommandError(f"{path}, line {line}: not UTF-8") from error
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


@contextlib.contextmanager
def _target(out: Path | None, stdout: Any) -> Iterator[Any]:
    """The file appears when it is complete."""
    if out is None:
        yield stdout
        return
    partial = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with partial.open("w", encoding="utf-8") as file:
            yield file
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
