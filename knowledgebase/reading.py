"""What a shopper searched for and read in this session, for the ticket that may follow."""

from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from knowledgebase.votes import bounded

KEY = "knowledgebase_reading"
MAX_READ = 10


@dataclass(frozen=True)
class Reading:
    """`query` is the last search, "" for none; `references` the articles read, the latest last, ten at most."""

    query: str
    references: tuple[str, ...]


def recent_reading(session: SessionBase) -> Reading:
    """What is known of a session (`request.session`); empty if nothing."""
    kept: Any = session.get(KEY)
    if not isinstance(kept, dict):
        return Reading("", ())
    return Reading(str(kept.get("query", "")), tuple(str(one) for one in kept.get("references", [])))


def note_search(session: SessionBase, query: str) -> None:
    _keep(session, bounded(query, 200), recent_reading(session).references)


def note_article(session: SessionBase, reference: str) -> None:
    reading = recent_reading(session)
    _keep(session, reading.query, (*(one for one in reading.references if one != reference), reference))


def _keep(session: SessionBase, query: str, references: tuple[str, ...]) -> None:
    kept = {"query": query, "references": list(references[-MAX_READ:])}
    if session.get(KEY) != kept:
        session[KEY] = kept
