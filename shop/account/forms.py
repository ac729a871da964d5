from django import forms
from django.utils.translation import gettext_lazy as _


class OpenAccountForm(forms.Form):
    name = forms.CharField(
        label=_("First and last name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"})
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least ten characters. Three words of your own are a good one."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    wants_offers = forms.BooleanField(
        label=_("Send me offers that suit me, at most one a week. I can stop it with one click."), required=False
    )
