"""Contract and invoice as PDF or page: to whoever knows the order, not to whoever holds its link alone."""

import socket
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from config.checks import pdf_can_be_made, seller_is_named
from crm import api as crm
from shop.basket.selectors import basket_page
from shop.documents import pdf
from shop.documents.papers import paper_as_html, paper_of
from shop.documents.pdf import can_make_pdf, make_pdf
from shop.documents.terms import accepted_documents
from shop.models import OrderDocument
from shop.orders.links import order_token
from shop.orders.placing import place_order
from shop.oscar import Basket, Order
from shop.payment.services import pay, pay_by_card
from shop.tracking.knowing import PROOF_LASTS, TRIES
from tests.attacks.test_hostile_requests_are_answered import shoppers_patterns
from tests.shop.conftest import GOOD_CARD, by_card, checkout_form, delivery, fill, put_on_shelf

KINDS = ("preliminary", "contract", "invoice")


@pytest.fixture(autouse=True)
def _nothing_tried() -> None:
    cache.clear()


@pytest.fixture
def order(db: None, now: Any) -> Any:
    """Bought in Turkish by somebody who accepted both papers."""
    return buy(now)


@pytest.fixture
def reader(client: Client, order: Any) -> Client:
    """A browser that has named the order's e-mail address."""
    assert answer(client, address(order, "contract", "/"), "ada@example.com").status_code == 302
    return client


@pytest.fixture
def pango() -> None:
    if not can_make_pdf():
        pytest.skip(f"No Pango on this machine, so no PDF was looked at. Install {pdf.PACKAGES}.")


@pytest.fixture
def _no_pango(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_weasyprint", lambda: None)


def buy(now: Any, *, user: Any = None, email: str = "ada@example.com") -> Any:
    basket = fill((put_on_shelf(turkish="Bakır cezve, ığüşöçİĞÜŞÖÇ"), 1), user=user)
    where = delivery(email=email)
    accepted = accepted_documents(basket_page(basket, language="tr"), grams=300, delivery=where, language="tr", now=now)
    order = place_order(
        basket.pk,
        delivery=where,
        expected_goods_total=None,
        user=user,
        visitor=None,
        language="tr",
        now=now,
        accepted=accepted,
    )
    pay_by_card(order.pk, card_number=GOOD_CARD, now=now)
    return order


def address(order: Any, kind: str, end: str = ".pdf") -> str:
    return f"/tr/orders/{order_token(order)}/documents/{kind}{end}"


def answer(client: Client, where: str, contact: str) -> Any:
    """What a stranger says to the question on a paper's address."""
    return client.post(where, {"contact": contact})


def is_shown(client: Client, where: str) -> bool:
    """Whether the paper comes; if it does not, nothing of what it holds does."""
    page = client.get(where)
    if page.status_code == 403:
        text = page.content.decode()
        assert not [secret for secret in ("Yılmaz", "Kıbrıs", "35220", "ESN2026", "ada@") if secret in text]
        assert "no-store" in page["Cache-Control"] and page["X-Robots-Tag"] == "noindex"
    return bool(page.status_code == 200)


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


@pytest.mark.usefixtures("pango")
def test_each_paper_is_a_pdf_with_every_turkish_letter(reader: Client, order: Any) -> None:
    for kind in KINDS:
        file = reader.get(address(order, kind))
        text = text_of(file.content)
        assert file["Content-Type"] == "application/pdf"
        for words in ("Bakır cezve, ığüşöçİĞÜŞÖÇ", "₺349,00", "Ada Yılmaz", order.number, "1 / "):
            assert words in text, (kind, words)


@pytest.mark.usefixtures("pango")
def test_a_pdf_says_what_it_is_called_and_is_kept_by_nobody_on_its_way(reader: Client, order: Any) -> None:
    file = reader.get(address(order, "invoice"))
    assert file["Content-Disposition"] == 'inline; filename="ESN2026000000001.pdf"'
    assert file["X-Content-Type-Options"] == "nosniff"
    assert {"private", "no-store"} <= set(file["Cache-Control"].split(", "))
    assert file["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("kind", KINDS)
def test_each_paper_is_a_page(reader: Client, order: Any, kind: str) -> None:
    given = reader.get(address(order, kind, "/"))
    page = given.content.decode()
    assert OrderDocument.objects.get(kind=kind).body in page
    assert OrderDocument.objects.get(kind=kind).digest in page
    assert f'href="{address(order, kind)}"' in page
    assert "no-store" in given["Cache-Control"]


@pytest.mark.usefixtures("_no_pango")
def test_without_pango_the_same_address_gives_a_page_and_only_staff_are_told(
    reader: Client, order: Any, grace: crm.User, login: Callable[[Any], Client]
) -> None:
    given = reader.get(address(order, "invoice"))
    assert (given.status_code, given["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "ESN2026000000001" in given.content.decode()
    assert "libpango" not in given.content.decode()
    assert "libpango-1.0-0" in login(grace).get(address(order, "invoice")).content.decode()


@pytest.mark.usefixtures("_no_pango")
def test_the_check_before_going_live_names_the_packages_that_are_missing() -> None:
    [said] = pdf_can_be_made(None)
    assert "libpangoft2-1.0-0" in str(said.hint)


def test_the_check_before_going_live_wants_the_real_seller(settings: Any) -> None:
    assert [said.id for said in seller_is_named(None)] == ["config.W003"]
    settings.SELLER_MERSIS = "0123456789012345"
    assert seller_is_named(None) == []


@pytest.mark.parametrize("end", [".pdf", "/"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_link_alone_opens_no_paper_and_asks_for_the_address(
    client: Client, order: Any, kind: str, end: str
) -> None:
    where = address(order, kind, end)
    assert not is_shown(client, where)
    assert 'name="contact"' in client.get(where).content.decode()


def test_a_wrong_answer_is_said_and_opens_nothing(client: Client, order: Any) -> None:
    where = address(order, "invoice", "/")
    for contact in ("mallory@example.com", "", "0555 000 00 02", "\0", order.number):
        wrong = answer(client, where, contact)
        assert wrong.status_code == 422
        assert 'role="alert"' in wrong.content.decode() or "errorlist" in wrong.content.decode()
    assert not is_shown(client, where)


@pytest.mark.parametrize("contact", [" ADA@Example.com", "0555 000 00 01"])
def test_the_right_answer_leads_straight_to_each_paper_of_that_order(
    client: Client, order: Any, now: Any, contact: str
) -> None:
    where, other = address(order, "invoice", "/"), buy(now)
    right = answer(client, where, contact)
    assert (right.status_code, right.url) == (302, where)
    assert [kind for kind in KINDS if not is_shown(client, address(order, kind, "/"))] == []
    assert not is_shown(client, address(other, "invoice", "/"))
    assert not is_shown(Client(), where)
    again = answer(client, where, "somebody@example.com")  # sent once more by the back button
    assert (again.status_code, again.url) == (302, where)


def test_a_proof_lasts_an_hour(reader: Client, order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + PROOF_LASTS
    monkeypatch.setattr("shop.documents.views.timezone.now", lambda: later)
    assert not is_shown(reader, address(order, "invoice", "/"))


def test_guessing_at_a_paper_and_on_the_look_up_form_are_counted_together(client: Client, order: Any) -> None:
    where = address(order, "invoice", "/")
    for place in range(TRIES - 1):
        assert answer(client, where, f"guess{place}@example.com").status_code == 422
    assert client.post("/tr/track/", {"number": order.number, "contact": "x@example.com"}).status_code == 422
    assert answer(client, where, "ada@example.com").status_code == 429
    assert client.post("/tr/track/", {"number": order.number, "contact": "ada@example.com"}).status_code == 429
    assert not is_shown(client, where)


def test_the_browser_that_ordered_is_not_asked(client: Client, make_product: Any) -> None:
    client.post(f"/en/basket/add/{make_product(price='349.00').pk}/", {"quantity": 1})
    data = checkout_form(Basket.objects.get().pk)
    client.post("/en/checkout/", data)
    order = Order.objects.get()
    client.post(f"/en/checkout/{order_token(order)}/pay/", by_card())
    thanks = client.get(f"/en/checkout/{order_token(order)}/thank-you/").content.decode()
    assert "ada@example.com" in thanks
    for kind in KINDS:
        assert is_shown(client, address(order, kind, "/"))
    elsewhere = Client()
    assert elsewhere.post("/en/checkout/", {**data, "email": "mallory@example.com"}).status_code == 302
    assert not is_shown(elsewhere, address(order, "contract", "/"))


def test_the_account_whose_order_it_is_is_not_asked_and_another_one_is(
    ada: crm.Customer, mallory: crm.Customer, login: Callable[[Any], Client], now: Any
) -> None:
    where = address(buy(now, user=ada.account), "invoice", "/")
    assert is_shown(login(ada), where)
    assert not is_shown(login(mallory), where)


def test_staff_who_may_see_orders_are_not_asked_and_others_are(
    order: Any, grace: crm.User, linus: crm.User, login: Callable[[Any], Client]
) -> None:
    outsider = crm.User.objects.create_user("operator@example.com", "x", is_staff=True)
    assert [is_shown(login(each), address(order, "invoice", "/")) for each in (grace, linus, outsider)] == [
        True,
        True,
        False,
    ]


def test_no_page_that_the_link_opens_says_what_the_papers_ask_for(
    client: Client, order: Any, order_as_guest: Any, now: Any
) -> None:
    """Every address that takes an order's link; one that is new is among them by itself."""
    waits = order_as_guest(is_paid=False)
    pay(waits.pk, provider="bank-transfer", form={}, return_url=lambda payment: "", now=now)
    asked, said = [], []
    for template, kinds in shoppers_patterns():
        if "token" not in kinds or "uidb64" in kinds:
            continue
        for each in (order, waits):
            values = dict.fromkeys(kinds, "x") | {"token": order_token(each)}
            for kind in (*KINDS, "return", "claim") if "kind" in kinds else ("",):
                page = client.get(template.format(**values | {"kind": kind} if kind else values))
                text = page.content.decode()
                asked.append(page.status_code)
                said += [
                    (template, secret)
                    for secret in ("ada@example.com", "Yılmaz", "Kıbrıs", "35220", "555000", "555 000")
                    if secret in text
                ]
    assert said == []
    assert asked.count(200) >= 5 and asked.count(403) >= 6


@pytest.mark.parametrize("end", [".pdf", "/"])
def test_a_stranger_who_guesses_gets_nothing(client: Client, order: Any, now: Any, end: str) -> None:
    other = buy(now, email="other@example.com")
    signature = order_token(other).partition(":")[2]
    for token in (order.number, f"{order.number}:{signature}", f"{order.number}:", "x", "%00"):
        given = client.get(f"/tr/orders/{token}/documents/invoice{end}")
        assert given.status_code == 404
        assert "ESN2026" not in given.content.decode()


@pytest.mark.parametrize("kind", ["receipt", "x" * 300, "..", "INVOICE"])
def test_a_paper_that_is_none_is_not_found(client: Client, order: Any, kind: str) -> None:
    assert client.get(address(order, kind)).status_code == 404


def test_an_unpaid_order_has_no_invoice_to_be_shown(client: Client, order_as_guest: Any) -> None:
    order = order_as_guest(is_paid=False)
    assert client.get(address(order, "invoice")).status_code == 404
    assert "Your documents" not in client.get(f"/en/track/{order_token(order)}/").content.decode()


def test_the_account_opens_its_own_papers_by_number_and_nobody_elses(
    client: Client, ada: crm.Customer, mallory: crm.Customer, login: Callable[[Any], Client], now: Any
) -> None:
    own = f"/tr/account/orders/{buy(now, user=ada.account).number}/documents/contract.pdf"
    assert client.get(own).url.startswith("/tr/account/login/")
    assert login(mallory).get(own).status_code == 404
    given = login(ada).get(own)
    assert given.status_code == 200
    assert "no-store" in given["Cache-Control"]


def test_the_order_pages_lead_to_the_papers(client: Client, order: Any) -> None:
    token = order_token(order)
    for page in (f"/tr/track/{token}/", f"/tr/checkout/{token}/thank-you/"):
        text = client.get(page).content.decode()
        assert [kind for kind in KINDS if f'href="{address(order, kind)}"' not in text] == []


def test_the_confirmation_brings_what_was_accepted_as_files(order: Any) -> None:
    mail = crm.OutgoingMail.objects.get(template="shop/email/order_confirmed")
    files = {part.name: bytes(part.content).decode() for part in mail.attachments.order_by("pk")}
    assert list(files) == [
        f"on-bilgilendirme-formu-{order.number}.html",
        f"mesafeli-satis-sozlesmesi-{order.number}.html",
    ]
    for text, kind in zip(files.values(), ("preliminary", "contract"), strict=True):
        assert OrderDocument.objects.get(kind=kind).body in text
        assert "<link" not in text  # it needs nothing beside it
    assert "#papers" in mail.text


@pytest.mark.usefixtures("pango")
def test_making_a_pdf_asks_nothing_of_network_or_disk(order: Any, tmp_path: Any) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("body::before { content: 'from the disk' }")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        host = f"http://127.0.0.1:{server.getsockname()[1]}"
        wanted = (
            f'<link rel="stylesheet" href="{host}/a.css"><link rel="stylesheet" href="{secret.as_uri()}">'
            f'<img src="{host}/b.png"><style>@import "{host}/c.css"; @font-face {{ font-family: x; '
            f'src: url("{host}/d.woff") }} p {{ font-family: x; background: url("{host}/e.png") }}</style><p>x</p>'
        )
        content = make_pdf(paper_as_html(paper_of(order, "invoice")).replace("</body>", f"{wanted}</body>"))
        with pytest.raises(BlockingIOError):
            server.accept()
    assert "ESN2026000000001" in text_of(content)
    assert "from the disk" not in text_of(content)
