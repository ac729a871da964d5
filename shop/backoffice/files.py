"""Files of products in the back office: upload, preview, confirm, progress, report; and the way out."""

import csv
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from crm import api as crm
from shop.backoffice.words import LABELS
from shop.files.exporting import export_lines, safe_cell
from shop.files.jobs import LARGEST_FILE, LARGEST_ZIP, HasMoved, confirm_file, drop_file, take_file
from shop.files.own import COLUMNS
from shop.files.waking import wake_worker
from shop.models import CatalogueFile, CatalogueProblem
from shop.shipping.options import CURRENCIES
from shop.templatetags.writing import capital

STATE_COLOURS = {
    "uploaded": "info",
    "checked": "warning",
    "running": "info",
    "done": "success",
    "broken": "danger",
    "dropped": "info",
}
PROBLEMS_SHOWN = 100
# What a preview speaks of, as the page of a product calls it.
CHANGED: dict[str, Any] = {
    **{f"{part}_{language}": label for part, labels in LABELS.items() for language, label in labels.items()},
    "slug": _("In the address"),
    "is_public": _("public"),
    "price": _("price"),
    "price_currency": _("Currency"),
    "vat_rate": _("VAT rate in %"),
    "num_in_stock": _("in stock"),
    "weight_g": _("Weight in grams"),
    "categories": _("Categories"),
    "pictures": _("Pictures"),
}


class UploadForm(forms.Form):
    # unfold's own script looks for the text field of unfold's own widget when a file is chosen, and fails without it.
    file = forms.FileField(label=_("CSV file"), widget=UnfoldAdminFileFieldWidget)
    pictures = forms.FileField(label=_("ZIP with the pictures"), required=False, widget=UnfoldAdminFileFieldWidget)
    language = forms.ChoiceField(label=_("Language of a Shopify file"), choices=settings.LANGUAGES)
    currency = forms.ChoiceField(label=_("Currency of a Shopify file"), choices=[(code, code) for code in CURRENCIES])

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(
                _now("Up to %(limit)d MB: please divide the file.") % {"limit": LARGEST_FILE >> 20}
            )
        return file

    def clean_pictures(self) -> Any:
        file = self.cleaned_data["pictures"]
        if file is None:
            return None
        if file.size > LARGEST_ZIP:
            raise forms.ValidationError(
                _now("Up to %(limit)d MB: please divide the file.") % {"limit": LARGEST_ZIP >> 20}
            )
        if not zipfile.is_zipfile(file):
            raise forms.ValidationError(_now("This is no ZIP file."))
        file.seek(0)
        return file


@admin.register(CatalogueFile)
class CatalogueFileAdmin(ModelAdmin):
    """A file is moved by its buttons only."""

    list_display = ("name", "state_shown", "created", "changed", "same", "refused", "uploaded_at")
    ordering = ("-uploaded_at", "-pk")
    list_filter = ("state",)
    show_full_result_count = False
    actions = None
    list_before_template = "shop/admin/_files_head.html"

    class Media:
        css = {"all": ["css/desk.css", "css/goods.css"]}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("catalogue.change_product") and request.user.has_perm("partner.change_stockrecord")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @display(description=_("state"), label=STATE_COLOURS, ordering="state")
    def state_shown(self, taken: CatalogueFile) -> tuple[str, str]:
        return taken.state, taken.get_state_display()

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("export/", wrap(require_GET(self.export)), name="shop_cataloguefile_export"),
            path("<int:file_id>/confirm/", wrap(require_POST(self.confirm)), name="shop_cataloguefile_confirm"),
            path("<int:file_id>/drop/", wrap(require_POST(self.drop)), name="shop_cataloguefile_drop"),
            path("<int:file_id>/problems.csv", wrap(require_GET(self.report)), name="shop_cataloguefile_report"),
            *super().get_urls(),
        ]

    # --- In ---

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        self._check(request)
        defaults = {"language": request.LANGUAGE_CODE, "currency": settings.OSCAR_DEFAULT_CURRENCY}
        form = UploadForm(request.POST or None, request.FILES or None, initial=defaults)
        if request.method == "POST" and form.is_valid():
            with transaction.atomic():
                taken = take_file(
                    form.cleaned_data["file"],
                    pictures=form.cleaned_data["pictures"],
                    language=form.cleaned_data["language"],
                    report_language=request.LANGUAGE_CODE,
                    currency=form.cleaned_data["currency"],
                    actor=crm.actor_of(request),
                    now=timezone.now(),
                )
                transaction.on_commit(partial(wake_worker, "check", taken.pk))
            return redirect("admin:shop_cataloguefile_change", taken.pk)
        context = {"form": form, "columns": COLUMNS, "title": _now("Bring products in a file")}
        return self._page(request, "shop/admin/file_add.html", context, status=422 if form.errors else 200)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        self._check(request)
        if request.method != "GET" or not (object_id.isascii() and object_id.isdecimal()) or len(object_id) > 15:
            raise Http404
        taken = get_object_or_404(CatalogueFile, pk=int(object_id))
        context = {
            "title": taken.name,
            "taken": taken,
            "preview": [_readable(entry) for entry in taken.preview],
            "is_moving": taken.state in (CatalogueFile.State.UPLOADED, CatalogueFile.State.RUNNING),
            "problems": taken.problems.all()[:PROBLEMS_SHOWN],
            "problem_count": taken.problems.count(),
            "to_write": taken.created + taken.changed,
        }
        return self._page(request, "shop/admin/file_show.html", context)

    def confirm(self, request: HttpRequest, file_id: int) -> HttpResponse:
        self._check(request)
        try:
            with transaction.atomic():
                confirm_file(file_id, actor=crm.actor_of(request), now=timezone.now())
                transaction.on_commit(partial(wake_worker, "run", file_id))
        except CatalogueFile.DoesNotExist as error:
            raise Http404 from error
        except HasMoved as error:
            messages.warning(request, _now("Nothing was changed: it is %(state)s by now.") % {"state": error.state})
        return redirect("admin:shop_cataloguefile_change", file_id)

    def drop(self, request: HttpRequest, file_id: int) -> HttpResponse:
        self._check(request)
        try:
            drop_file(file_id, now=timezone.now())
        except CatalogueFile.DoesNotExist as error:
            raise Http404 from error
        except HasMoved as error:
            messages.warning(request, _now("Nothing was changed: it is %(state)s by now.") % {"state": error.state})
        return redirect("admin:shop_cataloguefile_change", file_id)

    # --- Out ---

    def export(self, request: HttpRequest) -> StreamingHttpResponse:
        self._check(request)
        lines = export_lines(for_spreadsheets=request.GET.get("for") == "spreadsheets")
        return download(lines, "products.csv")

    def report(self, request: HttpRequest, file_id: int) -> StreamingHttpResponse:
        self._check(request)
        taken = get_object_or_404(CatalogueFile, pk=file_id)
        return download(_report_lines(taken), f"report-{taken.pk}.csv")

    # --- Parts ---

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        request.current_app = self.admin_site.name
        whole = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return render(request, template, whole, status=status)


def _readable(entry: dict[str, Any]) -> dict[str, Any]:
    changes = [(capital(CHANGED.get(name, name)), old, new) for name, old, new in entry["changes"]]
    return {**entry, "changes": changes}


def _report_lines(taken: CatalogueFile) -> Iterator[str]:
    writer = csv.writer(_Line())
    heading = [_now("line"), _now("SKU"), _now("column"), _now("reason"), _now("refused")]
    yield "\ufeff" + writer.writerow(heading)
    problems: Any = CatalogueProblem.objects.filter(file=taken).order_by("line", "pk")
    fields = ("line", "sku", "field", "reason", "is_refusal")
    for line, *words, is_refusal in problems.values_list(*fields).iterator(chunk_size=2000):
        yield writer.writerow([line, *map(safe_cell, words), int(is_refusal)])


def download(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    """A CSV file that goes out as it is made."""
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


class _Line:
    def write(self, line: str) -> str:
        return line
