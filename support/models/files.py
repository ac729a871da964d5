"""Files of a ticket: outside MEDIA, served by views that check who asks."""

import secrets

from django.core.files.storage import Storage, storages
from django.db import models
from django.utils.translation import gettext_lazy as _
from helpdesk.models import FollowUp, Ticket


def private_storage() -> Storage:
    return storages["private"]


def random_path(instance: "TicketFile", name: str) -> str:
    """Nothing of the sender's file name reaches the disk."""
    return f"tickets/{instance.ticket_id}/{secrets.token_hex(16)}"


class TicketFile(models.Model):
    """What somebody attached: to the opening message (`followup` is empty) or to a later one."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="files", verbose_name=_("ticket"))
    followup = models.ForeignKey(
        FollowUp, models.PROTECT, null=True, blank=True, related_name="files", verbose_name=_("follow-up")
    )
    file = models.FileField(_("file"), storage=private_storage, upload_to=random_path, max_length=200)
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return self.name
