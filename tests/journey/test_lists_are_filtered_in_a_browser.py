"""The filter of a list: a column, a sheet over the page of a phone, by keyboard, without scripts, after Back."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.journey.conftest import DESKTOP, PHONE, Shop, Visitor
from tests.journey.steps import FROM_MEMORY, focus

pytestmark = pytest.mark.browser

SHEET = ".sieve__facets:popover-open"


def test_after_back_nothing_is_ticked_that_the_list_does_not_have(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("en", DESKTOP)
    ada.go("/en/catalogue/")
    box = ada.page.locator("[name=available]")
    with ada.page.expect_navigation():
        box.check()
    expect(box).to_be_checked()
    ada.page.go_back(wait_until="load")
    assert ada.page.url.endswith("/catalogue/")
    expect(box).not_to_be_checked()
    ada.page.evaluate("document.querySelector('[name=available]').checked = true")
    ada.page.evaluate(FROM_MEMORY)
    expect(box).not_to_be_checked()


def test_an_address_says_what_was_chosen_and_no_more(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("en", DESKTOP)
    page = ada.page
    ada.go("/en/catalogue/")
    brands = page.locator("[name=brand]")
    first, second = (str(brands.nth(n).input_value()) for n in (0, 1))
    for value in (first, second):
        with page.expect_navigation():
            page.locator(f"[name=brand][value='{value}']").check()
    with page.expect_navigation():
        page.locator("#sort").select_option("new")
    assert parse_qsl(urlsplit(page.url).query) == [("brand", first), ("brand", second), ("sort", "new")]
    assert "rating" not in page.url and "price" not in page.url
    expect(page.locator(".chip")).to_have_count(2)
    with page.expect_navigation():
        page.locator("#sort").select_option("popular")
    assert "sort" not in page.url and page.url.count("brand=") == 2
    # In a search the order of its own is the usual one, and the words stay.
    ada.go("/en/search/?q=coffee")
    with page.expect_navigation():
        page.locator("#sort").select_option("popular")
    assert page.url.endswith("/en/search/?q=coffee&sort=popular")
    # So it is in the sheet of a phone, down to an address without anything.
    page.set_viewport_size(PHONE)
    ada.go("/en/catalogue/")
    page.locator(".sieve__open").click()
    page.locator(f"{SHEET} [name=available]").check()
    expect(page).to_have_url(re.compile(r"/en/catalogue/\?available=1$"))
    page.locator(f"{SHEET} [name=available]").uncheck()
    expect(page).to_have_url(re.compile(r"/en/catalogue/$"))


@pytest.mark.parametrize(("language", "width"), [("tr", 390), ("tr", 360), ("en", 390), ("en", 360)])
def test_the_order_stands_beside_the_filter_on_a_phone(
    visitor: Callable[..., Visitor], language: str, width: int
) -> None:
    ada = visitor(language)
    page = ada.page
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{ada.shop.url}/{language}/catalogue/?available=1&offers=1&price=100-5000&rating=3&sort=-price")
    tops = page.locator(".sieve__open, #sort").evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)")
    assert abs(tops[0] - tops[1]) < 4
    bar = page.locator(".sieve__bar").evaluate("bar => [bar.scrollWidth, bar.clientWidth]")
    assert bar[0] <= bar[1]
    assert page.locator("#sort").evaluate("sort => sort.clientWidth") > 130


def test_who_walks_through_a_choice_with_the_arrow_keys_is_not_taken_away(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("en", DESKTOP)
    ada.go("/en/catalogue/")
    page = ada.page
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))

    sort = page.locator("#sort")
    sort.focus()
    first = sort.input_value()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = sort.input_value()
    assert chosen != first
    page.wait_for_timeout(300)
    assert not loads
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert f"sort={chosen}" in page.url
    assert focus(ada) == "sort"

    # So it is in a group, which Tab leaves; what comes next has the focus then.
    loads.clear()
    page.locator("[name=rating][value='']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = focus(ada)
    assert chosen.startswith("rating=")
    assert chosen != "rating="
    page.wait_for_timeout(300)
    assert not loads
    with page.expect_navigation():
        page.keyboard.press("Tab")
    assert chosen in page.url
    assert page.evaluate("document.activeElement.innerText") == "Brand"

    # A pointer's choice goes at once.
    with page.expect_navigation():
        page.locator("[name=rating][value='']").click()
    assert focus(ada) == "rating="
    with page.expect_navigation():
        sort.select_option(first)
    ada.look()


def test_a_filtered_list_stays_where_it_was_with_as_many_groups_open(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("en", DESKTOP)
    ada.go("/en/catalogue/")
    page = ada.page
    page.locator(".facet > summary", has_text="Rating").click()
    brands = page.locator(".facet[aria-label=Brand]")
    brands.locator(".facet__more > summary").click()
    box = page.locator("[name=brand]").nth(3)
    box.scroll_into_view_if_needed()
    name = f"brand={box.input_value()}"
    before = page.evaluate("scrollY")
    assert before > 0
    box.focus()
    with page.expect_navigation():
        page.keyboard.press("Space")
    assert focus(ada) == name
    assert brands.locator(".facet__more").evaluate("more => more.open")
    assert not page.locator(".facet[aria-label=Rating]").evaluate("facet => facet.open")
    assert abs(page.evaluate("scrollY") - before) < 2
    ada.look()
    # Whoever comes by another way begins at the top.
    ada.go("/en/catalogue/")
    assert page.evaluate("scrollY") == 0
    assert not brands.locator(".facet__more").evaluate("more => more.open")


def test_the_filter_of_a_phone_is_a_sheet_that_says_how_much_it_will_show(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("tr")
    ada.go("/tr/catalogue/")
    page = ada.page
    tall = page.evaluate("document.body.scrollHeight")
    opener = page.locator(".sieve__open")
    opener.click()
    sheet = page.locator(SHEET)
    expect(sheet).to_be_visible()
    assert page.evaluate("document.body.scrollHeight") == tall  # over the page, not in it
    assert sheet.locator("details[open]").count() == 0
    expect(sheet.locator(".sieve__close")).to_be_focused()
    assert page.locator(".header").evaluate("header => header.inert")
    ada.look()

    # A tick is counted on the button, and the sheet stays as it was.
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    sheet.locator("summary", has_text="Marka").click()
    box = sheet.locator("[name=brand]").first
    things = str(box.locator("xpath=..").locator(".facet__count").inner_text())
    name = f"brand={box.input_value()}"
    box.focus()
    page.keyboard.press("Space")
    show = sheet.locator(".sieve__foot .needs-script")
    expect(show).to_have_text(f"{things} ürünü göster")
    assert focus(ada) == name
    expect(sheet.locator(".facet[aria-label=Marka]")).to_have_attribute("open", "")
    assert "brand=" in page.url
    show.click()
    expect(page.locator(SHEET)).to_have_count(0)
    expect(page.locator("main article")).to_have_count(int(things))
    expect(opener).to_be_focused()
    expect(opener).to_have_text("Süz (1)")
    expect(page.locator(".chip")).to_have_count(1)
    assert not page.locator(".header").evaluate("header => header.inert")
    ada.look()

    # All of it is taken back there, too.
    opener.click()
    page.locator(f"{SHEET} [data-clear]").click()
    expect(page.locator(f"{SHEET} .sieve__foot .needs-script")).to_have_text("80 ürünü göster")
    assert "brand=" not in page.url
    assert not [load for load in loads if load.endswith("#")]


def test_escape_closes_the_sheet_and_back_takes_back_what_was_chosen_in_it(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("en")
    ada.go("/en/help/")
    ada.go("/en/catalogue/?offers=1")
    page = ada.page
    count = page.locator(".sieve__count").inner_text()
    opener = page.locator(".sieve__open")
    opener.click()
    page.keyboard.press("Escape")
    expect(page.locator(SHEET)).to_have_count(0)
    expect(opener).to_be_focused()
    # Back closes it, and the page stays.
    opener.click()
    page.evaluate("history.back()")
    expect(page.locator(SHEET)).to_have_count(0)
    expect(page.locator(".sieve__count")).to_have_text(count)
    # Nothing was chosen in it: there is no page between the list and what was before.
    opener.click()
    page.locator(f"{SHEET} [name=available]").check()
    expect(page).to_have_url(re.compile("available=1"))
    page.keyboard.press("Escape")
    expect(page.locator(".chip")).to_have_count(2)
    page.go_back()
    expect(page.locator(".chip")).to_have_count(1)
    assert "available" not in page.url
    page.go_back()
    assert "/help/" in page.url


def test_the_sheet_opens_and_filters_without_scripts(chromium: Browser, shop: Shop) -> None:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shop.url}/en/catalogue/")
    box = page.locator("[name=offers]")
    expect(box).not_to_be_visible()
    page.locator(".sieve__open").click()
    box.check()
    page.locator(".sieve__foot button").click()
    expect(page).to_have_url(re.compile("offers=1"))
    expect(page.locator(".chip")).to_have_count(1)
    expect(page.locator(SHEET)).to_have_count(0)
    context.close()
