"""Names and descriptions of Oscar's products and categories, a row for each language; what a product is for."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

# What slug_of (shop/catalogue/editing.py) makes: plain letters, digits and hyphens, never nothing.
IS_SLUG = models.Q(slug__regex="^[a-z0-9-]+$")


class ProductText(models.Model):
    """What a product is called and said to be in one language. A variant's title is its value: "Blue"."""

    product = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="texts", verbose_name=_("product"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=255)
    # In the address of its page in this language. A variant has no page: its own is in none.
    slug = models.SlugField(_("address"), max_length=200, db_index=False)
    description = models.TextField(_("description"), blank=True)
    # What its variants differ in: "Colour"; empty for a product without variants.
    option_name = models.CharField(_("option"), max_length=60, blank=True)
    # [[name, value], …] as shown on the product page.
    facts = models.JSONField(_("facts"), default=list, blank=True)

    class Meta:
        verbose_name = _("product text")
        verbose_name_plural = _("product texts")
        constraints = [
            models.UniqueConstraint(fields=["product", "language"], name="a_product_text_per_language"),
            models.CheckConstraint(condition=IS_SLUG, name="a_product_text_has_a_slug"),
        ]

    def __str__(self) -> str:
        return self.title


class CategoryText(models.Model):
    category = models.ForeignKey("catalogue.Category", models.CASCADE, related_name="texts", verbose_name=_("category"))
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=255)
    # In the addresses of its page in this language and of those below it.
    slug = models.SlugField(_("address"), max_length=200, db_index=False)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("category text")
        verbose_name_plural = _("category texts")
        constraints = [
            models.UniqueConstraint(fields=["category", "language"], name="a_category_text_per_language"),
            models.CheckConstraint(condition=IS_SLUG, name="a_category_text_has_a_slug"),
        ]

    def __str__(self) -> str:
        return self.title


class ProductInterest(models.Model):
    """What a product is for: "coffee", "knitting". Their names for shoppers are in shop/personal/interests.py."""

    product = models.ForeignKey(
        "catalogue.Product", models.CASCADE, related_name="interests", verbose_name=_("product")
    )
    interest = models.CharField(_("interest"), max_length=40)

    class Meta:
        verbose_name = _("interest of a product")
        verbose_name_plural = _("interests of products")
        constraints = [models.UniqueConstraint(fields=["product", "interest"], name="a_product_has_an_interest_once")]
        indexes = [models.Index(fields=["interest", "product"], name="shop_productinterest_interest")]

    def __str__(self) -> str:
        return self.interest
