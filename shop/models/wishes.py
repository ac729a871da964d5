"""What somebody means to buy some day."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WishList(models.Model):
    """One for each account; a guest's is known by a signed cookie, and joins the account's at the next login."""

    customer = models.OneToOneField(
        "crm.Customer", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    # Whoever has this may look at the list; null: nobody.
    share_key = models.CharField(_("key to share"), max_length=32, null=True, blank=True, unique=True)
    shows_name = models.BooleanField(_("shows its owner's first name"), default=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("wish list")
        verbose_name_plural = _("wish lists")

    def __str__(self) -> str:
        return str(self.pk)


class Wish(models.Model):
    """A product with a page of its own, so no variant."""

    wish_list = models.ForeignKey(WishList, models.CASCADE, related_name="wishes", verbose_name=_("wish list"))
    product = models.ForeignKey("catalogue.Product", models.CASCADE, related_name="wishes", verbose_name=_("product"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        constraints = [models.UniqueConstraint(fields=["wish_list", "product"], name="a_product_is_wished_for_once")]

    def __str__(self) -> str:
        return str(self.product_id)
