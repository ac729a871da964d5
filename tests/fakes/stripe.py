"""Stripe's API as far as the shop uses it, after docs.stripe.com/api (PaymentIntents, Refunds, Errors, Idempotent
requests, Search) and docs.stripe.com/webhooks#verify-manually."""

import hashlib
import hmac
import itertools
import json
import re
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.server import Call, FakeServer

SECRET_KEY = "sk_test_esnaf"
WEBHOOK_SECRET = "whsec_esnaf"
UNPAID = ("requires_payment_method", "requires_confirmation", "requires_action")


class No(Exception):
    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "message": message, **({"code": code} if code else {})}


class FakeStripe(FakeServer):
    def __init__(self) -> None:
        super().__init__()
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: list[dict[str, Any]] = []
        self._answers: dict[str, tuple[str, tuple[int, Any]]] = {}  # by idempotency key, with the parameters
        self._numbers = itertools.count(1)

    @property
    def base(self) -> str:
        return f"http://{self.address}"

    # What a shopper does on the page, or a bank behind it.

    def pay(self, intent_id: str, *, brand: str = "visa", last4: str = "4242") -> None:
        intent = self.intents[intent_id]
        assert intent["status"] in (*UNPAID, "processing")
        charge = {
            "id": f"ch_{next(self._numbers)}",
            "object": "charge",
            "amount": intent["amount"],
            "currency": intent["currency"],
            "metadata": dict(intent["metadata"]),
            "payment_method_details": {"type": "card", "card": {"brand": brand, "last4": last4}},
        }
        intent.update(
            status="succeeded", amount_received=intent["amount"], latest_charge=charge, last_payment_error=None
        )

    def decline(self, intent_id: str, message: str = "Your card was declined.") -> None:
        problem = {"type": "card_error", "code": "card_declined", "message": message}
        self.intents[intent_id].update(status="requires_payment_method", last_payment_error=problem)

    def set_status(self, intent_id: str, status: str) -> None:
        self.intents[intent_id]["status"] = status

    def fail_refund(self, refund_id: str, *, status: str = "failed", reason: str = "expired_or_canceled_card") -> None:
        """Days after it succeeded: the money is back in the shop's balance, the charge may be refunded again."""
        refund = next(refund for refund in self.refunds if refund["id"] == refund_id)
        refund.update(status=status, **({"failure_reason": reason} if status == "failed" else {}))

    # What Stripe tells by itself.

    def event(self, kind: str, about: dict[str, Any], *, event_id: str = "") -> bytes:
        event = {
            "id": event_id or f"evt_{next(self._numbers)}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(time.time()),
            "type": kind,
            "data": {"object": self._seen_from_outside(about)},
        }
        return json.dumps(event).encode()

    def sign(self, body: bytes, *, secret: str = WEBHOOK_SECRET, at: int | None = None) -> dict[str, str]:
        moment = int(time.time()) if at is None else at
        signature = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        return {"Stripe-Signature": f"t={moment},v1={signature}"}

    # The API.

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.headers.get("authorization") != f"Bearer {SECRET_KEY}":
            error = {"type": "invalid_request_error", "message": "Invalid API Key provided: sk_test_****"}
            return 401, {"error": error}
        key = call.headers.get("idempotency-key", "") if call.method == "POST" else ""
        if key in self._answers:
            parameters, answer = self._answers[key]
            if parameters != f"{call.path} {call.body}":
                text = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used "
                    f"with. Try using a key other than '{key}' if you meant to execute a different request."
                )
                return 400, {"error": {"type": "idempotency_error", "message": text}}
            return answer
        try:
            answer = 200, self._do(call)
        except No as no:
            answer = no.status, {"error": no.error}
        if key:
            self._answers[key] = f"{call.path} {call.body}", answer
        return answer

    def _do(self, call: Call) -> Any:
        path = urlsplit(call.path)
        given = dict(parse_qsl(call.body if call.method == "POST" else path.query))
        match [call.method, *path.path.strip("/").split("/")[1:]]:
            case ["POST", "payment_intents"]:
                return self._create(given)
            case ["GET", "payment_intents", "search"]:
                return {"object": "search_result", "data": self._search(given["query"]), "has_more": False}
            case ["GET", "payment_intents", identifier]:
                charge_too = "latest_charge" in given.values()
                return self._seen_from_outside(self._intent(identifier), charge_too=charge_too)
            case ["POST", "payment_intents", identifier, "cancel"]:
                return self._cancel(self._intent(identifier))
            case ["POST", "refunds"]:
                return self._refund(given)
            case ["GET", "refunds"]:
                found = [refund for refund in self.refunds if refund["payment_intent"] == given["payment_intent"]]
                return {"object": "list", "data": found, "has_more": False}
        raise No(f"Unrecognized request URL ({call.method}: {path.path}).", status=404)

    def _create(self, given: dict[str, str]) -> dict[str, Any]:
        assert given["automatic_payment_methods[enabled]"] == "true"
        amount = int(given["amount"])
        if amount < 50:
            raise No("Amount must convert to at least 50 cents.", code="amount_too_small")
        identifier = f"pi_{next(self._numbers)}"
        self.intents[identifier] = {
            "id": identifier,
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "currency": given["currency"],
            "client_secret": f"{identifier}_secret_{next(self._numbers)}",
            "status": "requires_payment_method",
            "metadata": _nested(given, "metadata"),
            "latest_charge": None,
            "last_payment_error": None,
            "cancellation_reason": None,
        }
        return self.intents[identifier]

    def _intent(self, identifier: str) -> dict[str, Any]:
        if identifier not in self.intents:
            raise No(f"No such payment_intent: '{identifier}'", status=404, code="resource_missing")
        return self.intents[identifier]

    def _search(self, query: str) -> list[dict[str, Any]]:
        asked = re.fullmatch(r"metadata\['(\w+)'\]:'([^']*)'", query)
        assert asked is not None, query
        name, value = asked.groups()
        found = [intent for intent in self.intents.values() if intent["metadata"].get(name) == value]
        return [self._seen_from_outside(intent) for intent in found]

    def _cancel(self, intent: dict[str, Any]) -> dict[str, Any]:
        if intent["status"] not in UNPAID:
            text = f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
            raise No(text, code="payment_intent_unexpected_state")
        intent["status"] = "canceled"
        return self._seen_from_outside(intent)

    def _refund(self, given: dict[str, str]) -> dict[str, Any]:
        intent, amount = self._intent(given["payment_intent"]), int(given["amount"])
        if intent["status"] != "succeeded":
            raise No("This PaymentIntent does not have a successful charge to refund.")
        made = [refund for refund in self.refunds if refund["payment_intent"] == intent["id"]]
        gone = [refund["amount"] for refund in made if refund["status"] not in ("failed", "canceled")]
        left = intent["amount_received"] - sum(gone)
        if not left:
            charge = intent["latest_charge"]["id"]
            raise No(f"Charge {charge} has already been refunded.", code="charge_already_refunded")
        if amount > left:
            raise No(
                f"Refund amount ({amount / 100:.2f}) is greater than unrefunded amount on charge ({left / 100:.2f})"
            )
        refund = {
            "id": f"re_{next(self._numbers)}",
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": _nested(given, "metadata"),
            "status": "succeeded",
        }
        self.refunds.append(refund)
        return refund

    def _seen_from_outside(self, about: dict[str, Any], *, charge_too: bool = False) -> dict[str, Any]:
        """A charge is named only, where it was not asked for with `expand`."""
        if charge_too or not about.get("latest_charge"):
            return dict(about)
        return {**about, "latest_charge": about["latest_charge"]["id"]}


def _nested(given: dict[str, str], name: str) -> dict[str, str]:
    """metadata[order]=1 → {"order": "1"}"""
    return {key[len(name) + 1 : -1]: value for key, value in given.items() if key.startswith(f"{name}[")}
