from collections.abc import Sequence
from typing import Any

from babel import Locale
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from crm import api as crm
from shop.orders.placing import Delivery
from shop.payment.providers import Provider, SimulatedCard
from shop.shipping.options import EUROPE, NoSuchOption, get_option


def country_choices() -> list[tuple[str, str]]:
    """Where we deliver, named in the active language, home first."""
    names = Locale.parse(get_language() or settings.LANGUAGE_CODE, sep="-").territories
    abroad = sorted(EUROPE, key=lambda code: crm.fold(names[code]))  # İ beside I, not behind Z
    return [("TR", names["TR"]), *((code, names[code]) for code in abroad)]


class DeliveryForm(forms.Form):
    """Where an order goes and how. Field names follow the browsers' autocomplete words."""

    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("Your confirmation and the tracking link go here."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    name = forms.CharField(
        label=_("First and last name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autocapitalize": "words"}),
    )
    phone = PhoneNumberField(
        label=_("Telephone"),
        region="TR",
        help_text=_("Only for the courier."),
        error_messages={"invalid": _("Please give a telephone number; one from abroad with its country code.")},
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )
    address = forms.CharField(
        label=_("Street, number, flat"),
        max_length=250,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    postcode = forms.CharField(
        label=_("Postcode"),
        max_length=12,
        # Not numeric: the forms of the Netherlands and Ireland have letters.
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "autocapitalize": "characters"}),
    )
    city = forms.CharField(
        label=_("Town or city"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2", "autocapitalize": "words"}),
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=country_choices, widget=forms.Select(attrs={"autocomplete": "country"})
    )
    option = forms.CharField(error_messages={"required": _("Please choose a delivery option.")})
    accept = forms.BooleanField(
        label=_("I have read the preliminary information form and the distance sales contract, and I accept both."),
        error_messages={"required": _("We need your agreement before the payment.")},
    )
    # Which wording the browser showed: shop.documents.terms.wording_of.
    wording = forms.CharField(max_length=64, widget=forms.HiddenInput)
    expected_goods_total = forms.DecimalField(max_digits=12, decimal_places=2, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("option") and data.get("country"):
            try:
                get_option(data["option"], country=data["country"])
            except NoSuchOption:
                self.add_error("option", _("This option does not go to that country. Please choose another one."))
        return data

    @property
    def delivery(self) -> Delivery:
        data = self.cleaned_data
        return Delivery(
            name=data["name"],
            email=data["email"],
            phone=data["phone"].as_e164,
            address=data["address"],
            postcode=data["postcode"],
            city=data["city"],
            country=data["country"],
            option=data["option"],
        )


class PaymentForm(forms.Form):
    """How to pay. Of the simulated card only its number matters, and it is not kept."""

    method = forms.ChoiceField(
        error_messages={
            "required": _("Please choose how to pay."),
            "invalid_choice": _("This order cannot be paid like that. Please choose another way."),
        }
    )
    card_number = forms.CharField(
        label=_("Card number"),
        max_length=23,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "cc-number", "inputmode": "numeric", "list": "cards"}),
    )

    def __init__(self, *args: Any, methods: Sequence[Provider], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        method = self.fields["method"]
        if isinstance(method, forms.ChoiceField):
            method.choices = [(each.code, each.name) for each in methods]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("method") == SimulatedCard.code and "card_number" in data:
            digits = "".join(letter for letter in data["card_number"] if letter.isdigit())
            if not 12 <= len(digits) <= 19:
                self.add_error("card_number", _("A card number has 12 to 19 digits."))
            data["card_number"] = digits
        return data
