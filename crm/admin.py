"""The back office's view of customers: read here, changed by services."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.paginator import InfinitePaginator

from crm.consents import wants_offers
from crm.interactions import timeline_page
from crm.models import Consent, Customer, Identity, Interaction, OutgoingMail, Suppression, User

admin.site.unregister(Group)

# Without a template: mail of Django's own, which is about passwords.
WITH_A_KEY = ("", "crm/email/verify_address")


class ReadOnlyAdmin(ModelAdmin):
    """What is a record of the past, or changed by services only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


class AccountCreationForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("email",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = AccountCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "first_name", "last_name", "is_staff", "last_login")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    readonly_fields = ("email_verified_at", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "email_verified_at")}),
        (_("Person"), {"fields": ("first_name", "last_name")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("name_or_number", "addresses", "language", "has_account", "created_at")
    list_filter = ("language", ("account", admin.EmptyFieldListFilter))
    search_fields = ("name", "identities__value")
    ordering = ("-created_at", "-pk")
    paginator = InfinitePaginator
    show_full_result_count = False
    fields = ("name", "language", "interests", "has_account", "addresses", "offers", "created_at", "merged_into")
    readonly_fields = fields
    change_form_after_template = "crm/admin/customer_timeline.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        emails = Identity.objects.filter(kind=Identity.Kind.EMAIL).order_by("verified_at", "pk")
        return (
            super()
            .get_queryset(request)
            .filter(merged_into=None)
            .select_related("account")
            .prefetch_related(Prefetch("identities", emails, to_attr="emails"))
        )

    @display(description=_("customer"), ordering="name")
    def name_or_number(self, customer: Customer) -> str:
        return str(customer)

    @display(description=_("e-mail addresses"))
    def addresses(self, customer: Customer) -> str:
        emails: list[Identity] = getattr(customer, "emails", [])
        return ", ".join(f"{email.value}{' ✓' if email.verified_at else ''}" for email in emails) or "–"

    @display(description=_("account"), boolean=True)
    def has_account(self, customer: Customer) -> bool:
        return customer.account_id is not None

    @display(description=_("wants offers"), boolean=True)
    def offers(self, customer: Customer) -> bool:
        return wants_offers(customer.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        is_number = object_id.isascii() and object_id.isdigit() and len(object_id) < 19
        page = timeline_page(int(object_id), before=request.GET.get("before", "")) if is_number else None
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "timeline": page})


@admin.register(Interaction)
class InteractionAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "kind", "customer", "subject", "actor")
    list_filter = ("kind",)
    list_select_related = ("customer",)
    ordering = ("-occurred_at", "-id")
    paginator = InfinitePaginator
    show_full_result_count = False


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    list_display = ("subject", "to", "status_badge", "is_marketing", "queued_at")
    list_filter = ("status", "is_marketing", "language")
    search_fields = ("to", "subject")
    ordering = ("-queued_at", "-pk")
    paginator = InfinitePaginator
    show_full_result_count = False
    fields = (
        ("status", "attempts"),
        ("to", "from_email"),
        "subject",
        "words",
        ("queued_at", "sent_at", "next_attempt_at"),
        "error",
        ("customer", "reference"),
        ("template", "language", "is_marketing"),
        "message_id",
        "headers",
    )

    readonly_fields = ("words",)

    @display(description=_("text"))
    def words(self, mail: OutgoingMail) -> str:
        """Links that open or prove an account are their owner's: an agent who read one could become a manager."""
        if mail.template in WITH_A_KEY:
            return "–"
        return mail.text

    @display(
        description=_("status"),
        ordering="status",
        label={"sent": "success", "retry": "warning", "failed": "danger", "bounced": "danger", "sending": "info"},
    )
    def status_badge(self, mail: OutgoingMail) -> tuple[str, str]:
        return mail.status, mail.get_status_display()


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("stated_at", "customer", "channel", "is_given", "source", "wording")
    list_filter = ("channel", "is_given", "source")
    list_select_related = ("customer",)
    ordering = ("-stated_at", "-pk")


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ("address", "reason", "created_at")
    list_filter = ("reason",)
    search_fields = ("address",)
    ordering = ("-created_at", "-pk")
