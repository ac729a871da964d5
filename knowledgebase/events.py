"""The interaction kinds of this app."""

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm import api as crm


def _search(data: dict[str, Any]) -> str:
    count = int(data.get("results", 0))
    found = ngettext("%(count)s answer", "%(count)s answers", count) % {"count": count} if count else _now("no answer")
    return f"“{data.get('query', '')}” · {found}"


def _view(data: dict[str, Any]) -> str:
    return _now("after searching for “%(query)s”") % {"query": data["query"]} if data.get("query") else ""


def _vote(data: dict[str, Any]) -> str:
    answer = _now("helped") if data.get("helpful") else _now("did not help")
    return f"{answer} · “{data['query']}”" if data.get("query") else answer


def register() -> None:
    crm.register_kinds(
        crm.Kind("knowledgebase.help.searched", _("Searched the help"), is_trace=True, icon="search", describe=_search),
        crm.Kind(
            "knowledgebase.article.viewed", _("Read a help article"), is_trace=True, icon="article", describe=_view
        ),
        crm.Kind("knowledgebase.article.voted", _("Voted on a help article"), icon="thumbs_up_down", describe=_vote),
    )
