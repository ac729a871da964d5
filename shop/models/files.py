"""Files of products that staff brought: what was found in them, how far they were written, what was refused."""

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def private() -> Storage:
    return storages["private"]


class CatalogueFile(models.Model):
    """One upload, from its preview to its report. shop/files/jobs.py moves it on."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("being looked at")
        CHECKED = "checked", _("to be confirmed")
        RUNNING = "running", _("being written")
        DONE = "done", _("done")
        BROKEN = "broken", _("cannot be read")
        DROPPED = "dropped", _("dropped")

    class Form(models.TextChoices):
        OWN = "own", _("our own CSV")
        SHOPIFY = "shopify", "Shopify"

    name = models.CharField(_("file"), max_length=200)
    file = models.FileField(_("file"), storage=private, upload_to="catalogue/%Y/%m/")
    pictures = models.FileField(_("pictures"), storage=private, upload_to="catalogue/%Y/%m/", blank=True)
    form = models.CharField(_("form"), max_length=10, choices=Form.choices, blank=True)
    # Of what a file says in one language; the reasons of its report are in that of whoever brought it.
    language = models.CharField(_("language"), max_length=8)
    report_language = models.CharField(_("language of the report"), max_length=8)
    currency = models.CharField(_("currency"), max_length=12, blank=True)
    actor = models.CharField(_("who"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UPLOADED)
    uploaded_at = models.DateTimeField(_("uploaded"))
    moved_at = models.DateTimeField(_("last moved"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # Products and variants in it, and how many of them the step that runs has gone through.
    total = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    same = models.PositiveIntegerField(_("as they were"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    # The first that would be made or changed: [{"line", "sku", "title", "outcome", "changes": [[field, old, new]]}].
    preview = models.JSONField(_("preview"), default=list, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("catalogue file")
        verbose_name_plural = _("catalogue files")
        constraints = [models.CheckConstraint(condition=Q(done__lte=models.F("total")), name="no_more_done_than_read")]
        indexes = [
            models.Index(
                fields=["moved_at"], condition=Q(state__in=("uploaded", "running")), name="shop_cataloguefile_moving"
            )
        ]

    def __str__(self) -> str:
        return self.name


class CatalogueProblem(models.Model):
    """What a person has to know about one line of a file. Refused: its product was not written."""

    file = models.ForeignKey(CatalogueFile, models.CASCADE, related_name="problems", verbose_name=_("file"))
    line = models.PositiveIntegerField(_("line"))
    sku = models.CharField(_("SKU"), max_length=64, blank=True)
    field = models.CharField(_("column"), max_length=60, blank=True)
    reason = models.TextField(_("reason"))
    is_refusal = models.BooleanField(_("refused"), default=True)

    class Meta:
        verbose_name = _("problem of a catalogue file")
        verbose_name_plural = _("problems of catalogue files")
        ordering = ("line", "pk")

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"
