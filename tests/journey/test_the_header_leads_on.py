"""What the header does for people: departments that do not fit are a click away, searches are suggested."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journey.conftest import DESKTOP, Visitor
from tests.journey.steps import put_in_basket

pytestmark = pytest.mark.browser


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


@pytest.mark.parametrize("language", ["tr", "en"])
def test_a_full_basket_does_not_push_the_header_out_of_a_narrow_page(
    visitor: Callable[..., Visitor], language: str
) -> None:
    """320 px: the smallest phones, and a window of 1280 px at 400 % (WCAG 1.4.10)."""
    ada = visitor(language, {"width": 320, "height": 640})
    ada.go(f"/{language}/")
    ada.press(".product__title a")
    put_in_basket(ada)
    ada.go(f"/{language}/basket/")
    assert ada.page.evaluate("document.documentElement.scrollWidth") == 320
    # With two figures, too.
    ada.page.evaluate("document.querySelector('.tool__count').lastChild.textContent = '99'")
    assert ada.page.evaluate("document.documentElement.scrollWidth") == 320


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
