from django import forms
from django.utils.translation import gettext_lazy as _


class ContactForm(forms.Form):
    """What only the customer of an order knows."""

    contact = forms.CharField(
        label=_("E-mail or telephone"),
        max_length=254,
        help_text=_("One of the two that you gave with the order."),
        widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )


class FindOrderForm(ContactForm):
    field_order = ("number", "contact")

    number = forms.CharField(
        label=_("Order number"),
        max_length=40,
        help_text=_("You find it in your confirmation e-mail."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
