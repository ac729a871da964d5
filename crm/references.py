"""References: how this app names things of others ("shop.product:42") without knowing them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse

from crm.models import OutgoingMail


@dataclass(frozen=True)
class Link:
    """How a referenced thing is shown to staff: a label, and where to open it ("" for nowhere)."""

    label: str
    url: str = ""


# Gets the ids after the colon, answers those that exist.
Resolver = Callable[[list[str]], dict[str, Link]]

_resolvers: dict[str, Resolver] = {}


def register_references(name: str, resolver: Resolver) -> None:
    """Say how references that start with `name` ("shop.product") are shown. Call it from AppConfig.ready()."""
    _resolvers[name] = resolver


def resolve_references(references: Iterable[str]) -> dict[str, Link]:
    """Links of the given references, one resolver call for each kind of thing. Unknown ones are left out."""
    ids: dict[str, list[str]] = defaultdict(list)
    for reference in set(references):
        name, _, id = reference.partition(":")
        if name in _resolvers and id:
            ids[name].append(id)
    return {f"{name}:{id}": link for name, wanted in ids.items() for id, link in _resolvers[name](wanted).items()}


def _mails(ids: list[str]) -> dict[str, Link]:
    mails = OutgoingMail.objects.filter(pk__in=[int(id) for id in ids if id.isdecimal()]).only("subject")
    return {
        str(mail.pk): Link(mail.subject, reverse("admin:crm_outgoingmail_change", args=[mail.pk])) for mail in mails
    }


def register() -> None:
    register_references("crm.mail", _mails)
