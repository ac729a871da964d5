"""What scripts add to pages that work without: colours that are kept, the first wrong field, waiting, an answer that
does not come, pages that are seen again, and a focus that is not lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.journey.conftest import DESKTOP, PHONE, Shop, Visitor

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

FROM_MEMORY = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
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


# --- by keyboard ------------------------------------------------------------------------------------------------------


def focus(visitor: Visitor) -> str:
    """What has the focus: its id, else its name and value, else what kind of element it is."""
    return str(
        visitor.page.evaluate(
            "(({id, name, value, tagName}) => id || (name && `${name}=${value}`) || tagName)(document.activeElement)"
        )
    )


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


# --- the filter of a phone: a sheet over the page ---------------------------------------------------------------------

SHEET = ".sieve__facets:popover-open"


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


# --- the header -------------------------------------------------------------------------------------------------------

MORE_DEPARTMENTS = """names => {
    const more = document.querySelector(".aisles__more");
    for (const name of names) {
        const link = document.querySelector(".aisles a").cloneNode();
        link.textContent = name;
        more.before(link);
    }
}"""


@pytest.mark.parametrize("language", ["tr", "en"])
def test_departments_that_do_not_fit_on_the_line_are_a_click_away(
    visitor: Callable[..., Visitor], language: str
) -> None:
    ada = visitor(language, DESKTOP)
    ada.go(f"/{language}/help/")
    page = ada.page
    menu, more = page.locator(".aisles"), page.locator(".aisles__more summary")

    def is_seen(place: int) -> bool:
        inside = "([link, menu]) => link.getBoundingClientRect().bottom <= menu.getBoundingClientRect().bottom + 1"
        link = page.locator(".aisles a").nth(place).element_handle()
        return bool(page.evaluate(inside, [link, menu.element_handle()]))

    height = menu.bounding_box()["height"]
    assert is_seen(9)  # the ten of the demo shop
    assert more.bounding_box()["y"] + more.bounding_box()["height"] <= menu.bounding_box()["y"] + 1  # out of sight
    page.evaluate(MORE_DEPARTMENTS, ["Garden furniture", "For the smallest", "Instruments", "Travelling"])
    assert menu.bounding_box()["height"] == height
    assert not is_seen(13)
    more.click()
    assert is_seen(13)
    ada.look()
    more.click()
    assert not is_seen(13)
    # By keyboard one goes on to them.
    page.locator(".aisles a").nth(12).focus()
    page.keyboard.press("Tab")
    assert is_seen(13)


def test_suggestions_are_walked_through_with_the_arrow_keys(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("tr")
    ada.go("/tr/")
    page = ada.page
    field, options = page.locator("#q"), page.locator("#suggestions [role=option]")
    chosen = page.locator("#suggestions [aria-selected=true]")
    field.press_sequentially("iade")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_role("combobox")
    assert field.get_attribute("aria-controls") == page.locator("#suggestions [role=listbox]").get_attribute("id")
    said = page.locator("#suggestions-said")
    expect(said).to_contain_text("ok tuşlarıyla")
    assert options.count() > 1
    expect(chosen).to_have_count(0)
    field.press("ArrowDown")
    expect(chosen).to_have_text(options.first.inner_text())
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    expect(field).to_be_focused()
    field.press("ArrowUp")  # back in the field
    expect(chosen).to_have_count(0)
    assert field.get_attribute("aria-activedescendant") is None
    field.press("ArrowUp")
    expect(chosen).to_have_text(options.last.inner_text())
    ada.look()

    # Escape closes the list, the next one clears the field.
    field.press("Escape")
    expect(options.first).not_to_be_visible()
    expect(field).to_have_value("iade")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press("ArrowDown")
    expect(options.first).to_be_visible()
    field.press("Escape")
    field.press("Escape")
    expect(field).to_have_value("")

    field.press_sequentially("iade")
    help_articles = page.get_by_role("group", name="Yardım").get_by_role("option")
    expect(help_articles.first).to_be_visible()
    field.press("ArrowDown")
    address = str(help_articles.first.get_attribute("href"))
    with page.expect_navigation():
        field.press("Enter")
    assert page.url.endswith(address)
    assert "/help/" in page.url


def test_no_suggestions_are_said_and_none_that_come_are_said_too(visitor: Callable[..., Visitor]) -> None:
    ada = visitor("en")
    ada.go("/en/")
    page = ada.page
    field, box, said = page.locator("#q"), page.locator("#suggestions"), page.locator("#suggestions-said")
    field.press_sequentially("zzqxw")
    expect(box).to_have_text("No suggestions; Enter searches.")
    expect(said).to_have_text("No suggestions; Enter searches.")
    expect(field).to_have_attribute("aria-expanded", "false")
    ada.look()
    page.route("**/search/suggest/**", lambda route: route.abort())
    field.press_sequentially("x")
    expect(box).to_have_text("Suggestions do not come just now; Enter searches.")
    expect(said).to_have_text("Suggestions do not come just now; Enter searches.")
    with page.expect_navigation():
        field.press("Enter")
    assert "q=zzqxwx" in page.url


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
    # And the facts are those of the variant.
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
