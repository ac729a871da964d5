from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordResetForm
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OpenAccountForm(forms.Form):
    name = forms.CharField(
        label=_("First and last name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autocapitalize": "words"}),
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


class ForgottenPasswordForm(PasswordResetForm):
    """Django's, but for how its mail leaves."""

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """At most one mail in ten minutes for each account: a stranger who asks and asks floods no mailbox.

        Django's own logs an outbox that cannot be written to and says "sent" all the same; here that rises.
        """
        ten_minutes = f"{timezone.now():%Y%m%d%H%M}"[:-1]
        message = EmailMultiAlternatives(
            " ".join(render_to_string(subject_template_name, context).split()),
            render_to_string(email_template_name, context),
            from_email,
            [to_email],
            headers={"X-Dedupe-Key": f"password-reset:{context['user'].pk}:{ten_minutes}"},
        )
        if html_email_template_name:
            message.attach_alternative(render_to_string(html_email_template_name, context), "text/html")
        message.send()
