"""iyzico's API as far as the shop uses it.

After docs.iyzico.com (HMACSHA256 authentication, CF-Initialize, CF-Retrieve, refund, reporting service, response
signature validation, webhook "HPP format", error codes) and the paths in the SDK's iyzipay_resource.py. Errors whose
numbers no document tells have the number 9999 here.
"""

import base64
import hashlib
import hmac
import itertools
import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.server import Call, FakeServer

API_KEY = "sandbox-api-key"
SECRET_KEY = "sandbox-secret-key"
# The numbers of reporting, docs.iyzico.com/en/advanced/reporting-service.
REPORTED = {"FAILURE": 0, "SUCCESS": 1, "INIT_THREEDS": 2, "CALLBACK_THREEDS": 3}
BUYER = ("id", "name", "surname", "identityNumber", "email", "registrationAddress", "city", "country", "ip")
ADDRESS = ("address", "contactName", "city", "country")


class No(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class FakeIyzico(FakeServer):
    def __init__(self) -> None:
        super().__init__(is_https=True)
        self.forms: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(20885695)
        self.signs_with = SECRET_KEY  # another key: somebody else answers in iyzico's place

    # What a shopper does on the form, or a bank behind it.

    def pay(self, token: str, *, instalments: int = 1, fee: str = "0", fraud_status: int = 1) -> None:
        """`fee` is what paying in instalments costs, in parts of the price: "0.1"."""
        form = self.forms[token]
        asked, factor = form["asked"], 1 + Decimal(fee)
        form.update(
            paymentStatus="SUCCESS",
            paymentId=str(next(self._numbers)),
            paidPrice=(Decimal(asked["price"]) * factor).quantize(Decimal("0.01")),
            installment=instalments,
            fraudStatus=fraud_status,
            items=[
                {
                    "itemId": item["id"],
                    "paymentTransactionId": str(next(self._numbers)),
                    "price": Decimal(item["price"]),
                    "paidPrice": (Decimal(item["price"]) * factor).quantize(Decimal("0.01")),
                    "refunds": [],
                }
                for item in asked["basketItems"]
            ],
        )

    def set_status(self, token: str, status: str, **more: Any) -> None:
        """A card was refused ("FAILURE"), a bank's page is open ("INIT_THREEDS")."""
        self.forms[token].update(paymentStatus=status, paymentId=str(next(self._numbers)), **more)

    # What iyzico tells by itself.

    def notification(self, token: str, **changes: Any) -> bytes:
        form = self.forms[token]
        call = {
            "paymentConversationId": form["asked"]["conversationId"],
            "merchantId": 1024,
            "token": token,
            "status": form.get("paymentStatus", "FAILURE"),
            "iyziReferenceCode": f"ref-{next(self._numbers)}",
            "iyziEventType": "CHECKOUT_FORM_AUTH",
            "iyziEventTime": 1764100000000,
            "iyziPaymentId": int(form.get("paymentId") or 0),
        }
        return json.dumps({**call, **changes}).encode()

    def sign(self, body: bytes, *, secret: str = SECRET_KEY) -> dict[str, str]:
        call = json.loads(body)
        names = ("iyziEventType", "iyziPaymentId", "token", "paymentConversationId", "status")
        signed = secret + "".join(str(call[name]) for name in names)
        return {"X-IYZ-SIGNATURE-V3": _hmac(secret, signed)}

    # The API.

    def answer(self, call: Call) -> tuple[int, Any]:
        path = urlsplit(call.path)
        request = json.loads(call.body) or {}
        try:
            self._check_who_asks(call, path.path)
            return 200, self._do(path.path, request, parse_qs(path.query))
        except No as no:
            answer = {"status": "failure", "errorCode": no.code, "errorMessage": str(no), "locale": "tr"}
            return 200, {**answer, "systemTime": 1764100000000, "conversationId": request.get("conversationId")}

    def _check_who_asks(self, call: Call, path: str) -> None:
        scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
        if scheme != "IYZWSv2":
            raise No("1001", "api bilgileri bulunamadı")
        given = dict(part.split(":", 1) for part in base64.b64decode(encoded).decode().split("&"))
        if given["apiKey"] != API_KEY:
            raise No("1001", "api bilgileri bulunamadı")
        random = call.headers.get("x-iyzi-rnd", "")
        expected = _hmac(SECRET_KEY, random + path + call.body)
        if random != given["randomKey"] or given["signature"] != expected:
            raise No("1000", "Geçersiz imza")

    def _do(self, path: str, request: dict[str, Any], query: dict[str, list[str]]) -> dict[str, Any]:
        match path:
            case "/payment/iyzipos/checkoutform/initialize/ecom":
                return self._initialize(request)
            case "/payment/iyzipos/checkoutform/auth/ecom/detail":
                return self._result(request)
            case "/payment/refund":
                return self._refund(request)
            case "/v2/reporting/payment/details":
                return self._report(query["paymentConversationId"][0])
        raise No("9999", f"no such service: {path}")

    def _initialize(self, request: dict[str, Any]) -> dict[str, Any]:
        for required, names in (("buyer", BUYER), ("shippingAddress", ADDRESS), ("billingAddress", ADDRESS)):
            missing = [name for name in names if not request[required].get(name)]
            if missing:
                raise No("9999", f"{required}: {', '.join(missing)} gönderilmesi zorunludur")
        prices = [Decimal(item["price"]) for item in request["basketItems"]]
        if any(price <= 0 for price in prices):
            raise No("5050", "kırılım tutarı 0 veya 0'dan küçük olamaz")
        if sum(prices) != Decimal(request["price"]):
            raise No("5062", "gönderilen tutar ile kırılımların toplam tutarı eşit değil")
        token = f"token-{next(self._numbers)}"
        self.forms[token] = {"asked": request}
        answer = {
            "status": "success",
            "locale": request["locale"],
            "conversationId": request["conversationId"],
            "token": token,
            "tokenExpireTime": 1800,
            "paymentPageUrl": f"https://sandbox-cpp.iyzipay.com?token={token}&lang={request['locale']}",
        }
        return {**answer, "signature": self._signature(request["conversationId"], token)}

    def _result(self, request: dict[str, Any]) -> dict[str, Any]:
        form = self.forms.get(request["token"])
        if form is None or "paymentStatus" not in form:
            raise No("9999", "ödeme bulunamadı")
        known = {**self._payment(form), "conversationId": request["conversationId"], "token": request["token"]}
        known["paymentStatus"] = form["paymentStatus"]
        fields = ("paymentId", "currency", "basketId", "conversationId")
        signed = [form["paymentStatus"], *(str(known[name]) for name in fields)]
        signed += [_without_zeros(form.get("paidPrice")), _without_zeros(form["asked"]["price"]), request["token"]]
        return {**known, "status": "success", "signature": self._signature(*signed)}

    def _payment(self, form: dict[str, Any]) -> dict[str, Any]:
        return {
            "paymentId": form["paymentId"],
            "price": float(form["asked"]["price"]),
            "paidPrice": float(form.get("paidPrice") or 0),
            "currency": form["asked"]["currency"],
            "basketId": form["asked"]["basketId"],
            "installment": form.get("installment", 1),
            "fraudStatus": form.get("fraudStatus", 1),
            "cardType": "CREDIT_CARD",
            "cardAssociation": "MASTER_CARD",
            "cardFamily": "Axess",
            "binNumber": "552608",
            "lastFourDigits": "0006",
            "errorCode": form.get("errorCode"),
            "errorMessage": form.get("errorMessage"),
            "itemTransactions": [
                {
                    "itemId": item["itemId"],
                    "paymentTransactionId": item["paymentTransactionId"],
                    "price": float(item["price"]),
                    "paidPrice": float(item["paidPrice"]),
                }
                for item in form.get("items", [])
            ],
        }

    def _refund(self, request: dict[str, Any]) -> dict[str, Any]:
        pairs = [(form, item) for form in self.forms.values() for item in form.get("items", [])]
        wanted = request["paymentTransactionId"]
        found = next((pair for pair in pairs if pair[1]["paymentTransactionId"] == wanted), None)
        if found is None:
            raise No("9999", "ödeme kırılımı bulunamadı")
        form, item = found
        price = Decimal(request["price"])
        if price <= 0 or price > item["paidPrice"] - sum(refund["refundPrice"] for refund in item["refunds"]):
            raise No("9999", "iade tutarı kalan tutardan büyük olamaz")
        item["refunds"].append(
            {
                "refundTxId": next(self._numbers),
                "refundConversationId": request["conversationId"],
                "refundPrice": price,
                "refundStatus": 1,
                "currencyCode": form["asked"]["currency"],
            }
        )
        answer = {
            "status": "success",
            "conversationId": request["conversationId"],
            "paymentId": form["paymentId"],
            "paymentTransactionId": wanted,
            "price": float(price),
            "currency": form["asked"]["currency"],
        }
        signed = (form["paymentId"], _without_zeros(price), answer["currency"], request["conversationId"])
        return {**answer, "signature": self._signature(*signed)}

    def _report(self, reference: str) -> dict[str, Any]:
        payments = []
        for form in self.forms.values():
            if form["asked"]["conversationId"] == reference and "paymentStatus" in form:
                payment = self._payment(form)
                for shown, item in zip(payment["itemTransactions"], form.get("items", []), strict=True):
                    shown["refunds"] = [
                        {**refund, "refundPrice": float(refund["refundPrice"])} for refund in item["refunds"]
                    ]
                payment |= {"paymentStatus": REPORTED[form["paymentStatus"]], "paymentConversationId": reference}
                payments.append(payment)
        if not payments:
            raise No("9999", "ödeme bulunamadı")
        return {"status": "success", "locale": "tr", "systemTime": 1764100000000, "payments": payments}

    def refunded(self, token: str) -> Decimal:
        items = self.forms[token].get("items", [])
        return sum((refund["refundPrice"] for item in items for refund in item["refunds"]), Decimal(0))

    def _signature(self, *fields: str) -> str:
        return _hmac(self.signs_with, ":".join(fields))


def _without_zeros(price: object) -> str:
    text = f"{Decimal(str(price or 0)):.8f}"
    return text.rstrip("0").rstrip(".")


def _hmac(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
