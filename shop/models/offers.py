"""What an offer is called in each language: Oscar has one name for it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OfferText(models.Model):
    """An offer's name as shoppers read it. Where there is none: shop/offer/words.py."""

    offer = models.ForeignKey("offer.ConditionalOffer", models.CASCADE, related_name="texts", verbose_name=_("offer"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    name = models.CharField(_("name"), max_length=128)

    class Meta:
        verbose_name = _("name of an offer")
        verbose_name_plural = _("names of offers")
        constraints = [models.UniqueConstraint(fields=["offer", "language"], name="an_offer_text_per_language")]

    def __str__(self) -> str:
        return self.name
