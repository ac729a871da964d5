"""What staff may do, by group. Made anew after every migrate, so that a new room comes with its keys."""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

# group → app label, or one model of an app ("shop.returnrequest") → what its members may do there
ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "agents": {
        "helpdesk": ("view", "add", "change"),
        "support": ("view", "add", "change"),
        "knowledgebase": ("view", "add", "change"),
        "crm": ("view",),
        "order": ("view",),
        "shop.returnrequest": ("view", "change"),
        "shop.review": ("view", "change"),
        "catalogue": ("view",),
    },
    "managers": {
        "helpdesk": ("view", "add", "change", "delete"),
        "support": ("view", "add", "change"),
        "knowledgebase": ("view", "add", "change", "delete"),
        "crm": ("view", "change"),
        "order": ("view", "change"),
        "catalogue": ("view", "add", "change", "delete"),
        "partner": ("view", "add", "change"),
        "shop": ("view", "add", "change", "delete"),
        # What Oscar's dashboard asks for.
        "analytics": ("view",),
        "communication": ("view", "add", "change", "delete"),
        "customer": ("view", "add", "change", "delete"),
        "offer": ("view", "add", "change", "delete"),
        "reviews": ("view", "change", "delete"),
        "shipping": ("view", "add", "change", "delete"),
        "voucher": ("view", "add", "change", "delete"),
        "flatpages": ("view", "add", "change", "delete"),
        "wishlists": ("view",),
        "basket": ("view",),
        "payment": ("view",),
        "address": ("view", "change"),
    },
}
# Accounts and their rights are an owner's (superuser's) business.
FORBIDDEN = ("user",)


def grant_roles(sender: Any, **kwargs: Any) -> None:
    """Receives post_migrate."""
    if not apps.is_installed("django.contrib.auth"):
        return
    for name, rights in ROLES.items():
        wanted = Q(pk__in=[])
        for where, verbs in rights.items():
            label, _, model = where.partition(".")
            which = {"content_type__model": model} if model else {}
            for verb in verbs:
                wanted |= Q(content_type__app_label=label, codename__startswith=f"{verb}_", **which)
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(wanted).exclude(content_type__model__in=FORBIDDEN))
