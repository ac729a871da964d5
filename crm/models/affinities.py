from django.db import models
from django.utils.translation import gettext_lazy as _


class Affinity(models.Model):
    """Two things that the same customers chose, with how strongly; made anew each night (crm/affinities.py)."""

    subject = models.CharField(_("thing"), max_length=120)
    other = models.CharField(_("goes with"), max_length=120)
    score = models.FloatField(_("score"))
    support = models.PositiveIntegerField(_("customers with both"))

    class Meta:
        verbose_name = _("affinity")
        verbose_name_plural = _("affinities")
        constraints = [models.UniqueConstraint(fields=["subject", "other"], name="an_affinity_is_listed_once")]
        indexes = [models.Index(fields=["subject", "-score"], name="crm_affinity_strongest")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.other}"
