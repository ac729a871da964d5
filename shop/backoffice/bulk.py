"""Two actions on the list of products: many prices, many stocks. Rule → preview of old and new → written."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from crm import api as crm
from shop.files.cells import BadCell, number_of
from shop.prices.bulk import ChangedMeanwhile, NothingToChange, PriceRule, Rule, StockRule, change_all, reckon
from shop.shipping.options import CURRENCIES

SHOWN = 200
TO = pgettext_lazy("a new price or stock", "to")  # without a context it is whom a mail goes to


class AmountField(forms.DecimalField):
    """Written like the prices of a file, 1.234,50 or 1234.50; it may have a sign."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        sign = -1 if text[0] in "-−" else 1
        try:
            number = number_of(text.lstrip("+-−"), has_decimal_commas=get_language() == "tr")
        except BadCell as error:
            raise forms.ValidationError(str(error)) from error
        return sign * number


class PriceForm(forms.Form):
    way = forms.ChoiceField(
        label=_("How"),
        choices=[("percent", _("by per cent (−10 lowers)")), ("add", _("by an amount (−5 lowers)")), ("set", TO)],
    )
    amount = AmountField(label=_("How much"), max_digits=11, decimal_places=2)
    currency = forms.ChoiceField(
        label=_("Only prices in"),
        choices=[(code, code) for code in CURRENCIES],
        initial=settings.OSCAR_DEFAULT_CURRENCY,
    )
    ending = forms.ChoiceField(
        label=_("Prices end in"),
        required=False,
        choices=[("", _("whatever comes out")), ("90", ",90"), ("00", ",00")],
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        way, amount = data.get("way"), data.get("amount")
        if amount is not None:
            if way == "percent" and not Decimal(-100) < amount <= Decimal(1000):
                self.add_error("amount", _now("Between −99 and 1000 per cent."))
            if way == "set" and amount <= 0:
                self.add_error("amount", _now("A price is more than nothing."))
        return data

    def rule(self) -> Rule:
        return PriceRule(**self.cleaned_data)


class StockForm(forms.Form):
    way = forms.ChoiceField(label=_("How"), choices=[("add", _("by (−5 takes away)")), ("set", TO)])
    amount = forms.IntegerField(label=_("How many"), min_value=-10_000_000, max_value=10_000_000)

    def rule(self) -> Rule:
        return StockRule(**self.cleaned_data)


class BulkActions:
    """Mixed into the list of products."""

    admin_site: Any
    opts: Any

    def has_reprice_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("partner.change_stockrecord")

    @action(description=_("Change prices …"), permissions=["reprice"])
    def change_prices(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._change(request, queryset, PriceForm, "change_prices", _now("Change prices"))

    @action(description=_("Change stock …"), permissions=["reprice"])
    def change_stock(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._change(request, queryset, StockForm, "change_stock", _now("Change stock"))

    def _change(
        self, request: HttpRequest, products: QuerySet[Any], form_class: Any, name: str, title: str
    ) -> HttpResponse:
        """The list posts here with its filters in the address; each step posts the same selection again."""
        if not self.has_reprice_permission(request):
            raise PermissionDenied
        step = request.POST.get("step", "")
        form = form_class(request.POST) if step else form_class()
        reckoning = None
        if step and form.is_valid():
            rule = form.rule()
            if step == "write":
                answer = self._write(request, products, rule)
                if answer is not None:
                    return answer
            reckoning = reckon(products, rule)
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "form": form,
            "action": name,
            "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
            "is_all": request.POST.get("select_across") == "1",
            "product_count": products.count(),
            "reckoning": reckoning,
            "rows": reckoning.rows[:SHOWN] if reckoning else [],
            "refused": reckoning.refused[:SHOWN] if reckoning else [],
            "is_price": form_class is PriceForm,
        }
        request.current_app = self.admin_site.name
        return render(request, "shop/admin/products_change.html", context, status=422 if form.errors else 200)

    def _write(self, request: HttpRequest, products: QuerySet[Any], rule: Rule) -> HttpResponse | None:
        """None: it has to be looked at again."""
        token = request.POST.get("token", "")
        try:
            count = change_all(products, rule, token=token, actor=crm.actor_of(request), now=timezone.now())
        except NothingToChange:
            messages.info(request, _now("Nothing was changed: there is nothing to change."))
        except ChangedMeanwhile:
            messages.warning(
                request, _now("Nothing was changed: prices or stock have changed meanwhile. Please look at it again.")
            )
            return None
        else:
            text = ngettext("%d record was changed.", "%d records were changed.", count)
            messages.success(request, text % count)
        return redirect(request.get_full_path())
