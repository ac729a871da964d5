"""What scripts add to pages that work without: colours that are kept, the first wrong field, waiting, an answer that
does not come, pages that are seen again, and a focus that is not lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journey.conftest import DESKTOP, Visitor
from tests.journey.steps import FROM_MEMORY, focus

pytestmark = pytest.mark.browser


def colour(visitor: Visitor) -> str:
    return str(visitor.page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_colours_are_those_of_the_device_until_one_chooses_and_stay_chosen(
    visitor: Callable[..., Visitor],
) -> None:
    ada = visitor("en", DESKTOP)
    ada.page.emulate_media(color_scheme="light")
    ada.go("/en/help/")
    light = colour(ada)
    ada.page.emulate_media(color_scheme="dark")
    dark = colour(ada)
    assert light != dark
    ada.page.get_by_label("Light").check()
    assert colour(ada) == light
    ada.go("/en/catalogue/")
    assert colour(ada) == light
    assert ada.page.get_by_label("Light").is_checked()
    ada.page.emulate_media(color_scheme="light")
    ada.page.get_by_label("Dark").check()
    assert colour(ada) == dark
    ada.look()
    ada.page.get_by_label("As the device").check()
    assert colour(ada) == light


def test_the_first_field_with_an_error_has_the_focus(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("tr")
    ada.go("/tr/contact/")
    ada.page.locator("#id_name").fill("Ada")
    ada.page.locator("main form button.button").last.click()
    ada.page.wait_for_selector("[aria-invalid='true']")
    assert ada.page.evaluate("document.activeElement.id") == "id_email"
    error = ada.page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby').split(' ').pop()).innerText"
    )
    assert error.strip()


def test_waiting_is_seen_and_an_answer_that_does_not_come_is_said(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("en")
    ada.go("/en/catalogue/?available=1")
    ada.press("main article a")
    ada.page.locator("main form button.buy__button").click()
    ada.page.wait_for_selector(".tool__count")
    ada.go("/en/basket/")
    waits = ""

    def lose(route: Route) -> None:
        nonlocal waits
        waits = str(ada.page.locator("#basket").get_attribute("aria-busy"))
        route.abort()

    ada.page.route("**/basket/lines/**", lose)
    ada.page.locator("main").get_by_role("button", name="Remove").first.click()
    ada.page.get_by_role("alert").wait_for()
    assert "did not work" in ada.page.get_by_role("alert").inner_text()
    assert waits == "true"
    assert ada.page.locator("#basket").get_attribute("aria-busy") is None
    ada.page.unroute("**/basket/lines/**")
    ada.page.locator("main").get_by_role("button", name="Remove").first.click()
    ada.page.get_by_text("Nothing in it yet").wait_for()
    assert ada.page.get_by_role("alert").count() == 0


def test_a_picture_of_a_phone_is_asked_for_in_the_size_it_needs(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("tr")
    ada.go("/tr/")
    loaded = ada.page.evaluate("[...document.querySelectorAll('.door img')].map(picture => picture.currentSrc)")
    assert loaded
    assert all("/media/sizes/200/" in address for address in loaded if address), loaded


# --- seen again -------------------------------------------------------------------------------------------------------

SEEN_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"


def put_in_the_basket(visitor: Visitor, query: str) -> None:
    visitor.go(f"/en/search/?q={query}&available=1")
    visitor.press("main article a")
    visitor.press(".buy__button")


def test_the_number_in_the_header_is_that_of_now_after_back_and_in_another_tab(
    visitor: Callable[..., Visitor],
) -> None:
    ada = visitor("en")
    put_in_the_basket(ada, "cezve")
    ada.go("/en/help/")
    number = "#basket-link .tool__count"
    add = "document.querySelector('main [name=quantity][type=number]').stepUp();"
    send = "document.querySelector('main .line__quantity').requestSubmit()"

    ada.go("/en/basket/")
    ada.page.evaluate(add + send)
    expect(ada.page.locator(number)).to_contain_text("2")
    ada.page.go_back()
    assert "/help/" in ada.page.url
    expect(ada.page.locator(number)).to_contain_text("2")

    other = ada.page.context.new_page()
    other.goto(f"{ada.shop.url}/en/basket/")
    for event, things in ((SEEN_AGAIN, "3"), (FROM_MEMORY, "4")):
        other.evaluate(add + send)
        expect(other.locator(number)).to_contain_text(things)
        other.wait_for_timeout(100)  # htmx looks at what is new 20 ms later; nobody is as quick as this test
        expect(ada.page.locator(number)).not_to_contain_text(things)
        ada.page.evaluate(event)
        expect(ada.page.locator(number)).to_contain_text(things)
    assert not ada.troubles


def log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/en/account/login/")
    page.fill("main [name=username]", "ada@example.com")
    page.fill("main [name=password]", "esnaf")
    with page.expect_navigation():
        page.press("main [name=password]", "Enter")


@pytest.mark.parametrize("is_seen_again", [True, False], ids=["a tab", "a window beside it"])
def test_a_page_still_works_when_one_has_logged_in_in_another(
    visitor: Callable[..., Visitor], *, is_seen_again: bool
) -> None:
    ada = visitor("en")
    ada.go("/en/search/?q=merino")
    ada.press("main article a")
    heart = ada.page.locator(".wish-button__heart")
    other = ada.page.context.new_page()
    log_in(other, ada.shop.url)
    if is_seen_again:
        ada.page.evaluate(SEEN_AGAIN)
        ada.page.wait_for_timeout(500)
        assert not ada.troubles
    else:  # it fails once, and works when it is tried again as the page says
        heart.click()
        expect(ada.page.locator("[data-trouble]")).to_contain_text("Please try again")
        ada.page.wait_for_timeout(500)
        expect(ada.page.locator("[data-trouble]")).to_be_visible()
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    ada.page.locator(".buy__button").click()
    expect(ada.page.locator(".messages")).to_contain_text("is in your basket")


# --- the focus --------------------------------------------------------------------------------------------------------


def test_the_focus_stays_on_a_heart_and_on_a_variant(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("en")
    ada.go("/en/search/?q=merino")
    ada.press("main article a")
    page = ada.page
    heart = page.locator(".wish-button__heart")
    heart.focus()
    page.keyboard.press("Enter")
    expect(heart).to_have_attribute("aria-pressed", "true")
    expect(heart).to_be_focused()
    other = page.locator(".option:not([aria-current])").first
    name = str(other.get_attribute("id"))
    other.focus()
    number = page.locator(".facts dd").last
    before = number.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(f"#{name}")).to_have_attribute("aria-current", "true")
    assert focus(ada) == name
    # And the facts are those of the variant, and what is asked below is asked about it.
    expect(page.locator("#asked-about")).to_have_value(name.removeprefix("option-"))
    assert number.inner_text() != before
    assert page.locator("#facts-section").count() == 1
    ada.look()


def test_the_focus_is_not_lost_where_the_basket_changes(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("en")
    for query in ("merino", "cezve"):
        put_in_the_basket(ada, query)
    ada.go("/en/basket/")
    page = ada.page
    number = page.locator("#basket-link .tool__count")
    # What an offer gives on the delivery is longer than an amount, and stays within the page.
    widths = page.locator(".totals").evaluate(
        """sums => { sums.lastElementChild.textContent = "Free delivery with this order, to any door"
        return [sums.scrollWidth, sums.clientWidth, sums.getBoundingClientRect().right, innerWidth] }"""
    )
    assert widths[0] <= widths[1] and widths[2] <= widths[3], widths
    outs = [str(button.get_attribute("id")) for button in page.locator(".line__out").all()]
    assert len(outs) == 2
    page.locator("main [name=quantity][type=number]").first.fill("2")
    page.keyboard.press("Tab")
    expect(number).to_contain_text("3")
    assert focus(ada) == outs[0]
    page.wait_for_timeout(100)  # as above
    page.keyboard.press("Enter")
    expect(number).to_contain_text("1")
    assert focus(ada) == outs[1]
    page.wait_for_timeout(100)
    page.keyboard.press("Enter")
    page.get_by_text("Nothing in it yet").wait_for()
    assert focus(ada) == "basket-title"
    ada.look()


def test_an_impossible_quantity_is_not_sent_and_stays_marked(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("en")
    put_in_the_basket(ada, "cezve")
    ada.go("/en/basket/")
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    field = ada.page.locator("main [name=quantity][type=number]")
    border = "field => getComputedStyle(field).borderColor"
    usual = field.evaluate(border)
    for quantity in ("-1", "100"):
        field.fill(quantity)
        field.press("Tab")
        expect(field).to_be_focused()  # where the browser says what is wrong
        assert field.evaluate(border) != usual
    assert not asked
    assert ada.page.evaluate("htmx.config.reportValidityOfForms")
    field.fill("3")
    field.press("Tab")
    expect(ada.page.locator("#basket-link .tool__count")).to_contain_text("3")
    assert field.evaluate(border) == usual
