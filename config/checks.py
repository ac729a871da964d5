"""System checks for settings that are each fine and together wrong."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register

from shop import api as shop


def site_url_is_allowed(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    host = urlsplit(settings.SITE_URL).hostname or ""
    if not host:
        return [Error("SITE_URL has no host.", hint="Write it like https://shop.example.", id="config.E001")]
    allowed = any(
        pattern in ("*", host) or (pattern.startswith(".") and host.endswith(pattern))
        for pattern in settings.ALLOWED_HOSTS
    )
    if allowed:
        return []
    return [
        Error(
            f"SITE_URL's host {host!r} is not in ALLOWED_HOSTS: links in mails would lead to an error page.",
            hint="Add it to ALLOWED_HOSTS, or correct SITE_URL.",
            id="config.E002",
        )
    ]


def marketing_settings_make_sense(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    hours = settings.MARKETING_QUIET_HOURS
    if not hours:
        return []
    try:
        start, end = (int(part) for part in hours.split("-"))
    except ValueError:
        start = end = -1
    if 0 <= start < 24 and 0 <= end < 24 and start != end:
        return []
    return [
        Error(
            f"MARKETING_QUIET_HOURS is {hours!r}.",
            hint='Write it as two hours of the day, like "21-9", or leave it empty.',
            id="config.E003",
        )
    ]


def mail_is_retried_before_it_is_swept(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.OUTBOX_CLAIM_SECONDS > settings.EMAIL_TIMEOUT * 2:
        return []
    return [
        Warning(
            "OUTBOX_CLAIM_SECONDS is not well above EMAIL_TIMEOUT: a slow SMTP server could be given a mail twice.",
            hint="Keep OUTBOX_CLAIM_SECONDS at more than twice EMAIL_TIMEOUT.",
            id="config.W001",
        )
    ]


def currency_can_be_shipped_in(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.OSCAR_DEFAULT_CURRENCY in shop.CURRENCIES:
        return []
    return [
        Error(
            f"CURRENCY is {settings.OSCAR_DEFAULT_CURRENCY!r}: there are no prices of delivery in it.",
            hint=f"Use one of {', '.join(shop.CURRENCIES)}, or give prices in shop/shipping/options.py.",
            id="config.E004",
        )
    ]


def payment_is_possible(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    unknown = [code for code in settings.PAYMENT_PROVIDERS if code not in shop.PROVIDERS]
    if unknown:
        hint = f"There are: {', '.join(shop.PROVIDERS)}."
        found.append(Error(f"PAYMENT_PROVIDERS names {', '.join(unknown)}: unknown.", hint=hint, id="config.E005"))
    if settings.PAYMENT_SIMULATOR and not settings.DEBUG:
        hint = "Set PAYMENT_SIMULATOR=0 unless this is a demonstration."
        found.append(Warning("The simulated card is on: orders are paid with no money.", hint=hint, id="config.W002"))
    return found


def payment_providers_are_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A provider with half of its keys is not offered, and the owner would wonder why."""
    groups = {
        "Stripe": ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"),
        "iyzico": ("IYZICO_API_KEY", "IYZICO_SECRET_KEY"),
    }
    found: list[CheckMessage] = []
    for provider, names in groups.items():
        missing = [name for name in names if not getattr(settings, name)]
        if missing and len(missing) < len(names):
            text = f"{provider} is half configured and not offered: {', '.join(missing)} not set."
            found.append(Error(text, hint="Set all of its keys or none (docs/payment-providers.md).", id="config.E006"))
    modes = {
        key.split("_")[1]
        for key in (settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY)
        if key.startswith(("sk_", "rk_", "pk_")) and key.count("_") > 1
    }
    if len(modes) > 1:
        text = "STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of different modes: no card could be paid with."
        found.append(Error(text, hint="Take both from the test mode, or both from the live one.", id="config.E007"))
    return found


def seller_is_named(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.SELLER_MERSIS.strip("0"):
        return []
    return [
        Warning(
            "SELLER_MERSIS is not set: contracts and invoices would be a made-up company's.",
            hint="Set the SELLER_ variables; .env.example explains them.",
            id="config.W003",
        )
    ]


def pdf_can_be_made(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """No more than a word about it: without PDF the shop works, its papers are pages for printing."""
    if shop.can_make_pdf():
        return []
    return [
        Info(
            "Contracts and invoices are shown as pages, not as PDF: WeasyPrint finds no Pango.",
            hint=f"Debian, Ubuntu: sudo apt install {shop.PDF_PACKAGES}",
            id="config.I001",
        )
    ]


def register_all() -> None:
    register(Tags.compatibility)(site_url_is_allowed)
    register(Tags.compatibility)(marketing_settings_make_sense)
    register(Tags.compatibility)(currency_can_be_shipped_in)
    register(Tags.compatibility)(payment_is_possible)
    register(Tags.compatibility)(mail_is_retried_before_it_is_swept)
    register(Tags.compatibility)(payment_providers_are_whole)
    register(Tags.security, deploy=True)(seller_is_named)
    register(Tags.compatibility, deploy=True)(pdf_can_be_made)
