"""Tell me when it is back: asked, confirmed by whoever reads that mailbox, sent once, forgotten."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import translation

from crm import api as crm
from shop.catalogue.offers import Offer, looks_of, offers_of
from shop.limits import TooManyTries, count_try
from shop.models import StockAlert
from shop.orders.lines import name_of_product
from shop.oscar import Product, StockRecord

SALT = "shop.stock-alert"
CONFIRM_WITHIN = timedelta(days=7)
# So long the link in a mail that was sent still finds what it is about.
KEPT_AFTER = timedelta(days=30)
# An address that somebody else writes into our forms gets no more than this a day, whatever it is about.
MAILS_A_DAY = 5
# Of ten who are told, one buys: for three pieces thirty hear of it in a day, those who have waited longest first.
MAILS_FOR_EACH_PIECE = 10
WAVE = timedelta(days=1)
MAILS_AT_ONCE = 500
BELL = crm.Actor.system("stock-alerts")


class NotAnAlertLink(ValueError):
    """The token was not made here, or its alert is gone: called off, sent long ago, or never confirmed."""


class NothingToWaitFor(LookupError):
    """The product is gone, hidden, or a parent of which a variant must be chosen."""


class IsThereAlready(Exception):
    """It can be bought now."""


# --- Asking ----------------------------------------------------------------------------------------------


@transaction.atomic
def ask_for_alert(
    product_id: int, *, email: str, proved_customer: int | None, language: str, actor: crm.Actor, now: datetime
) -> None:
    """Once for each address and product or variant, however often it is asked. `proved_customer` is whose address it
    is beyond doubt (logged in, address verified); everybody else gets a mail with a link first.

    What comes of it is the same for an address that has asked before: nobody learns what others wait for.

    :raises NothingToWaitFor: :raises IsThereAlready:
    """
    product = _waitable(product_id)
    offer = _offer_of(product_id)
    if offer is None:
        raise NothingToWaitFor(product_id)
    if offer.is_available:
        raise IsThereAlready(product_id)
    email = crm.normalise_email(email)
    new = StockAlert(product=product, email=email, language=language, asked_at=now)
    StockAlert.objects.bulk_create([new], ignore_conflicts=True)
    alert = StockAlert.objects.select_for_update(of=("self",)).get(product=product, email=email, sent_at=None)
    if alert.confirmed_at is not None:
        return
    if proved_customer is not None:
        _confirm(alert, proved_customer, actor, now)
    elif _may_be_mailed(email):
        _queue(alert, "stock_alert_confirm", f"confirm:{now:%Y%m%d}", now)


def _may_be_mailed(email: str) -> bool:
    """Whoever writes in another's address must not learn that it has had enough; so nothing is said."""
    try:
        count_try("stock-alert-address", email, tries=MAILS_A_DAY, seconds=24 * 3600)
    except TooManyTries:
        return False
    return True


def _waitable(product_id: int) -> Product:
    product = (
        Product.objects.select_related("parent")
        .filter(pk=product_id, is_public=True)
        .exclude(structure=Product.PARENT)
        .first()
    )
    if product is None or (product.parent and not product.parent.is_public):
        raise NothingToWaitFor(product_id)
    return product


def _offer_of(product_id: int) -> Offer | None:
    return next(iter(offers_of([product_id]).get(product_id, [])), None)


def _confirm(alert: StockAlert, customer_id: int | None, actor: crm.Actor, now: datetime) -> None:
    alert.confirmed_at, alert.customer_id = now, customer_id
    alert.save(update_fields=["confirmed_at", "customer"])
    _record("shop.alert.asked", alert, actor, now)


@transaction.atomic
def confirm_alert(token: str, *, actor: crm.Actor, now: datetime) -> StockAlert:
    """Whoever has the link reads the mailbox. Once more changes nothing.

    :raises NotAnAlertLink:
    """
    alert = StockAlert.objects.select_for_update(of=("self",)).get(pk=alert_for_token(token).pk)
    if alert.confirmed_at is None:
        _confirm(alert, None, actor, now)
    return alert


def call_off_alert(token: str) -> None:
    """No mail any more, and nothing kept of it. What is called off already is.

    :raises NotAnAlertLink: if the token is forged
    """
    StockAlert.objects.filter(pk=_id_in(token)).delete()


def forget_alerts(*, now: datetime) -> int:
    """Remove what nobody confirmed in time, and what was sent long ago; returns how many."""
    unconfirmed = Q(confirmed_at=None, asked_at__lt=now - CONFIRM_WITHIN)
    removed, _rows = StockAlert.objects.filter(unconfirmed | Q(sent_at__lt=now - KEPT_AFTER)).delete()
    return removed


def move_alerts(from_id: int, into_id: int) -> None:
    """Two customers turned out to be one."""
    StockAlert.objects.filter(customer_id=from_id).update(customer_id=into_id)


# --- Links -----------------------------------------------------------------------------------------------


def alert_token(alert: StockAlert) -> str:
    return signing.Signer(salt=SALT).sign(str(alert.pk))


def _id_in(token: str) -> int:
    try:
        return int(signing.Signer(salt=SALT).unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise NotAnAlertLink from error


def alert_for_token(token: str) -> StockAlert:
    """:raises NotAnAlertLink:"""
    try:
        return StockAlert.objects.select_related("product__parent").get(pk=_id_in(token))
    except StockAlert.DoesNotExist as error:
        raise NotAnAlertLink from error


# --- Telling ---------------------------------------------------------------------------------------------


def send_alerts(*, now: datetime) -> int:
    """Mail those who wait for what can be bought again, those who asked first first; returns how many.

    Any number of workers may do this at once. The mail is queued in the transaction that marks the alert as sent: a
    crash leaves either both or neither.
    """
    sent = 0
    for product_id, most in _products_back().items():
        sent += _send_wave(product_id, most, now)
        if sent >= MAILS_AT_ONCE:
            break
    return sent


def _products_back() -> dict[int, int]:
    """Products that somebody waits for and that are there again, and how many may hear of it in a day."""
    is_there = Q(num_in_stock__gt=Coalesce(F("num_allocated"), 0)) | (
        Q(product__product_class__track_stock=False) | Q(product__parent__product_class__track_stock=False)
    )
    waiting = StockAlert.objects.filter(sent_at=None, confirmed_at__isnull=False).values("product_id")
    back = (
        StockRecord.objects.filter(is_there, product__in=waiting, product__is_public=True, price__gt=0)
        .exclude(product__parent__is_public=False)
        .order_by("product_id")
        .values_list("product_id", flat=True)
        .distinct()
    )
    ids = list(back)
    offers = {id: found[0] for id, found in offers_of(ids).items() if found and found[0].is_available}
    return {
        id: MAILS_AT_ONCE if offers[id].stock is None else (offers[id].stock or 0) * MAILS_FOR_EACH_PIECE
        for id in ids
        if id in offers
    }


@transaction.atomic
def _send_wave(product_id: int, most: int, now: datetime) -> int:
    """A product that another worker has in hand is left to it: two would both count before either has sent."""
    product = Product.objects.select_for_update(of=("self",), skip_locked=True, no_key=True).filter(pk=product_id)
    if not product:
        return 0
    alerts = StockAlert.objects.filter(product=product_id)
    left = min(most - alerts.filter(sent_at__gt=now - WAVE).count(), MAILS_AT_ONCE)
    waiting = alerts.filter(sent_at=None, confirmed_at__isnull=False).order_by("confirmed_at", "pk")
    told = list(waiting.select_for_update(of=("self",)).select_related("product__parent")[: max(0, left)])
    for alert in told:
        alert.sent_at = now
        alert.save(update_fields=["sent_at"])
        _queue(alert, "stock_alert", "back", now)
        _record("shop.alert.sent", alert, BELL, now)
    return len(told)


def _queue(alert: StockAlert, template: str, about: str, now: datetime) -> None:
    product = alert.product
    listed = product.parent or product
    with translation.override(alert.language):
        token = alert_token(alert)
        look = looks_of([product.pk], alert.language)[product.pk]
        context = {
            "title": name_of_product(product, alert.language) or product.title or listed.title,
            "product_url": settings.SITE_URL + look.url,
            "confirm_url": settings.SITE_URL + reverse("shop:alert_confirm", args=[token]),
            "stop_url": settings.SITE_URL + reverse("shop:alert_stop", args=[token]),
        }
    mail = crm.Mail(
        template=f"shop/email/{template}",
        to=alert.email,
        language=alert.language,
        dedupe_key=f"shop.alert:{alert.pk}:{about}",
        customer_id=alert.customer_id,
        reference=f"shop.product:{listed.pk}",
        context=context,
    )
    crm.queue_mail(mail, now=now)


def _record(kind: str, alert: StockAlert, actor: crm.Actor, now: datetime) -> None:
    """Of a guest nothing is known but the address, and that stays out of the timeline."""
    if alert.customer_id is not None:
        listed_id = alert.product.parent_id or alert.product_id
        crm.record(
            kind, customer_id=alert.customer_id, actor=actor, now=now, subject=f"shop.product:{listed_id}", data={}
        )
