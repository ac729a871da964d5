"""Who may work at the desk."""

from typing import Any

from django.db.models import Q, QuerySet

from crm import api as crm

GROUPS = ("agents", "managers")


def active_agents() -> QuerySet[crm.User]:
    """Active staff in the groups agents or managers, and active superusers."""
    is_in_group = Q(is_staff=True, groups__name__in=GROUPS)
    return crm.User.objects.filter(Q(is_superuser=True) | is_in_group, is_active=True).distinct().order_by("email")


def is_agent(user: Any) -> bool:
    """Asked for every page and button of the desk: being staff alone is not enough."""
    if not (user.is_authenticated and user.is_active):
        return False
    if user.is_superuser:
        return True
    return bool(user.is_staff) and user.groups.filter(name__in=GROUPS).exists()
