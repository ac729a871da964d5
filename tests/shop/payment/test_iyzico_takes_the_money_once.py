"""The iyzico SDK against a server that speaks iyzico's API: from opening its form to the end."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from iyzipay.iyzipay_resource import IyzipayResource

from shop.models import Payment
from shop.payment.providers.base import Outcome, ProviderUnreachable
from shop.payment.providers.iyzico import FORM_IS_OPEN, Iyzico
from tests.fakes.iyzico import FakeIyzico
from tests.fakes.server import Fault
from tests.shop.payment.conftest import RETURN_URL, keep

provider = Iyzico()


def start(payment: Payment) -> Outcome:
    outcome = provider.start(payment, form={"ip": "85.34.78.112"}, return_url=RETURN_URL)
    keep(payment, outcome)
    return outcome


@pytest.fixture
def payment(iyzico_server: FakeIyzico, make_payment: Callable[..., Payment]) -> Payment:
    return make_payment("iyzico")


@pytest.fixture
def open_payment(payment: Payment) -> Payment:
    start(payment)
    return payment


def test_a_payment_leads_to_a_form_of_its_amount(iyzico_server: FakeIyzico, payment: Payment) -> None:
    outcome = start(payment)
    [(token, form)] = iyzico_server.forms.items()
    asked = form["asked"]
    assert (outcome.state, outcome.provider_reference) == ("pending", token)
    assert outcome.next_url == f"https://sandbox-cpp.iyzipay.com?token={token}&lang=en"
    assert asked["conversationId"] == payment.reference
    assert asked["basketId"] == payment.order.number
    assert asked["callbackUrl"] == RETURN_URL
    assert (asked["price"], asked["paidPrice"], asked["currency"]) == (str(payment.amount),) * 2 + ("TRY",)
    assert asked["enabledInstallments"] == [1, 2, 3, 6, 9, 12]
    assert (asked["buyer"]["name"], asked["buyer"]["surname"]) == ("Ada", "Yılmaz")
    assert asked["buyer"]["ip"] == "85.34.78.112"
    assert asked["buyer"]["identityNumber"] == "11111111111"


def test_the_items_make_up_the_price_with_the_delivery(
    iyzico_server: FakeIyzico, make_payment: Callable[..., Payment], make_product: Any
) -> None:
    payment = make_payment(
        "iyzico",
        (make_product("Cezve", price="49.90"), 3),
        (make_product("Spoon", price="0.35"), 1),
        (make_product("Sticker", price="1.00"), 1),
    )
    payment.order.lines.filter(title="Sticker").update(line_price_incl_tax=0)  # a gift, by some offer
    payment.amount -= 1
    start(payment)
    items = iyzico_server.forms[payment.provider_reference]["asked"]["basketItems"]
    delivery = payment.order.shipping_incl_tax
    assert delivery > 0
    prices = {item["name"]: Decimal(item["price"]) for item in items}
    assert prices == {"Cezve": Decimal("149.70"), "Spoon": Decimal("0.35"), "Delivery": delivery}
    assert sum(prices.values()) == payment.amount


def test_items_make_up_an_amount_that_is_not_their_sum(
    iyzico_server: FakeIyzico, make_payment: Callable[..., Payment], make_product: Any
) -> None:
    products = [(make_product(f"Cup {number}", price="33.33"), 1) for number in range(3)]
    payment = make_payment("iyzico", *products, amount="100.01")
    start(payment)
    items = iyzico_server.forms[payment.provider_reference]["asked"]["basketItems"]
    assert sum(Decimal(item["price"]) for item in items) == Decimal("100.01")
    assert len(items) == 4


def test_instalments_are_for_turkish_money(iyzico_server: FakeIyzico, make_payment: Callable[..., Payment]) -> None:
    payment = make_payment("iyzico", currency="EUR")
    start(payment)
    assert iyzico_server.forms[payment.provider_reference]["asked"]["enabledInstallments"] == [1]


def test_a_form_that_nobody_has_filled_in_is_pending(open_payment: Payment) -> None:
    assert provider.look_up(open_payment).state == "pending"


def test_a_paid_form_is_captured_with_its_amount_and_card(iyzico_server: FakeIyzico, open_payment: Payment) -> None:
    iyzico_server.pay(open_payment.provider_reference)
    assert provider.look_up(open_payment) == Outcome(
        state="captured",
        amount=open_payment.amount,
        currency="TRY",
        provider_reference=open_payment.provider_reference,
        details={"card": "Master Card", "last4": "0006", "instalments": 1},
    )


def test_the_fee_of_instalments_is_not_part_of_the_amount(iyzico_server: FakeIyzico, open_payment: Payment) -> None:
    iyzico_server.pay(open_payment.provider_reference, instalments=6, fee="0.12")
    outcome = provider.look_up(open_payment)
    assert (outcome.amount, outcome.details["instalments"]) == (open_payment.amount, 6)


def test_a_refused_card_is_declined_with_iyzicos_words(iyzico_server: FakeIyzico, open_payment: Payment) -> None:
    iyzico_server.set_status(
        open_payment.provider_reference, "FAILURE", errorCode="10051", errorMessage="Kart limiti yetersiz"
    )
    outcome = provider.look_up(open_payment)
    assert (outcome.state, outcome.reason) == ("declined", "iyzico 10051: Kart limiti yetersiz")


@pytest.mark.parametrize("status", ["INIT_THREEDS", "CALLBACK_THREEDS"])
def test_an_open_page_of_a_bank_is_pending(status: str, iyzico_server: FakeIyzico, open_payment: Payment) -> None:
    iyzico_server.set_status(open_payment.provider_reference, status)
    assert provider.look_up(open_payment).state == "pending"


def test_what_iyzico_still_looks_at_is_pending_and_what_it_refuses_is_declined(
    iyzico_server: FakeIyzico, open_payment: Payment
) -> None:
    iyzico_server.pay(open_payment.provider_reference, fraud_status=0)
    assert provider.look_up(open_payment).state == "pending"
    iyzico_server.forms[open_payment.provider_reference]["fraudStatus"] = -1
    assert provider.look_up(open_payment).state == "declined"
    iyzico_server.forms[open_payment.provider_reference]["fraudStatus"] = 1
    assert provider.look_up(open_payment).state == "captured"


def test_starting_again_leads_to_the_same_form(iyzico_server: FakeIyzico, payment: Payment) -> None:
    first = start(payment)
    again = start(payment)
    assert (again.next_url, again.provider_reference) == (first.next_url, first.provider_reference)
    assert len(iyzico_server.forms) == 1
    iyzico_server.pay(payment.provider_reference)
    assert start(payment).state == "captured"
    assert len(iyzico_server.forms) == 1


def test_a_form_whose_address_was_not_kept_is_opened_anew(iyzico_server: FakeIyzico, payment: Payment) -> None:
    first = start(payment)
    payment.details = {}
    again = start(payment)
    assert again.next_url
    assert again.provider_reference != first.provider_reference
    assert payment.provider_reference == again.provider_reference


def test_a_second_form_that_was_paid_is_found_by_our_reference(iyzico_server: FakeIyzico, payment: Payment) -> None:
    first = provider.start(payment, form={}, return_url=RETURN_URL)  # its answer was not kept
    start(payment)
    assert payment.provider_reference != first.provider_reference
    iyzico_server.pay(first.provider_reference)
    assert provider.look_up(payment).state == "captured"
    assert provider.cancel(payment).state == "captured"


def test_a_form_whose_token_never_reached_us_is_harmless(iyzico_server: FakeIyzico, payment: Payment) -> None:
    iyzico_server.break_down("dropped")
    with pytest.raises(ProviderUnreachable):
        provider.start(payment, form={}, return_url=RETURN_URL)
    assert len(iyzico_server.forms) == 1
    assert provider.look_up(payment) == Outcome(state="declined", reason="never reached iyzico's form")


def test_a_payment_whose_answer_was_dropped_is_looked_up_later(
    iyzico_server: FakeIyzico, open_payment: Payment
) -> None:
    iyzico_server.pay(open_payment.provider_reference)
    iyzico_server.break_down("dropped")
    with pytest.raises(ProviderUnreachable):
        provider.look_up(open_payment)
    assert provider.look_up(open_payment).state == "captured"


def test_an_open_form_cannot_be_cancelled_and_closes_by_itself(
    iyzico_server: FakeIyzico, open_payment: Payment
) -> None:
    assert provider.cancel(open_payment).state == "pending"
    open_payment.started_at -= FORM_IS_OPEN
    outcome = provider.cancel(open_payment)
    assert (outcome.state, outcome.reason) == ("declined", "the form was not paid in time")
    iyzico_server.pay(open_payment.provider_reference)  # and if it was, after all
    assert provider.cancel(open_payment).state == "captured"


def test_what_iyzico_refuses_to_open_is_declined(iyzico_server: FakeIyzico, payment: Payment, settings: Any) -> None:
    settings.IYZICO_API_KEY = "of-somebody-else"
    assert start(payment) == Outcome(state="declined", reason="iyzico 1001: api bilgileri bulunamadı")
    assert iyzico_server.forms == {}


def test_a_request_with_a_wrong_signature_is_refused(
    iyzico_server: FakeIyzico, payment: Payment, settings: Any
) -> None:
    settings.IYZICO_SECRET_KEY = "of-somebody-else"
    assert start(payment) == Outcome(state="declined", reason="iyzico 1000: Geçersiz imza")


def test_an_answer_with_a_wrong_signature_is_not_believed(iyzico_server: FakeIyzico, open_payment: Payment) -> None:
    iyzico_server.pay(open_payment.provider_reference)
    iyzico_server.signs_with = "of-mallory"
    with pytest.raises(ProviderUnreachable, match="signature"):
        provider.look_up(open_payment)
    open_payment.provider_reference = ""
    with pytest.raises(ProviderUnreachable, match="signature"):
        start(open_payment)


def test_an_answer_about_another_order_is_not_believed(
    iyzico_server: FakeIyzico, open_payment: Payment, make_payment: Callable[..., Payment], make_product: Any
) -> None:
    other = make_payment("iyzico", (make_product("Mug"), 1))
    start(other)
    iyzico_server.pay(other.provider_reference)
    open_payment.provider_reference = other.provider_reference
    with pytest.raises(ProviderUnreachable, match="another order"):
        provider.look_up(open_payment)


@pytest.mark.parametrize("fault", ["hangs", "refused", "error", "garbage"])
def test_without_a_readable_answer_nothing_is_known(
    fault: Fault, iyzico_server: FakeIyzico, open_payment: Payment, impatient: None
) -> None:
    iyzico_server.pay(open_payment.provider_reference)
    iyzico_server.break_down(fault)
    with pytest.raises(ProviderUnreachable):
        provider.look_up(open_payment)
    assert provider.look_up(open_payment).state == "captured"


def test_a_server_that_is_away_or_not_trusted_is_unreachable(
    iyzico_server: FakeIyzico, payment: Payment, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")  # nobody but this test trusts the certificate
    with pytest.raises(ProviderUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
        start(payment)
    settings.IYZICO_BASE_URL = "127.0.0.1:9"
    with pytest.raises(ProviderUnreachable):
        start(payment)
    assert iyzico_server.calls == []


def test_a_request_leaves_its_signature_to_no_other_thread(iyzico_server: FakeIyzico, payment: Payment) -> None:
    """The SDK would keep the headers of every request in one dictionary of its base class."""
    assert start(payment).state == "pending"
    assert {"Authorization", "x-iyzi-rnd"} & set(IyzipayResource.header) == set()


@pytest.mark.parametrize("missing", ["IYZICO_API_KEY", "IYZICO_SECRET_KEY"])
def test_it_is_offered_only_with_all_of_its_keys(missing: str, iyzico_server: FakeIyzico, settings: Any) -> None:
    assert provider.is_offered(amount=Decimal(1), currency="TRY", country="TR")
    assert not provider.is_offered(amount=Decimal(0), currency="TRY", country="TR")
    assert not provider.is_offered(amount=Decimal(1), currency="JPY", country="JP")
    setattr(settings, missing, "")
    assert not provider.is_offered(amount=Decimal(1), currency="TRY", country="TR")
