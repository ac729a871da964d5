"""import_articles: all of a file or nothing, every bad line told, again adds nothing."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from knowledgebase import articles
from knowledgebase.models import Article, Category, Revision, Term

Row = dict[str, Any]


def row(id: Any = "return-it", **changes: Any) -> Row:
    return {
        "id": id,
        "language": "en",
        "title": "How do I return something?",
        "body": "Send it back.",
        "aliases": ["send back"],
        "category": "returns",
        **changes,
    }


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    def _lines(*rows: Row | bytes) -> Path:
        path = tmp_path / "articles.jsonl"
        path.write_bytes(b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in rows))
        return path

    return _lines


def run(path: Path) -> dict[str, Any]:
    out = StringIO()
    try:
        call_command("import_articles", str(path), "--json", stdout=out)
    except SystemExit as stop:
        assert stop.code == 1
    summary: dict[str, Any] = json.loads(out.getvalue())
    return summary


def test_a_file_becomes_published_articles(db: None, lines: Any) -> None:
    summary = run(lines(row(), row(language="tr", title="Nasıl iade ederim?"), row("other", category=None)))
    assert summary["ok"] and (summary["read"], summary["new"]) == (3, 3)
    assert Article.objects.visible().count() == 3
    assert Category.objects.get().texts.count() == 2


def test_importing_again_adds_nothing_and_a_changed_line_makes_a_revision(db: None, lines: Any) -> None:
    run(lines(row("a"), row("b")))
    again = run(lines(row("a"), row("b", body="Send it back, please.")))
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 1, 1)
    assert Revision.objects.count() == 3
    assert Article.objects.get(reference="b").current_revision.body == "Send it back, please."


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"id": "x", "title": "\xff"}', "UTF-8"),
        (b'{"id": "x"', "JSON"),
        (b"[" * 100_000, "JSON"),
        (b'["x"]', "object"),
        (json.dumps({"id": "x", "language": "en"}).encode(), "title, body"),
        (json.dumps(row(language="de")).encode(), "language"),
        (json.dumps(row(title="")).encode(), "title"),
        (json.dumps(row(title=None)).encode(), "title"),
        (json.dumps(row(aliases="one")).encode(), "aliases"),
        (json.dumps(row(aliases=[1])).encode(), "alias"),
        (json.dumps(row(body="x\x00y")).encode(), "NUL"),
        (json.dumps(row(body="\ud800")).encode(), "surrogate"),
        (json.dumps(row("good")).encode(), "line 1"),
    ],
)
def test_one_bad_line_and_nothing_is_written(db: None, lines: Any, bad: bytes, reason: str) -> None:
    summary = run(lines(row("good"), bad, row("fine")))
    assert not summary["ok"] and summary["bad"] == 1
    assert summary["errors"][0]["line"] == 2 and reason in summary["errors"][0]["reason"]
    assert not Article.objects.exists() and not Category.objects.exists() and not Term.objects.exists()


def test_every_bad_line_is_told_to_a_person(db: None, lines: Any) -> None:
    err = StringIO()
    with pytest.raises(CommandError, match="2 bad lines"):
        call_command("import_articles", str(lines(b"{", row(), b"}")), stderr=err)
    assert "line 1:" in err.getvalue() and "line 3:" in err.getvalue()


def test_an_empty_or_missing_file_is_a_clear_message(db: None, lines: Any, tmp_path: Path) -> None:
    assert "no article" in run(lines(b"\n\n"))["errors"][0]["reason"]
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_articles", str(tmp_path / "nowhere.jsonl"))


def test_a_crash_in_the_middle_leaves_the_database_as_it_was(
    db: None, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledgebase.importing.BATCH", 2)
    calls = []

    def fail_later(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return articles.save_articles(*args, **kwargs)

    monkeypatch.setattr("knowledgebase.importing.save_articles", fail_later)
    with pytest.raises(KeyboardInterrupt):
        run(lines(*(row(str(number)) for number in range(5))))
    assert len(calls) == 2
    assert not Article.objects.exists() and not Term.objects.exists()


def test_an_id_comes_back_as_it_was_given(db: None, lines: Any, tmp_path: Path) -> None:
    run(lines(row("FAQ/iade #1 – şöyle?"), row(17, title="How much is the postage?", aliases=[])))
    queries = tmp_path / "queries.txt"
    queries.write_text("return something\n\npostage\ncapital of mongolia\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    call_command("search_help", queries=queries, language="en", top=1, out=out)
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [answer["query"] for answer in answers] == ["return something", "", "postage", "capital of mongolia"]
    assert [[one["id"] for one in answer["results"]] for answer in answers] == [
        ["FAQ/iade #1 – şöyle?"],
        [],
        ["17"],
        [],
    ]
    assert 0 < answers[0]["results"][0]["score"] <= 1
    assert not list(tmp_path.glob(".*.part"))


def test_queries_that_are_not_text_are_a_clear_message(db: None, tmp_path: Path) -> None:
    queries = tmp_path / "queries.txt"
    queries.write_bytes(b"fine\n\xff\xfe\n")
    with pytest.raises(CommandError, match="line 2: not UTF-8"):
        call_command("search_help", queries=queries, language="en", out=tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()
