"""Did that help?"""

from datetime import datetime

from django.db import transaction

from crm import api as crm
from knowledgebase.models import Article, Revision, Vote


class NothingToVoteOn(LookupError):
    """There is no such text, or nobody may read it."""


@transaction.atomic
def vote_on_article(
    revision_id: int,
    *,
    who: crm.Who,
    voter: str,
    is_helpful: bool,
    now: datetime,
    query: str = "",
    reason: str = "",
) -> Vote:
    """One vote for each reader of a text: a double click or a second tab adds nothing, another opinion replaces.

    `voter` tells readers apart ("customer:7", "visitor:<uuid>"); `query` is the search that led there.

    :raises NothingToVoteOn: if the text is not there to be read
    """
    revision = Revision.objects.filter(pk=revision_id, is_approved=True).select_related("article").first()
    if revision is None or not Article.objects.visible().filter(pk=revision.article_id).exists():
        raise NothingToVoteOn(revision_id)
    query, reason = bounded(query, 200), bounded(reason, 500)
    vote, is_new = Vote.objects.get_or_create(
        revision=revision,
        voter=voter,
        defaults={
            "is_helpful": is_helpful,
            "query": query,
            "reason": reason,
            "created_at": now,
            "changed_at": now,
        },
    )
    if not is_new:
        vote = Vote.objects.select_for_update(of=("self",)).get(pk=vote.pk)
        is_other = vote.is_helpful != is_helpful
        if not is_other and (not reason or reason == vote.reason):
            return vote
        vote.is_helpful = is_helpful
        vote.reason = reason if reason or is_other else vote.reason
        vote.query = query or vote.query
        vote.changed_at = now
        vote.save(update_fields=["is_helpful", "reason", "query", "changed_at"])
        if not is_other:
            return vote
    crm.record(
        "knowledgebase.article.voted",
        customer_id=who.customer_id,
        visitor=who.visitor,
        actor=who.actor,
        now=now,
        subject=f"knowledgebase.article:{revision.article_id}",
        data={"helpful": is_helpful, "query": query, "revision": revision.pk},
    )
    return vote


def move_votes(from_customer: int, to_customer: int) -> None:
    """Two customers turn out to be one: on a text both voted on, the vote of the one who stays counts."""
    old, new = str(crm.Actor.customer(from_customer)), str(crm.Actor.customer(to_customer))
    Vote.objects.filter(voter=old, revision__in=Vote.objects.filter(voter=new).values("revision")).delete()
    Vote.objects.filter(voter=old).update(voter=new)


def bounded(text: str, length: int) -> str:
    """What a stranger typed, short enough to keep."""
    return crm.clean_text(text[: length * 2])[:length]
