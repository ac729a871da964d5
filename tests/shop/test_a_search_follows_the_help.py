"""What a search found is kept, with the help's answers beside it, until an article or a product changes."""

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm import api as crm
from knowledgebase import api as knowledgebase
from tests.shop import shelves

pytestmark = pytest.mark.django_db
ACTOR = crm.Actor.system("test")


def answers(client: Client, query: str) -> list[str]:
    page = client.get("/en/search/", {"q": query}).content.decode()
    return [title for title in ("How to clean copper", "Cleaning copper, anew") if title in page]


@pytest.fixture
def article(now: datetime) -> knowledgebase.Saved:
    shelves.product("Copper cezve")
    draft = knowledgebase.Draft("copper", "en", "How to clean copper", "With lemon and salt.")
    return knowledgebase.save_article(draft, actor=ACTOR, now=now)


def test_a_second_look_asks_the_help_nothing(client: Client, article: knowledgebase.Saved) -> None:
    assert answers(client, "clean copper") == ["How to clean copper"]
    with CaptureQueriesContext(connection) as captured:
        assert answers(client, "clean copper") == ["How to clean copper"]
    assert not [query["sql"] for query in captured.captured_queries if "knowledgebase" in query["sql"]]


def test_a_new_text_is_beside_the_goods_at_once(client: Client, article: knowledgebase.Saved, now: datetime) -> None:
    assert answers(client, "clean copper") == ["How to clean copper"]
    draft = knowledgebase.Draft("copper", "en", "Cleaning copper, anew", "With ketchup.")
    knowledgebase.save_article(draft, actor=ACTOR, now=now)
    assert answers(client, "clean copper") == ["Cleaning copper, anew"]


def test_an_article_that_is_hidden_by_hand_is_gone_at_once(client: Client, article: knowledgebase.Saved) -> None:
    assert answers(client, "clean copper")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE knowledgebase_article SET is_published = false")
    assert answers(client, "clean copper") == []


def test_a_word_is_no_slip_from_the_moment_the_help_has_it(client: Client, db: None, now: datetime) -> None:
    shelves.product("Copper teapot")
    assert b"teapot_" in client.get("/en/search/?q=teapto").content
    draft = knowledgebase.Draft("teapto", "en", "All about the teapto", "Text.")
    knowledgebase.save_article(draft, actor=ACTOR, now=now)
    page = client.get("/en/search/?q=teapto").content
    assert b"teapot_" not in page
    assert b"All about the teapto" in page
