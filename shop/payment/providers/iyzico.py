"""Turkish cards, with instalments, through iyzico's checkout form: a page of iyzico's that the shopper is led to.

iyzico has no idempotency keys, so nothing is sent twice before asking what became of the first time: the form is asked
for by its token, and iyzico's reporting by our own references. Its answers are believed only with a right signature.
Sources: docs.iyzico.com (checkout form, response signature validation, webhook, reporting service, refund) and the
source of the SDK `iyzipay`.
"""

import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from http.client import HTTPException, HTTPSConnection
from types import SimpleNamespace
from typing import Any

import iyzipay
from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.datastructures import CaseInsensitiveMapping
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from shop.models import Payment, Refund
from shop.payment.providers.base import NotAuthentic, Notice, Outcome, ProviderUnreachable, RefundOutcome

logger = logging.getLogger(__name__)

CURRENCIES = ("TRY", "EUR", "GBP", "USD")
INSTALMENTS = (1, 2, 3, 6, 9, 12)
# iyzico wants an identity number of everybody and we ask nobody for theirs: this is what is commonly sent for them.
NO_IDENTITY_NUMBER = "11111111111"
# A form can be paid for 30 minutes (`tokenExpireTime`), and a bank's page that was reached by then somewhat longer.
FORM_IS_OPEN = timedelta(minutes=45)
TIMEOUT_SECONDS = 10.0
CENT = Decimal("0.01")
# What iyzico signs of a form's result, in this order.
SIGNED_RESULT = (
    "paymentStatus",
    "paymentId",
    "currency",
    "basketId",
    "conversationId",
    "paidPrice",
    "price",
    "token",
)
REPORTED_SUCCESS = 1  # of a payment as of a refund, in iyzico's reporting


class Iyzico:
    code = "iyzico"
    name = _("Card, also in instalments")
    description = _("Credit or debit card on the page of iyzico, with instalments on Turkish cards.")

    def is_offered(self, *, amount: Decimal, currency: str, country: str) -> bool:
        is_set_up = bool(settings.IYZICO_API_KEY and settings.IYZICO_SECRET_KEY)
        return is_set_up and amount > 0 and currency in CURRENCIES

    def start(self, payment: Payment, *, form: Mapping[str, str], return_url: str) -> Outcome:
        """Open the form. One that is open already is led to again: two forms could both be paid.

        `form` may hold the shopper's address as "ip", which iyzico's fraud check likes to know.
        """
        if payment.provider_reference:
            known = self.look_up(payment)
            page = payment.details.get("payment_page")
            if known.state != "pending":
                return known
            if page:
                return _with_page(known, page)
        request = _form_request(payment, ip=form.get("ip", ""), return_url=return_url)
        answer = _ask(iyzipay.CheckoutFormInitialize(), "create", request)
        if answer.get("status") != "success":
            return Outcome(state="declined", reason=_refusal(answer))
        _check_signature(answer, ("conversationId", "token"))
        opened = Outcome(state="pending", provider_reference=_text(answer, "token"))
        return _with_page(opened, _text(answer, "paymentPageUrl"))

    def look_up(self, payment: Payment) -> Outcome:
        """What the form says, and where that is not "paid", what iyzico's reporting knows under our reference.

        Without a token (the answer to `start` was lost) no shopper ever got the form's address: nobody can have paid.
        """
        outcome = self._ask_form(payment)
        if outcome.state == "captured":
            return outcome
        paid = _reported(payment)
        return paid.outcome(payment.provider_reference) if paid else outcome

    def cancel(self, payment: Payment) -> Outcome:
        """iyzico cannot close a form: "pending" until it has closed by itself."""
        return self.look_up(payment)

    def refund(self, refund: Refund) -> RefundOutcome:
        """Item by item, as iyzico wants it, each at most once for `refund.key`: what was done is read first."""
        paid = _reported(refund.payment)
        if paid is None:
            return RefundOutcome(is_done=False, failure="iyzico knows of no such payment")
        shares, missing = _shares(refund, paid)
        if missing:
            return RefundOutcome(is_done=False, failure=f"{missing} {refund.currency} more than iyzico can give back")
        done = Decimal(0)
        for item in shares:
            if item.left > 0:
                answer = _ask(
                    iyzipay.Refund(),
                    "create",
                    {
                        "locale": "en",
                        "conversationId": refund.key,
                        "paymentTransactionId": item.transaction,
                        "price": str(item.left),
                        "currency": refund.currency,
                    },
                )
                if answer.get("status") != "success":
                    already = f"{done} {refund.currency} went back, then: " if done else ""
                    return RefundOutcome(is_done=False, failure=f"{already}{_refusal(answer)}"[:200])
                _check_signature(answer, ("paymentId", "price", "currency", "conversationId"))
            done += item.share
        return RefundOutcome(is_done=True, provider_reference=paid.payment_id)

    def read_webhook(self, *, headers: Mapping[str, str], body: bytes) -> Notice:
        """Signed by X-IYZ-SIGNATURE-V3: docs.iyzico.com/en/advanced/webhook, "HPP format".

        There is no time in what is signed, so an old call looks like a new one. It does no harm: a call says only that
        something happened, and what that was is asked of iyzico.
        """
        try:
            call = json.loads(body)
        except (ValueError, RecursionError) as error:  # "[[[[…" is deeper than Python reads
            raise NotAuthentic("not JSON") from error
        if not isinstance(call, dict):
            raise NotAuthentic("not a notification")
        event, payment_id, token, reference, status = (
            str(call.get(name) or "")
            for name in ("iyziEventType", "iyziPaymentId", "token", "paymentConversationId", "status")
        )
        key = settings.IYZICO_SECRET_KEY
        signed = f"{key}{event}{payment_id}{token}{reference}{status}"
        given = str(CaseInsensitiveMapping(headers).get("X-IYZ-SIGNATURE-V3") or "").strip().lower()
        try:
            expected = _sealed(signed)
        except UnicodeEncodeError as error:  # "\\ud800" is JSON, and half a letter
            raise NotAuthentic("not text") from error
        if not key or not hmac.compare_digest(expected.encode(), given.encode()):
            raise NotAuthentic("wrong signature")
        # The reference code is not among what is signed; with the signature it names the call and what it says.
        event_id = f"{str(call.get('iyziReferenceCode') or '')[:100]}:{expected}"
        return Notice(event_id=event_id, kind=f"{event} {status}".strip()[:80], reference=reference or None)

    def _ask_form(self, payment: Payment) -> Outcome:
        token = payment.provider_reference
        if not token:
            return Outcome(state="declined", reason="never reached iyzico's form")
        request = {"locale": "en", "conversationId": payment.reference, "token": token}
        answer = _ask(iyzipay.CheckoutForm(), "retrieve", request)
        status = answer.get("paymentStatus")
        if answer.get("status") == "success" and status == "SUCCESS":
            _check_signature(answer, SIGNED_RESULT)
            return _Paid.of(answer, payment).outcome(token)
        if status == "FAILURE":
            return Outcome(state="declined", reason=_refusal(answer), provider_reference=token)
        # Nobody has filled it in, or a bank's page is open.
        if timezone.now() < payment.started_at + FORM_IS_OPEN:
            return Outcome(state="pending", reason="the form is open", provider_reference=token)
        return Outcome(state="declined", reason="the form was not paid in time", provider_reference=token)


@dataclass(frozen=True, kw_only=True)
class _Item:
    """One line of a paid form: what was paid for it, and what went back, by the key of the refund."""

    transaction: str
    paid: Decimal
    refunds: Mapping[str, Decimal]

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "_Item":
        refunds: dict[str, Decimal] = {}
        for refund in item.get("refunds") or []:  # only iyzico's reporting tells of them
            if refund.get("refundStatus") == REPORTED_SUCCESS:
                key = str(refund.get("refundConversationId") or "")
                refunds[key] = refunds.get(key, Decimal(0)) + _money(refund["refundPrice"])
        return cls(transaction=str(item["paymentTransactionId"]), paid=_money(item["paidPrice"]), refunds=refunds)


@dataclass(frozen=True, kw_only=True)
class _Paid:
    """A payment as iyzico tells of it. `paid_price` is `price` with the fee of instalments."""

    payment_id: str
    price: Decimal
    paid_price: Decimal
    currency: str
    fraud_status: int
    details: Mapping[str, Any]
    items: tuple[_Item, ...]

    @classmethod
    def of(cls, answer: Mapping[str, Any], payment: Payment) -> "_Paid":
        """:raises ProviderUnreachable: if it is the payment of another order"""
        if answer.get("basketId") != payment.order.number:
            logger.warning("iyzico answered for %s with basket %s", payment.reference, answer.get("basketId"))
            raise ProviderUnreachable("iyzico answered with the payment of another order")
        known = {
            "card": str(answer.get("cardAssociation") or "").replace("_", " ").title(),
            "last4": answer.get("lastFourDigits"),
            "instalments": answer.get("installment"),
        }
        try:
            return cls(
                payment_id=str(answer["paymentId"]),
                price=_money(answer["price"]),
                paid_price=_money(answer["paidPrice"]),
                currency=str(answer["currency"]),
                fraud_status=int(answer.get("fraudStatus") or 0),
                details={name: value for name, value in known.items() if value},
                items=tuple(_Item.of(item) for item in answer.get("itemTransactions") or []),
            )
        except (KeyError, ArithmeticError, ValueError, TypeError) as error:
            raise ProviderUnreachable(f"iyzico's answer cannot be read: {error!r}") from error

    def outcome(self, token: str) -> Outcome:
        """iyzico: goods leave only at fraud status 1; at 0 it is still looking, at -1 it gave the money back."""
        if self.fraud_status < 0:
            return Outcome(state="declined", reason="refused by iyzico's fraud check", provider_reference=token)
        if self.fraud_status == 0:
            return Outcome(state="pending", reason="iyzico is looking at it", provider_reference=token)
        return Outcome(
            state="captured",
            amount=self.price,
            currency=self.currency,
            provider_reference=token,
            details=self.details,
        )


@dataclass(frozen=True, kw_only=True)
class _Share:
    """What of a refund falls on one item, and what of that is still to be sent."""

    transaction: str
    share: Decimal
    left: Decimal


def _shares(refund: Refund, paid: _Paid) -> tuple[list[_Share], Decimal]:
    """A refund spread over the items, from the first one on, never beyond what was paid for one; and what is too much.

    Told in what was paid: of a payment in instalments, their fee goes back in proportion. The same at every call for
    the same refund, so that one that broke off half-way is taken up where it stopped.
    """
    earlier = refund.payment.refunds.filter(status=Refund.Status.DONE).exclude(pk=refund.pk)
    before = earlier.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)

    def in_paid(amount: Decimal) -> Decimal:
        return (amount * paid.paid_price / paid.price).quantize(CENT, ROUND_HALF_UP)

    missing = in_paid(before + refund.amount) - in_paid(before)
    shares = []
    for item in paid.items:
        sent = item.refunds.get(refund.key, Decimal(0))
        free = item.paid - sum(item.refunds.values()) + sent
        share = min(missing, free)
        if share > 0:
            shares.append(_Share(transaction=item.transaction, share=share, left=share - sent))
            missing -= share
    return shares, missing


def _reported(payment: Payment) -> _Paid | None:
    """The successful payment that iyzico's reporting lists under our reference. It lags by some seconds."""
    # The SDK takes a missing paymentId for the word "None".
    request = {"paymentId": "", "paymentConversationId": payment.reference}
    answer = _ask(iyzipay.RetrievePaymentDetails(), "retrieve", request)
    found = answer.get("payments") or []
    paid = [entry for entry in found if entry.get("paymentStatus") == REPORTED_SUCCESS]
    if len(paid) > 1:
        logger.error("iyzico was paid %d times for %s", len(paid), payment.reference)
    return _Paid.of(paid[0], payment) if paid else None


def _form_request(payment: Payment, *, ip: str, return_url: str) -> dict[str, Any]:
    """The body of CF-Initialize: docs.iyzico.com/en/payment-methods/direct-charge/checkoutform."""
    order = payment.order
    to = order.shipping_address
    first, _sep, last = to.name.strip().rpartition(" ")
    phone = str(to.phone_number or "")
    address = {
        "contactName": to.name,
        "city": to.line4,
        "country": to.country.printable_name,
        "address": to.line1,
        "zipCode": to.postcode,
    }
    return {
        "locale": "tr" if order.purchase.language == "tr" else "en",
        "conversationId": payment.reference,
        "price": str(payment.amount),
        "paidPrice": str(payment.amount),
        "currency": payment.currency,
        "basketId": order.number,
        "paymentGroup": "PRODUCT",
        "callbackUrl": return_url,
        "enabledInstallments": list(INSTALMENTS) if payment.currency == "TRY" else [1],
        "buyer": {
            "id": str(order.purchase.customer_id),
            "name": first or last,
            "surname": last,
            "email": order.purchase.email,
            "identityNumber": NO_IDENTITY_NUMBER,
            "registrationAddress": to.line1,
            "city": to.line4,
            "country": to.country.printable_name,
            "ip": ip or "0",
            **({"gsmNumber": phone} if phone else {}),
        },
        "shippingAddress": address,
        "billingAddress": address,
        "basketItems": _items(payment),
    }


def _items(payment: Payment) -> list[dict[str, str]]:
    """The lines and the delivery. iyzico wants their prices to make up the amount exactly, and none to be 0."""
    order = payment.order
    with override(order.purchase.language):
        delivery = gettext("Delivery")
    lines = [(f"line-{line.pk}", line.title, line.line_price_incl_tax) for line in order.lines.order_by("pk")]
    wanted = [entry for entry in [*lines, ("delivery", delivery, order.shipping_incl_tax)] if entry[2] > 0]
    prices = _spread(payment.amount, [price for _id, _name, price in wanted])
    return [
        {"id": id_, "name": name[:100], "category1": "Shop", "itemType": "PHYSICAL", "price": str(price)}
        for (id_, name, _price), price in zip(wanted, prices, strict=True)
        if price > 0
    ]


def _spread(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """The amount in parts like the weights, to the cent: the weights themselves where they make up the amount."""
    total, parts, given, weight_so_far = sum(weights), [], Decimal(0), Decimal(0)
    for weight in weights:
        weight_so_far += weight
        part = (amount * weight_so_far / total).quantize(CENT, ROUND_HALF_UP) - given
        given += part
        parts.append(part)
    return parts


def _with_page(outcome: Outcome, page: str) -> Outcome:
    """With the way to the form; its address is kept with the payment, to lead there again."""
    return replace(outcome, next_url=page, details={"payment_page": page})


def _money(value: object) -> Decimal:
    return Decimal(str(value)).quantize(CENT, ROUND_HALF_UP)


def _refusal(answer: Mapping[str, Any]) -> str:
    return f"iyzico {answer.get('errorCode', '')}: {answer.get('errorMessage', 'no reason given')}"[:200]


def _ask(resource: Any, verb: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """One call of the SDK and its answer, "no" included.

    :raises ProviderUnreachable: no answer, or none that can be read
    """
    # The SDK keeps the headers, with the signature of the request, in one dictionary of the class: two threads would
    # sign each other's requests. And it would wait for an answer for ever.
    resource.header = dict(resource.header)
    resource.httplib = SimpleNamespace(HTTPSConnection=partial(HTTPSConnection, timeout=TIMEOUT_SECONDS))
    options = {
        "api_key": settings.IYZICO_API_KEY,
        "secret_key": settings.IYZICO_SECRET_KEY,
        "base_url": settings.IYZICO_BASE_URL,
    }
    try:
        with getattr(resource, verb)(request, options) as response:
            answer = json.loads(response.read(), parse_float=Decimal)
    except (OSError, HTTPException, ValueError) as error:
        raise ProviderUnreachable(f"iyzico: {type(error).__name__}: {error}") from error
    if response.status >= 500 or not isinstance(answer, dict):
        raise ProviderUnreachable(f"iyzico: status {response.status}")
    return answer


def _text(answer: Mapping[str, Any], name: str) -> str:
    """:raises ProviderUnreachable: if it is not there"""
    if not answer.get(name):
        raise ProviderUnreachable(f"iyzico's answer has no {name}")
    return str(answer[name])


def _check_signature(answer: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """docs.iyzico.com/en/advanced/response-signature-validation: these fields with colons between, prices without the
    zeros at their end, HMAC-SHA256 in hexadecimal. (The SDK's own `verify_signature` prints its verdict.)

    :raises ProviderUnreachable: it is not iyzico that answers, or not for us
    """
    expected = _sealed(":".join(_as_signed(name, answer.get(name)) for name in names))
    if not hmac.compare_digest(expected.encode(), str(answer.get("signature") or "").encode()):
        logger.warning("iyzico's answer about %s has a wrong signature", answer.get("conversationId"))
        raise ProviderUnreachable("iyzico's answer has a wrong signature")


def _as_signed(name: str, value: object) -> str:
    if value is None:
        return ""
    return f"{Decimal(str(value)).normalize():f}" if name in ("price", "paidPrice") else str(value)


def _sealed(text: str) -> str:
    return hmac.digest(settings.IYZICO_SECRET_KEY.encode(), text.encode(), "sha256").hex()
