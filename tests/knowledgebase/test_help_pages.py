"""What a shopper with a question sees."""

from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm import stream
from crm.interactions import copy_traces
from crm.models import Interaction
from knowledgebase import api as knowledgebase
from knowledgebase.selectors import SHOWN_PER_CATEGORY, shelves

ARTICLE = "/tr/help/articles/return-an-item/urunu-nasil-iade-ederim/"


@pytest.fixture(autouse=True)
def _no_old_traces() -> None:
    stream.client().delete(stream.STREAM)


def test_the_first_page_lists_every_category_in_both_languages(client: Any, demo: Any) -> None:
    turkish = client.get("/tr/help/").content.decode()
    assert "İade ve değişim" in turkish and "Ürünü nasıl iade ederim?" in turkish
    english = client.get("/en/help/").content.decode()
    assert "Returns and exchanges" in english and "How do I return something?" in english


def test_an_empty_help_is_a_page_too(client: Any, db: None) -> None:
    assert client.get("/en/help/").status_code == 200
    assert client.get("/en/help/search/", {"q": "returns"}).status_code == 200


def test_results_are_a_page_and_a_fragment_while_typing(client: Any, demo: Any) -> None:
    page = client.get("/en/help/search/", {"q": "send it back"}).content.decode()
    assert "<html" in page and "/en/help/articles/return-an-item/how-do-i-return-something/?q=send%20it%20back" in page
    fragment = client.get("/en/help/search/", {"q": "send it ba"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and "return-an-item" in fragment


def test_no_answer_is_said(client: Any, demo: Any) -> None:
    page = client.get("/en/help/search/", {"q": "capital of mongolia"}).content.decode()
    assert "We have no answer to that yet." in page


@pytest.mark.parametrize("question", ["x" * 10_000, "\x00", "a\x00b", "<script>alert(1)</script>", "' OR 1=1 --"])
def test_strange_questions_are_harmless(client: Any, demo: Any, question: str) -> None:
    answer = client.get("/en/help/search/", {"q": question})
    assert answer.status_code == 200
    assert b"<script>alert" not in answer.content


def test_an_article_has_one_address_and_says_so(client: Any, demo: Any) -> None:
    page = client.get(ARTICLE).content.decode()
    assert f'rel="canonical" href="http://localhost:8000{ARTICLE}"' in page
    assert "<strong>14 gün içinde, neden göstermeden</strong>" in page
    moved = client.get("/tr/help/articles/return-an-item/old-title/?q=iade")
    assert (moved.status_code, moved["Location"]) == (301, ARTICLE + "?q=iade")


def test_the_language_switch_leads_to_the_same_article(client: Any, demo: Any, write: Any) -> None:
    page = client.get(ARTICLE)
    other = "/en/help/articles/return-an-item/how-do-i-return-something/"
    assert page.context["alternates"] == {"tr": ARTICLE, "en": other}
    assert other in page.content.decode() and client.get(other).status_code == 200
    write("only-english", title="Only English")
    assert client.get("/en/help/articles/only-english/only-english/").context["alternates"]["tr"] == "/tr/help/"


@pytest.mark.parametrize(
    "path",
    ["articles/nothing/at-all/", "articles/a%00b/c/", "articles/hidden/hidden/", "categories/none/", "votes/1/"],
)
def test_what_is_not_there_is_not_found(client: Any, write: Any, db: None, path: str) -> None:
    write("hidden", title="Hidden", is_published=False)
    answer = client.post(f"/en/help/{path}", {"helpful": "yes"}) if "votes" in path else client.get(f"/en/help/{path}")
    assert answer.status_code == 404


def test_strangers_do_not_see_hidden_articles_anywhere(client: Any, write: Any, db: None) -> None:
    write("hidden", title="Hidden treasure", is_published=False, category="secrets")
    for path in ("", "categories/secrets/", "search/?q=hidden+treasure"):
        assert b"Hidden treasure" not in client.get(f"/en/help/{path}").content


def test_a_script_in_an_article_does_no_harm(client: Any, write: Any, db: None) -> None:
    body = (
        'Hi <script>alert(1)</script><img src=x onerror="alert(2)">\n\n[click](javascript:alert(3))\n\n'
        '<a href="data:text/html,x" onclick="y()">z</a><style>*{}</style><iframe src="//evil"></iframe>'
        " **bold**\n\n# Big"
    )
    write("evil", title="<b>Evil</b> & co", body=body)
    page = client.get("/en/help/articles/evil/b-evil-b-co/").content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    for bad in ("<script", "onerror", "javascript:", "onclick", "data:text", "<style", "<iframe", "<img", "<b>Evil"):
        assert bad not in main
    assert "<strong>bold</strong>" in main and main.count("<h1") == 1 and "&lt;b&gt;Evil&lt;/b&gt; &amp; co" in main


def test_any_reference_makes_an_address_that_opens(client: Any, write: Any, db: None) -> None:
    for reference in ("Şikâyet 1/2", "a?b#c", "100%", "x&y=z", "it's"):
        url = write(reference, title=f"About {len(reference)}").article.get_absolute_url().replace("/tr/", "/en/")
        assert client.get(url).status_code == 200, reference


def test_searches_and_readings_become_traces(login: Any, ada: Any, demo: Any) -> None:
    client = login(ada)
    client.get("/tr/help/search/", {"q": "iade"})
    client.get("/tr/help/search/", {"q": "iad"}, headers={"HX-Request": "true"})
    client.get(ARTICLE, {"q": "iade"})
    copy_traces()
    searched = Interaction.objects.get(kind="knowledgebase.help.searched", customer=ada)
    assert searched.data["query"] == "iade" and searched.data["results"] > 0 and searched.data["language"] == "tr"
    viewed = Interaction.objects.get(kind="knowledgebase.article.viewed", customer=ada)
    article = knowledgebase.articles_by_reference(["return-an-item"], "tr")[0]
    assert (viewed.subject, viewed.data["query"]) == (f"knowledgebase.article:{article.id}", "iade")


def test_what_was_read_is_known_to_the_ticket_that_follows(client: Any, demo: Any) -> None:
    client.get("/en/help/search/", {"q": "send it back"})
    for one in knowledgebase.search_articles("return refund money back card payment", language="en", limit=20):
        client.get(one.url)
    client.get("/en/help/articles/return-an-item/how-do-i-return-something/")
    reading = knowledgebase.recent_reading(client.session)
    assert reading.query == "send it back"
    assert reading.references[-1] == "return-an-item"
    assert len(set(reading.references)) == len(reading.references) <= 10


def test_nothing_is_known_of_a_fresh_or_broken_session(client: Any, db: None) -> None:
    assert knowledgebase.recent_reading(client.session) == knowledgebase.Reading("", ())
    assert knowledgebase.recent_reading({"knowledgebase_reading": "x"}) == knowledgebase.Reading("", ())  # type: ignore[arg-type]


# --- The ten-thousandth row ------------------------------------------------------------------------------


def names(queries: CaptureQueriesContext) -> list[str]:
    """What the queries of this app ask for."""
    tables = ("knowledgebase_article", "knowledgebase_category", "knowledgebase_term", "knowledgebase_vote")
    found = []
    for query in queries.captured_queries:
        table = next((name for name in tables if f'FROM "{name}' in query["sql"] or f"FROM {name}" in query["sql"]), "")
        if table:
            found.append(table.removeprefix("knowledgebase_"))
    return found


@pytest.mark.parametrize("number", [3, 30])
def test_the_first_page_asks_the_same_however_much_there_is(
    write: Any, db: None, number: int, django_assert_num_queries: Any
) -> None:
    for index in range(number):
        write(f"a{index}", title=f"Title {index}", category=f"Category {index % 3}")
    # Expect 4 queries: categories with their first articles; articles without one; the articles; category titles
    with django_assert_num_queries(4):
        found = shelves("en")
    assert max(len(shelf.articles) for shelf in found) <= SHOWN_PER_CATEGORY
    assert [shelf.has_more for shelf in found] == [number == 30] * 3


def test_pages_pin_their_queries(demo: Any, django_assert_max_num_queries: Any) -> None:
    from django.db import connection

    client = Client()
    client.get("/tr/help/")  # fills the caches of the frame
    expected = {
        # categories, loose articles, articles, titles
        "/tr/help/": ["category", "article", "article", "categorytext"],
        # the category, count, articles, titles
        "/tr/help/categories/returns/": ["category", "article", "article", "categorytext"],
        # word counts, words, candidates, the found articles
        "/tr/help/search/?q=iade": ["term", "term", "article", "article"],
        # the article, its vote, titles, related, alternates
        ARTICLE: ["article", "vote", "categorytext", "article", "article"],
    }
    for url, wanted in expected.items():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        assert len(names(queries)) == len(wanted), (url, [query["sql"][:150] for query in queries.captured_queries])


def test_a_category_of_many_articles_has_pages(client: Any, write: Any, db: None) -> None:
    for index in range(51):
        write(f"a{index}", title=f"Title {index}", category="many")
    assert b"Page 1 of 2" in client.get("/en/help/categories/many/").content
    last = client.get("/en/help/categories/many/?page=99")
    assert last.status_code == 200 and b"Title 50" in last.content
