"""A question finds its article however it is typed; where there is no answer, none is given."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from psycopg2.sql import SQL, Identifier

from crm.vocabulary import likeness
from knowledgebase import api as knowledgebase

QUESTIONS = Path(__file__).parents[2] / "benchmarks" / "help_questions.jsonl"


def first(question: str, language: str = "tr", **options: Any) -> str:
    found = knowledgebase.search_articles(question, language=language, limit=1, **options)
    return found[0].reference if found else ""


@pytest.mark.parametrize(
    "question",
    [
        "Ürünü nasıl iade ederim?",
        "ÜRÜNÜ NASIL İADE EDERİM",
        "urunu nasil iade ederim",
        "URUNU NASIL IADE EDERIM",
        "ürnü iade etmk istiyorum",
        "ürünümü iade edeceğim",
    ],
)
def test_capitals_missing_diacritics_slips_and_endings_still_find_it(demo: Any, question: str) -> None:
    assert first(question) == "return-an-item"


def test_an_alias_finds_what_the_title_does_not_say(demo: Any) -> None:
    assert first("gel al") == "pick-up-point"
    assert first("COD", "en") == "cash-on-delivery"


def test_each_language_is_searched_by_itself(demo: Any) -> None:
    assert {one.url.split("/")[1] for one in knowledgebase.search_articles("promo", language="en")} == {"en"}
    assert not knowledgebase.search_articles("copper", language="tr")


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("who won the cricket match yesterday", "en"),
        ("what is the capital of mongolia", "en"),
        ("moğolistan'ın başkenti neresidir", "tr"),
        ("bu akşam hangi film oynuyor", "tr"),
        ("", "en"),
        ("?!…", "en"),
        ("\x00", "en"),
        ("🎁", "tr"),
    ],
)
def test_what_the_help_does_not_know_gets_no_answer(demo: Any, question: str, language: str) -> None:
    assert knowledgebase.search_articles(question, language=language) == []


def test_a_word_that_is_still_being_typed_finds_its_article(demo: Any) -> None:
    assert first("inv", "en", as_typed=True) == "invoice"
    assert first("inv", "en") == ""


def test_ten_thousand_characters_and_nuls_are_harmless_and_quick(demo: Any) -> None:
    began = time.monotonic()
    assert first("iade\x00 etmek \x00istiyorum") == "return-an-item"
    for question in ("x" * 10_000, "iade " * 2_000, "\x00" * 10_000, "'|&!():*" * 1_000, "%_\\" * 3_000):
        knowledgebase.search_articles(question, language="tr")
    assert time.monotonic() - began < 2


def test_hidden_articles_are_not_found(db: None, write: Any) -> None:
    write("secret", title="The secret discount", is_published=False)
    assert knowledgebase.search_articles("secret discount", language="en") == []
    assert knowledgebase.articles_by_reference(["secret"], "en") == []


def test_articles_are_fetched_by_reference_in_the_order_asked_for(demo: Any) -> None:
    found = knowledgebase.articles_by_reference(["invoice", "nothing", "care-wool", "invoice"], "tr")
    assert [one.reference for one in found] == ["invoice", "care-wool"]


def test_paraphrases_are_answered_well_enough(demo: Any) -> None:
    """A floor under benchmarks/help_search.py, which says how well exactly."""
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    hits = [
        bool(
            {one.reference for one in knowledgebase.search_articles(q["question"], language=q["language"], limit=3)}
            & set(q["answers"])
        )
        for q in questions
    ]
    assert len(hits) >= 60
    assert sum(hits) / len(hits) >= 0.8


def test_candidates_come_from_indexes(demo: Any) -> None:
    """Without sequential scans there is a plan that reads the indexes: 100,000 articles are not all looked at."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for vector in ("heads_vector", "body_vector"):
            query = SQL("EXPLAIN SELECT id FROM knowledgebase_article WHERE {} @@ 'iade'::tsquery")
            cursor.execute(query.format(Identifier(vector)).as_string(cursor.cursor))
            assert "kb_article_" in "".join(line[0] for line in cursor.fetchall())


def test_likeness_of_words() -> None:
    assert likeness("iade", "iade") == 1
    assert likeness("iadesi", "iade") > 0.8
    assert likeness("kagro", "kargo") > 0.6
    assert likeness("para", "parasut") < 0.9
    assert likeness("cat", "dog") == 0
