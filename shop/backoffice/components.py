"""The living page of what pages are put together from, for staff: every component in its states, in both colours."""

from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from shop.home.selectors import window_shelves
from shop.index.refresh import version_for

THEMES = (("light", _("Light")), ("dark", _("Dark")))
COLOURS = (
    *("paper", "card", "sunken", "line", "line-strong", "ink-soft", "ink"),
    *("clay-wash", "clay", "clay-deep", "teal-wash", "teal", "teal-deep"),
    *("mustard-wash", "mustard", "star", "sage-wash", "sage", "brick-wash", "brick"),
)
STATES = ("pending", "confirmed", "paid", "packed", "part_shipped", "shipped", "delivered", "cancelled")


class SampleForm(forms.Form):
    """One field of each kind, asked for and answered as nobody should."""

    name = forms.CharField(label=_("First and last name"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(label=_("E-mail"), help_text=_("Your confirmation and the tracking link go here."))
    country = forms.ChoiceField(label=_("Country"), choices=[("TR", "Türkiye"), ("DE", "Deutschland")])
    quantity = forms.IntegerField(label=_("Quantity"), widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    message = forms.CharField(label=_("Your message"), widget=forms.Textarea(attrs={"rows": 3}))
    photo = forms.FileField(label=_("Files"), required=False)
    accept = forms.BooleanField(label=_("We need your agreement before the payment."))


@dataclass(frozen=True)
class Theme:
    code: str
    name: Any
    form: SampleForm
    wrong: SampleForm


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Everything of templates/components, and what the shop's pages have in common beside it."""
    shelves = window_shelves(version_for(request), get_language() or settings.LANGUAGE_CODE)
    context = {
        "themes": [
            Theme(
                code,
                name,
                SampleForm(prefix=code, initial={"name": "Ada Yılmaz", "quantity": 1}),
                SampleForm({f"{code}-w-email": "ada@", f"{code}-w-quantity": "x"}, prefix=f"{code}-w"),
            )
            for code, name in THEMES
        ],
        "colours": COLOURS,
        "states": STATES,
        "letters": "Ğğ İi Iı Şş Çç Öö Üü ₺123",
        "cards": shelves[0].cards[:2] if shelves else [],
        "picture": next((card.picture for shelf in shelves for card in shelf.cards if card.picture), ""),
        "price": Decimal("1234.50"),
        "before": Decimal("1490.00"),
        "ratings": [Decimal(0), Decimal("2.5"), Decimal("4.3"), Decimal(5)],
        "kinds": ("", "success", "warning", "error"),
        "listing": SimpleNamespace(page=3, pages=9, page_numbers=[1, 2, 3, 4, None, 9], previous_page=2, next_page=4),
        "robots": "noindex",
    }
    return render(request, "shop/admin/components_show.html", context)
