"""Who somebody is, however they came: by account, e-mail, phone or browser."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Customer(models.Model):
    """One person. Accounts, addresses and browsers are identities of it, merged only on proof."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="tr")
    country = models.CharField(_("country"), max_length=2, blank=True)
    interests = ArrayField(models.CharField(max_length=40), verbose_name=_("interests"), default=list, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("merged into")
    )
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | models.Q(account__isnull=True),
                name="a_merged_customer_has_no_account",
            ),
        ]

    def __str__(self) -> str:
        return self.name or _("Customer %(id)s") % {"id": self.pk}

    @property
    def reference(self) -> str:
        return f"crm.customer:{self.pk}"


class Identity(models.Model):
    """One way to recognise a customer. An unverified address may be claimed by several customers and proves nothing."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")
        VISITOR = "visitor", _("browser")
        EXTERNAL = "external", _("number in another system")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="identities", verbose_name=_("customer"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    value = models.CharField(_("value"), max_length=254)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="an_identity_is_listed_once"),
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=models.Q(verified_at__isnull=False),
                name="a_verified_identity_has_one_owner",
            ),
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=models.Q(kind__in=("visitor", "external")),
                name="a_browser_or_external_number_has_one_owner",
            ),
        ]
        indexes = [models.Index(fields=["kind", "value"], name="crm_identity_kind_value")]

    def __str__(self) -> str:
        return self.value
