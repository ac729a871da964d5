"""How well the help search answers, beside Postgres's full text search.

Questions: benchmarks/help_questions.jsonl, 40 + 40 of our own about the demo articles (paraphrases, typing errors,
no diacritics). They were written by the author of the search, so they rank methods and say little of strangers'
questions; weights and floor were tuned on them and on hint3 (intents as articles, half of the sentences as aliases, the
other half asked). Out of scope: hint3's powerplay11 (a betting app) without its small talk and account questions,
clinc150's "oos", and general Turkish questions (tqp). The training part of hint3 that we have holds no sentence
labelled NO_NODES_DETECTED.

    make bench ONLY=help_search      → var/bench/help_search.json
"""

import csv
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import django
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from benchmarks._report import DATA, ROOT, Row, write
from config import services

Search = Callable[[str, str], list[str]]
SMALL_TALK = {
    *("CHAT_WITH_AN_AGENT", "OFFERS_AND_REFERRALS", "VERIFY_EMAIL", "GREETINGS_DAY", "CONTACT_NUMBER", "THANKS"),
    *("APPRECIATION", "CHANGE_MOBILE_NUMBER", "VERIFY_MOBILE", "NO_EMAIL_CONFIRMATION", "REFUND_OF_WRONG_AMOUNT"),
    *("REFUND_OF_ADDED_CASH", "CRITICISM", "FEEDBACK", "PRESENCE", "CAPABILITIES", "ACCOUNT_NOT_VERIFIED"),
    "ACCOUNT_RESET",
}
GENERATED = 20_000


def ours(question: str, language: str) -> list[str]:
    from knowledgebase import api as knowledgebase

    return [one.reference for one in knowledgebase.search_articles(question, language=language, limit=10)]


def full_text(question: str, language: str) -> list[str]:
    """The usual recipe, as it stands in most tutorials: websearch in the language's dictionary, title before body."""
    config = {"tr": "turkish", "en": "english"}[language]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT reference FROM (
                SELECT a.reference, setweight(to_tsvector(%(config)s::regconfig, r.title), 'A')
                    || setweight(to_tsvector(%(config)s::regconfig, array_to_string(r.aliases, ' ')), 'B')
                    || to_tsvector(%(config)s::regconfig, r.body) AS vector
                FROM knowledgebase_article a JOIN knowledgebase_revision r ON r.id = a.current_revision_id
                WHERE a.language = %(language)s
            ) texts, plainto_tsquery(%(config)s::regconfig, %(question)s) AS query
            WHERE vector @@ query ORDER BY ts_rank_cd(vector, query) DESC LIMIT 10
            """,
            {"config": config, "language": language, "question": question.replace("\x00", "")},
        )
        return [reference for (reference,) in cursor.fetchall()]


def quality(search: Search, questions: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Mean reciprocal rank (of ten) and the share with an answer among the first three."""
    ranks = []
    for question in questions:
        found = search(question["question"], question["language"])
        ranks.append(next((n for n, one in enumerate(found, 1) if one in question["answers"]), 0))
    return statistics.mean(1 / rank if rank else 0 for rank in ranks), statistics.mean(0 < rank <= 3 for rank in ranks)


def unanswered(search: Search, questions: Sequence[str], language: str) -> float:
    return statistics.mean(not search(question, language) for question in questions)


def out_of_scope() -> list[tuple[str, str, list[str]]]:
    """(name, language, questions); empty where the data is not at hand."""
    if not DATA.exists():
        print(f"{DATA} is not there: nothing is said about questions out of scope", file=sys.stderr)
        return []

    def rows(path: str) -> list[dict[str, str]]:
        with (DATA / path).open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    betting = [r["sentence"] for r in rows("support/hint3/powerplay11_train.csv") if r["label"] not in SMALL_TALK]
    clinc = [r["text"] for r in rows("support/clinc150/train_val.csv") if r["intent"] == "oos"]
    turkish = list({r["group_id"]: r["question"] for r in rows("tr/tqp/groups_train.csv")}.values())
    chance = random.Random(1)
    return [
        ("hint3 powerplay11", "en", betting),
        ("clinc150 oos", "en", clinc),
        ("tqp", "tr", chance.sample(turkish, 300)),
    ]


def generate(number: int) -> None:
    """Articles of made-up words in the frequencies of a language (Zipf), to search in a crowd."""
    from crm import api as crm
    from knowledgebase.articles import Draft, recount_words, save_articles

    chance = random.Random(7)
    letters = ["ba", "ka", "ri", "to", "me", "lu", "se", "di", "no", "va", "pe", "gi"]
    words = ["".join(chance.choices(letters, k=chance.randint(2, 5))) for _ in range(30_000)]
    weights = [1 / rank for rank in range(2, len(words) + 2)]

    def some(count: int) -> str:
        return " ".join(chance.choices(words, weights, k=count))

    for start in range(0, number, 500):
        drafts = [
            Draft(f"crowd-{start + index}", "tr", some(6), some(100), (some(3), some(3)), "crowd")
            for index in range(500)
        ]
        save_articles(drafts, actor=crm.Actor.system("bench"), now=timezone.now(), counts_words=False)
    recount_words()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE knowledgebase_article, knowledgebase_term")


def milliseconds(search: Search, questions: Sequence[dict[str, Any]]) -> list[float]:
    """Sorted times of a search each, after one round to warm up."""
    times = []
    for round_ in range(2):
        for question in questions:
            began = time.perf_counter()
            search(question["question"], question["language"])
            if round_:
                times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def measure() -> list[Row]:
    from knowledgebase import api as knowledgebase

    knowledgebase.load_demo(now=timezone.now())
    lines = (ROOT / "benchmarks" / "help_questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    rows = []
    for language in ("tr", "en"):
        asked = [question for question in questions if question["language"] == language]
        (mrr, hit), (other_mrr, other_hit) = quality(ours, asked), quality(full_text, asked)
        rows.append(Row(f"{language}: mean reciprocal rank of {len(asked)} questions", mrr, 0.75, "MRR@10", other_mrr))
        rows.append(Row(f"{language}: an answer among the first three", hit, 0.8, "share", other_hit))
    for name, language, asked_of in out_of_scope():
        share = unanswered(ours, asked_of, language)
        rows.append(Row(f"{language}: out of scope, {name}: said 'no answer'", share, 0.5, "share"))
    generate(GENERATED)
    turkish = [question for question in questions if question["language"] == "tr"]
    times = milliseconds(ours, turkish)
    crowd = f"among {GENERATED:,} articles"
    rows.append(Row(f"a search {crowd}, median", statistics.median(times), 50, "ms", less_is_better=True))
    rows.append(Row(f"a search {crowd}, slowest of {len(times)}", times[-1], 250, "ms", less_is_better=True))
    mrr, _hit = quality(ours, turkish)
    rows.append(Row(f"tr: mean reciprocal rank {crowd}", mrr, 0.7, "MRR@10"))
    return rows


def main() -> None:
    with services.running():
        django.setup()
        call_command("migrate", verbosity=0)
        rows = measure()
    write("help_search", rows)


if __name__ == "__main__":
    main()
