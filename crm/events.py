"""The interaction kinds of this app."""

from django.utils.translation import gettext_lazy as _

from crm.kinds import Kind, register_kinds


def register() -> None:
    register_kinds(
        Kind("crm.customer.registered", _("Account opened"), icon="person_add"),
        Kind("crm.customer.logged_in", _("Logged in"), icon="login"),
        Kind("crm.customer.merged", _("Joined with another record of the same person"), icon="merge"),
        Kind("crm.email.verified", _("E-mail address confirmed"), icon="verified"),
        Kind("crm.consent.given", _("Agreed to offers"), icon="thumb_up"),
        Kind("crm.consent.withdrawn", _("Unsubscribed from offers"), icon="unsubscribe"),
        # Facts about a mail. Subject "crm.mail:<id>", data {"template", "about"}.
        Kind("crm.mail.sent", _("Mail sent"), icon="mail"),
        Kind("crm.mail.failed", _("Mail could not be delivered"), icon="mail_off"),
        Kind("crm.mail.suppressed", _("Mail held back"), icon="mail_lock"),
    )
