"""Articles in the admin: edited through the service, former texts kept, no query for each row."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm import api as crm
from knowledgebase import api as knowledgebase
from knowledgebase.models import Article, Revision, Vote

LIST = "/admin/knowledgebase/article/"


def form(article: Article | None = None, **changes: Any) -> dict[str, Any]:
    data = {
        "title": "How do I return something?",
        "body": "Send it back.",
        "aliases": "send back\r\nreturn policy",
        "comment": "clearer",
        "is_published": "on",
        "publish_text": "on",
        "category": "",
        "revisions-TOTAL_FORMS": 0,
        "revisions-INITIAL_FORMS": 0,
        **changes,
    }
    if article is None:
        data.setdefault("reference", "return-it")
        data.setdefault("language", "en")
    return {key: value for key, value in data.items() if value is not None}


def test_an_agent_writes_an_article(login: Any, grace: Any) -> None:
    answer = login(grace).post(LIST + "add/", form())
    assert answer.status_code == 302, answer.context["errors"]
    revision = Article.objects.visible().get().current_revision
    assert (revision.aliases, revision.actor) == (["send back", "return policy"], f"staff:{grace.pk}")


def test_editing_makes_a_new_text_and_keeps_the_former_one(login: Any, grace: Any, write: Any) -> None:
    saved = write("return-it")
    client = login(grace)
    page = reverse("admin:knowledgebase_article_change", args=[saved.article.pk])
    assert "Send it back within" in client.get(page).content.decode()
    answer = client.post(page, form(saved.article, body="Use the form."))
    assert answer.status_code == 302, answer.context["errors"]
    article = Article.objects.get()
    assert article.current_revision.body == "Use the form." and article.current_revision.comment == "clearer"
    assert Revision.objects.get(pk=saved.revision.pk).body == "Send it back within **14 days**."
    client.post(page, form(saved.article, body="Use the form."))
    assert Revision.objects.count() == 2


def test_a_draft_waits_until_it_is_published(login: Any, grace: Any, write: Any) -> None:
    saved = write("return-it")
    client = login(grace)
    page = reverse("admin:knowledgebase_article_change", args=[saved.article.pk])
    client.post(page, form(saved.article, body="A draft.", publish_text=None))
    assert Article.objects.get().current_revision == saved.revision
    assert "A draft." in client.get(page).content.decode()
    client.post(page, form(saved.article, body="A draft."))
    assert Article.objects.get().current_revision.body == "A draft."
    assert Revision.objects.count() == 2


def test_what_cannot_be_an_article_is_told(login: Any, grace: Any) -> None:
    answer = login(grace).post(LIST + "add/", form(reference="a/../b"))
    assert answer.status_code == 200 and "the id must be" in str(answer.context["errors"])
    assert not Article.objects.exists()


def test_articles_are_found_filtered_and_never_deleted(login: Any, linus: Any, write: Any, now: datetime) -> None:
    disliked = write("şikayet", title="Şikâyetim var", language="tr")
    write("fine", title="All is well")
    for voter in "abc":
        knowledgebase.vote_on_article(
            disliked.revision.pk, who=crm.Who(None, None), voter=voter, is_helpful=False, now=now
        )
    client = login(linus)

    def titles(**filters: str) -> set[str]:
        return {str(article) for article in client.get(LIST, filters).context["cl"].result_list}

    assert titles() == {"Şikâyetim var", "All is well"}
    assert titles(q="SIKAYETIM") == {"Şikâyetim var"}
    assert titles(language__exact="en") == {"All is well"}
    assert titles(attention="yes") == {"Şikâyetim var"}
    assert [client.get(LIST, {"q": odd}).status_code for odd in ("\0", "x" * 10_000)] == [400, 200]
    assert client.get(f"{LIST}{disliked.article.pk}/delete/").status_code == 403
    assert client.get("/admin/knowledgebase/vote/").status_code == 200


def test_the_list_asks_the_same_however_many_rows(login: Any, grace: Any, write: Any) -> None:
    client = login(grace)
    counts = []
    for total in (2, 30):
        for index in range(Article.objects.count(), total):
            write(f"a{index}", title=f"Title {index}", category=f"c{index % 4}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        counts.append(len([query for query in queries.captured_queries if "knowledgebase_" in query["sql"]]))
    # Expect: the categories of the filter, a count, the rows with their votes
    assert counts[0] == counts[1] <= 4


def test_mallory_and_strangers_are_kept_out(client: Any, mallory: Any, login: Any, write: Any) -> None:
    saved = write("return-it")
    for browser in (client, login(mallory)):
        answer = browser.post(f"{LIST}{saved.article.pk}/change/", form(saved.article, body="Hacked"))
        assert answer.status_code == 302 and "login" in answer["Location"]
    assert Revision.objects.count() == 1 and not Vote.objects.exists()
