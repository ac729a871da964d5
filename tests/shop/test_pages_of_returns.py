"""Sending something back from the browser, with and without an account, and what strangers get: nothing."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from crm import api as crm
from shop.models import LineProgress, ReturnPhoto, ReturnRequest
from shop.orders.links import order_token
from shop.returns.links import return_token
from shop.returns.services import withdraw_return
from tests.conftest import PASSWORD
from tests.shop.returning import STAFF, agree, arrive, everything_written, picture, send_order, sent_order, wish
from tests.shop.shelves import product

SUBMISSION = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def today() -> Any:
    """Views look at the clock."""
    return timezone.now()


@pytest.fixture
def guests_order(order_as_guest: Any, make_product: Any, today: Any) -> Any:
    return send_order(order_as_guest((make_product(), 2)), today)


@pytest.fixture
def adas_order(ada: crm.Customer, today: Any) -> Any:
    return sent_order(today, user=ada.account)


def page(name: str, *arguments: Any) -> str:
    return reverse(f"shop:{name}", args=arguments)


def form(order: Any, **changes: Any) -> dict[str, Any]:
    line = order.lines.order_by("pk").first()
    data = {f"quantity_{line.pk}": "1", f"reason_{line.pk}": "mind", "note": "", "submission": SUBMISSION}
    return {**data, **changes}


def ask(client: Client, order: Any, kind: str = "return", **changes: Any) -> Any:
    return client.post(page("return_ask", order_token(order), kind), form(order, **changes))


def file(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def test_a_guest_asks_confirms_by_mail_and_follows_it(client: Client, guests_order: Any) -> None:
    assert (
        page("returns", order_token(guests_order))
        in client.get(page("tracking", order_token(guests_order))).content.decode()
    )
    answer = ask(client, guests_order)
    case = ReturnRequest.objects.get()
    assert (answer.status_code, case.state) == (200, "unconfirmed")
    assert return_token(case) not in answer.content.decode() and "ada@" not in answer.content.decode()
    mail = crm.OutgoingMail.objects.get(template="shop/email/return_to_confirm")
    link = next(word for word in mail.text.split() if "/returns/" in word).removeprefix("http://localhost:8000")
    client.get(link)
    case.refresh_from_db()
    assert case.state == "unconfirmed"  # programs that look into mails follow links
    for _ in range(2):
        assert client.post(page("return_confirm", return_token(case))).url == link
    case.refresh_from_db()
    assert (case.state, LineProgress.objects.get().returned) == ("requested", 1)
    shown = client.get(link).content.decode()
    contact = (
        f"{reverse('support:ticket_create')}?order={quote(order_token(guests_order))}&amp;q=Return%20{case.number}"
    )
    assert case.number in shown and contact in shown


def test_whoever_is_logged_in_asks_at_once(login: Any, ada: crm.Customer, adas_order: Any) -> None:
    client = login(ada)
    assert page("returns", order_token(adas_order)) in client.get(reverse("customer:profile-view")).content.decode()
    answer = ask(client, adas_order)
    case = ReturnRequest.objects.get()
    assert (answer.status_code, answer.url) == (302, page("return", return_token(case)))
    assert case.state == "requested"
    row = crm.Interaction.objects.get(kind="shop.return.requested")
    assert (row.customer_id, row.actor) == (ada.pk, f"customer:{ada.pk}")
    assert return_token(case) in client.get(page("returns", order_token(adas_order))).content.decode()


def test_a_forwarded_order_link_shows_that_there_is_a_return_and_opens_it_for_nobody(
    client: Client, login: Any, ada: crm.Customer, mallory: crm.Customer, adas_order: Any, today: Any
) -> None:
    case = wish(adas_order, today, note="It is too small for my sister.")
    for browser in (client, login(mallory)):
        shown = browser.get(page("returns", order_token(adas_order))).content.decode()
        assert case.number in shown
        assert return_token(case) not in shown and "sister" not in shown


def test_a_customer_of_another_order_confirms_by_mail_like_everybody(
    login: Any, mallory: crm.Customer, adas_order: Any
) -> None:
    ask(login(mallory), adas_order)
    assert ReturnRequest.objects.get().state == "unconfirmed"
    assert not LineProgress.objects.filter(returned__gt=0).exists()


def test_a_return_is_not_found_by_its_number_or_a_guess(client: Client, guests_order: Any, today: Any) -> None:
    case = wish(guests_order, today)
    before = everything_written()
    moved = f"{case.number}:{order_token(guests_order).partition(':')[2]}"
    for guess in (case.number, moved, str(case.pk), f"{case.number}:forged", "%00", "a" * 2000):
        for rest in ("", "label/"):
            assert client.get(f"/en/returns/{guess}/{rest}").status_code == 404
        for rest in ("confirm/", "withdraw/"):
            assert client.post(f"/en/returns/{guess}/{rest}").status_code == 404
        assert client.get(f"/en/orders/{guess}/returns/").status_code == 404
        assert client.post(f"/en/orders/{guess}/returns/claim/", form(guests_order)).status_code == 404
    case.refresh_from_db()
    assert (case.state, everything_written()) == ("requested", before)


def test_changes_are_posts_with_the_forms_own_token(guests_order: Any, today: Any) -> None:
    case = wish(guests_order, today)
    browser = Client(enforce_csrf_checks=True)
    for name in ("return_confirm", "return_withdraw"):
        assert browser.post(page(name, return_token(case))).status_code == 403
        assert browser.get(page(name, return_token(case))).status_code == 405
    assert browser.post(page("return_ask", order_token(guests_order), "return"), form(guests_order)).status_code == 403
    case.refresh_from_db()
    assert case.state == "requested"


def test_the_page_says_until_when_and_who_pays_what_in_both_languages(client: Client, guests_order: Any) -> None:
    english = client.get(page("returns", order_token(guests_order))).content.decode()
    assert "costs you nothing" in english and "I have changed my mind" in english
    with translation.override("tr"):
        turkish = client.get(page("returns", order_token(guests_order)))
    assert turkish.status_code == 200


def test_after_fourteen_days_the_page_offers_the_claim_only(client: Client, order_as_guest: Any, today: Any) -> None:
    order = send_order(order_as_guest(), today - timedelta(days=20))
    shown = client.get(page("returns", order_token(order))).content.decode()
    assert page("return_ask", order_token(order), "claim") in shown
    assert page("return_ask", order_token(order), "return") not in shown
    before = everything_written()
    assert ask(client, order).url == page("returns", order_token(order))
    assert everything_written() == before
    claim = {f"reason_{order.lines.get().pk}": "damaged", "wish": "money"}
    assert ask(client, order, "claim", **claim).status_code == 200


def test_an_order_that_did_not_leave_has_nothing_to_send_back(client: Client, order_as_guest: Any) -> None:
    for order in (order_as_guest(is_paid=False), order_as_guest()):
        before = everything_written()
        assert "nothing to send back" in client.get(page("returns", order_token(order))).content.decode()
        assert ask(client, order).status_code == 302
        assert everything_written() == before


def test_a_number_that_nobody_means_is_refused_in_words(client: Client, guests_order: Any) -> None:
    before = everything_written()
    field = f"quantity_{guests_order.lines.get().pk}"
    for quantity in ("0", "", "3", "-1", "²", "1e9", "1.5", "NaN", "9" * 30, "9" * 6000, "\0"):
        answer = ask(client, guests_order, **{field: quantity})
        assert (answer.status_code, "errorlist" in answer.content.decode()) == (422, True), quantity[:10]
    assert everything_written() == before


def test_whoever_chose_nothing_reads_it_beside_the_first_product(client: Client, guests_order: Any) -> None:
    field = f"quantity_{guests_order.lines.get().pk}"
    errors = ask(client, guests_order, **{field: "0"}).context["form"].errors
    assert errors == {field: ["Say of at least one product how many pieces it is about."]}


def test_odd_fields_are_refused(client: Client, guests_order: Any) -> None:
    before = everything_written()
    reason = f"reason_{guests_order.lines.get().pk}"
    for changes in ({"submission": "x"}, {"submission": ""}, {"note": "\0"}, {"note": "n" * 4001}, {reason: "damaged"}):
        assert ask(client, guests_order, **changes).status_code == 422, changes.keys()
    assert client.get(page("return_ask", order_token(guests_order), "theft")).status_code == 404
    assert everything_written() == before


def test_a_line_of_another_order_is_not_seen(client: Client, guests_order: Any, adas_order: Any) -> None:
    before = everything_written()
    line = adas_order.lines.get()
    data = {f"quantity_{line.pk}": "1", f"reason_{line.pk}": "mind", "submission": SUBMISSION}
    assert client.post(page("return_ask", order_token(guests_order), "return"), data).status_code == 422
    assert everything_written() == before


def test_a_claim_takes_photos_that_only_staff_see(
    client: Client, guests_order: Any, grace: crm.User, mallory: crm.Customer
) -> None:
    line = guests_order.lines.get()
    claim = {f"reason_{line.pk}": "damaged", "wish": "money", "photos": [file(picture()), file(picture("PNG"))]}
    assert ask(client, guests_order, "claim", **claim).status_code == 200
    photos = list(ReturnPhoto.objects.order_by("pk"))
    assert len(photos) == 2 and "photo" not in photos[0].file.name.rpartition("/")[2]
    case = ReturnRequest.objects.get()
    address = reverse("admin:shop_return_photo", args=[case.pk, photos[0].pk])
    assert client.get(address).status_code == 302
    client.force_login(mallory.account)
    assert client.get(address).status_code == 302
    client.force_login(grace)
    answer = client.get(address)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert client.get(reverse("admin:shop_return_photo", args=[case.pk + 1, photos[0].pk])).status_code == 404


def test_what_is_no_photo_or_too_much_is_refused_with_the_whole_claim(client: Client, guests_order: Any) -> None:
    before = everything_written()
    refused = {
        "SVG": [b'<svg xmlns="http://www.w3.org/2000/svg"/>'],
        "HTML": [b"<!doctype html><script>alert(1)</script>"],
        "EXE": [b"MZ" + b"\0" * 500],
        "30 MB": [b"\0" * (30 * 1024 * 1024)],
        "20 photos": [picture()] * 20,
        "one is none": [picture(), b"not a photo"],
    }
    claim = {f"reason_{guests_order.lines.get().pk}": "damaged", "wish": "money"}
    for what, photos in refused.items():
        answer = ask(client, guests_order, "claim", **claim, photos=[file(content) for content in photos])
        assert answer.status_code == 422, what
        assert answer.context["form"].errors.keys() == {"photos"}, what
    assert (everything_written(), ReturnPhoto.objects.count()) == (before, 0)


def test_a_claim_may_want_the_same_again(client: Client, guests_order: Any) -> None:
    line = guests_order.lines.get()
    ask(client, guests_order, "claim", **{f"reason_{line.pk}": "damaged", "wish": "again"})
    assert ReturnRequest.objects.get().lines.get().exchange_for_id == line.product_id


def test_an_exchange_offers_what_is_there_at_the_same_price(client: Client, order_as_guest: Any, today: Any) -> None:
    towel = product("Towel", variants={"Blue": 5, "Red": 2, "Green": 0})
    blue, red, green = towel.children.order_by("pk")
    order = send_order(order_as_guest((blue, 1)), today)
    shown = client.get(page("return_ask", order_token(order), "exchange")).content.decode()
    assert "Towel – Red" in shown and "Green" not in shown
    line = order.lines.get()
    wanted = {f"reason_{line.pk}": "mind", f"instead_{line.pk}": str(green.pk)}
    assert ask(client, order, "exchange", **wanted).status_code == 422
    assert ask(client, order, "exchange", **{**wanted, f"instead_{line.pk}": str(red.pk)}).status_code == 200
    assert ReturnRequest.objects.get().lines.get().exchange_for_id == red.pk


def test_the_label_is_there_while_the_parcel_is_expected(client: Client, guests_order: Any, today: Any) -> None:
    case = wish(guests_order, today)
    address = page("return_label", return_token(case))
    assert client.get(address).status_code == 404
    agree(case, today)
    shown = client.get(address).content.decode()
    assert case.number in shown and "<svg" in shown and "Alsancak" in shown
    arrive(case, today)
    assert client.get(address).status_code == 404


def test_it_can_be_called_off_until_it_arrives(client: Client, guests_order: Any, today: Any) -> None:
    first, second = wish(guests_order, today), wish(guests_order, today)
    agree(second, today)
    arrive(second, today)
    for case in (first, second):
        client.post(page("return_withdraw", return_token(case)))
        case.refresh_from_db()
    assert (first.state, second.state) == ("withdrawn", "received")


def test_every_state_has_its_page(client: Client, guests_order: Any, today: Any) -> None:
    case = wish(guests_order, today, is_proved=False)
    for state in ReturnRequest.State.values:
        ReturnRequest.objects.filter(pk=case.pk).update(state=state)
        assert client.get(page("return", return_token(case))).status_code == 200


def test_what_the_customer_writes_is_shown_as_text(
    client: Client, guests_order: Any, linus: crm.User, today: Any
) -> None:
    note = "<script>alert(1)</script>{{ 7 }} \u202eevil"
    case = wish(guests_order, today, note=note)
    client.force_login(linus)
    shown = client.get(reverse("admin:shop_returnrequest_change", args=[case.pk])).content.decode()
    assert "&lt;script&gt;alert(1)" in shown and "<script>alert(1)" not in shown


def test_a_login_sees_the_orders_of_its_customer_only(
    client: Client, ada: crm.Customer, adas_order: Any, today: Any
) -> None:
    client.post("/en/account/login/", {"username": "ada@example.com", "password": PASSWORD})
    case = wish(adas_order, today)
    withdraw_return(case.pk, actor=STAFF, now=today)
    assert return_token(case) in client.get(page("returns", order_token(adas_order))).content.decode()
