"""One vote for each reader of a text, with the search that led there."""

import threading
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from crm import api as crm
from knowledgebase import api as knowledgebase
from knowledgebase.models import Vote


def voted() -> Any:
    return crm.Interaction.objects.filter(kind="knowledgebase.article.voted").order_by("pk")


@pytest.fixture
def revision(db: None, write: Any) -> Any:
    return write("return-it").revision


def test_a_vote_is_kept_and_recorded_with_its_search(revision: Any, ada: Any, now: datetime) -> None:
    who = crm.Who(ada.pk, None)
    knowledgebase.vote_on_article(
        revision.pk, who=who, voter=str(who.actor), is_helpful=True, query="send\x00 back", now=now
    )
    assert Vote.objects.get().query == "send back"
    fact = voted().get()
    assert (fact.customer_id, fact.subject) == (ada.pk, f"knowledgebase.article:{revision.article_id}")
    assert fact.data == {"helpful": True, "query": "send back", "revision": revision.pk}
    [entry] = [entry for entry in crm.timeline(ada.pk) if entry.kind == "knowledgebase.article.voted"]
    assert entry.subject and entry.subject.label == "How do I return something?"


def test_a_double_click_counts_once_and_another_opinion_replaces(revision: Any, now: datetime) -> None:
    who = crm.Who(None, uuid4())
    for is_helpful in (True, True, False, False):
        knowledgebase.vote_on_article(revision.pk, who=who, voter=str(who.actor), is_helpful=is_helpful, now=now)
    assert not Vote.objects.get().is_helpful
    assert [fact.data["helpful"] for fact in voted()] == [True, False]


def test_a_reason_may_follow_and_is_not_lost(revision: Any, now: datetime) -> None:
    who = crm.Who(None, uuid4())
    for reason in ("", "no word on postage", ""):
        knowledgebase.vote_on_article(
            revision.pk, who=who, voter="v", is_helpful=False, reason=reason, query="postage", now=now
        )
    assert (Vote.objects.get().reason, Vote.objects.get().query) == ("no word on postage", "postage")
    assert voted().count() == 1


def test_nobody_votes_on_what_nobody_may_read(db: None, write: Any, now: datetime) -> None:
    hidden = write("hidden", is_published=False).revision
    draft = write("open").article and write("open", body="A draft", publish_text=False).revision
    for id in (hidden.pk, draft.pk, 999_999):
        with pytest.raises(knowledgebase.NothingToVoteOn):
            knowledgebase.vote_on_article(id, who=crm.Who(None, uuid4()), voter="v", is_helpful=True, now=now)
    assert not Vote.objects.exists() and not voted().exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_of_one_reader_are_one_vote(write: Any) -> None:
    revision = write("return-it").revision
    who = crm.Who(None, uuid4())
    barrier = threading.Barrier(20)
    done: list[int] = []

    def click() -> None:
        barrier.wait()
        try:
            knowledgebase.vote_on_article(
                revision.pk, who=who, voter=str(who.actor), is_helpful=True, now=timezone.now()
            )
            done.append(1)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 20
    assert Vote.objects.count() == 1
    assert voted().count() == 1


def test_votes_of_a_merged_customer_move_and_count_once(revision: Any, ada: Any, mallory: Any, now: datetime) -> None:
    for customer in (ada, mallory):
        who = crm.Who(customer.pk, None)
        knowledgebase.vote_on_article(revision.pk, who=who, voter=str(who.actor), is_helpful=True, now=now)
    mallory.account = None
    mallory.save(update_fields=["account"])
    crm.merge_customers(mallory.pk, into_id=ada.pk, reason="test", actor=crm.Actor.system("test"), now=now)
    assert [vote.voter for vote in Vote.objects.all()] == [f"customer:{ada.pk}"]


# --- The page --------------------------------------------------------------------------------------------


def test_voting_works_without_javascript_and_no_offers_a_person(client: Any, revision: Any) -> None:
    page = revision.article.get_absolute_url()
    page = page.replace("/tr/", "/en/")
    assert b"Did this help?" in client.get(page, {"q": "send back"}).content
    url = reverse("knowledgebase:vote", args=[revision.pk])
    answer = client.post(url, {"helpful": "no", "q": "send back"}, follow=True)
    assert answer.redirect_chain == [(f"{page}?q=send+back#feedback", 302)]
    assert b"Sorry that it did not help." in answer.content
    client.post(url, {"helpful": "no", "q": "send back", "reason": "too short"})
    assert (Vote.objects.get().is_helpful, Vote.objects.get().reason) == (False, "too short")


def test_a_vote_by_htmx_answers_with_the_fragment(client: Any, revision: Any) -> None:
    url = reverse("knowledgebase:vote", args=[revision.pk])
    answer = client.post(url, {"helpful": "yes"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and b"<html" not in answer.content and b'id="feedback"' in answer.content


@pytest.mark.parametrize("data", [{}, {"helpful": "maybe"}])
def test_a_vote_without_an_opinion_is_refused(client: Any, revision: Any, data: dict[str, str]) -> None:
    assert client.post(reverse("knowledgebase:vote", args=[revision.pk]), data).status_code == 400
    assert not Vote.objects.exists() and not voted().exists()


def test_votes_are_posted_with_a_token(revision: Any) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("knowledgebase:vote", args=[revision.pk]), {"helpful": "yes"}).status_code == 403
    assert strict.get(reverse("knowledgebase:vote", args=[revision.pk])).status_code == 405
    assert not Vote.objects.exists()


def test_readers_who_object_to_tracking_are_told_apart_by_session(client: Any, revision: Any) -> None:
    from django.test import Client

    for browser in (client, Client()):
        for _ in range(2):
            browser.post(
                reverse("knowledgebase:vote", args=[revision.pk]), {"helpful": "yes"}, headers={"Sec-GPC": "1"}
            )
    assert Vote.objects.count() == 2
