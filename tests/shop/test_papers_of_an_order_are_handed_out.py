"""Contract and invoice as PDF or page: to whoever holds the order's link, to its customer's account, to nobody else."""

import socket
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from django.test import Client

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
from shop.payment.services import pay_by_card
from tests.shop.conftest import GOOD_CARD, delivery, fill, put_on_shelf

KINDS = ("preliminary", "contract", "invoice")


@pytest.fixture
def order(db: None, now: Any) -> Any:
    """Bought in Turkish by somebody who accepted both papers."""
    return buy(now)


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


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


@pytest.mark.usefixtures("pango")
def test_the_link_gives_each_paper_as_pdf_with_every_turkish_letter(client: Client, order: Any) -> None:
    for kind in KINDS:
        answer = client.get(address(order, kind))
        text = text_of(answer.content)
        assert answer["Content-Type"] == "application/pdf"
        for words in ("Bakır cezve, ığüşöçİĞÜŞÖÇ", "₺349,00", "Ada Yılmaz", order.number, "1 / "):
            assert words in text, (kind, words)


@pytest.mark.usefixtures("pango")
def test_a_pdf_says_what_it_is_called_and_is_kept_by_nobody_on_its_way(client: Client, order: Any) -> None:
    answer = client.get(address(order, "invoice"))
    assert answer["Content-Disposition"] == 'inline; filename="ESN2026000000001.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert answer["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("kind", KINDS)
def test_the_link_gives_each_paper_as_a_page(client: Client, order: Any, kind: str) -> None:
    answer = client.get(address(order, kind, "/"))
    page = answer.content.decode()
    assert OrderDocument.objects.get(kind=kind).body in page
    assert OrderDocument.objects.get(kind=kind).digest in page
    assert f'href="{address(order, kind)}"' in page
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.usefixtures("_no_pango")
def test_without_pango_the_same_address_gives_a_page_and_only_staff_are_told(
    client: Client, order: Any, grace: crm.User, login: Callable[[Any], Client]
) -> None:
    answer = client.get(address(order, "invoice"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "ESN2026000000001" in answer.content.decode()
    assert "libpango" not in answer.content.decode()
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
def test_a_stranger_who_guesses_gets_nothing(client: Client, order: Any, now: Any, end: str) -> None:
    other = buy(now, email="other@example.com")
    signature = order_token(other).partition(":")[2]
    for token in (order.number, f"{order.number}:{signature}", f"{order.number}:", "x", "%00"):
        answer = client.get(f"/tr/orders/{token}/documents/invoice{end}")
        assert answer.status_code == 404
        assert "ESN2026" not in answer.content.decode()


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
    answer = login(ada).get(own)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


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
