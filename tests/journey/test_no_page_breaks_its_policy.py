"""A real Chromium finds nothing on any kind of page that the page's own policy forbids."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.journey.conftest import DESKTOP, Shop

pytestmark = pytest.mark.browser

# Said by the browser itself for everything that it did not run, load, draw or send.
SPY = """document.addEventListener("securitypolicyviolation", (event) => {
  console.error(["violation:", event.effectiveDirective, event.blockedURI, event.sourceFile, event.sample].join(" "));
})"""
SHOP = (
    "/tr/",
    "/en/",
    "/en/catalogue/",
    "/en/catalogue/?sort=price&offers=1",
    "/en/search/?q=coffee",
    "/en/help/",
    "/en/help/search/?q=return",
    "/en/contact/",
    "/en/track/",
    "/en/basket/",
    "/en/account/login/",
)
STAFF = (
    "/admin/",
    "/admin/catalogue/product/",
    "/admin/catalogue/product/1/change/",
    "/admin/catalogue/product/add/",
    "/admin/order/order/",
    "/admin/order/order/1/change/",
    "/admin/helpdesk/ticket/",
    "/admin/helpdesk/ticket/1/change/",
    "/admin/crm/customer/1/change/",
    "/admin/crm/outgoingmail/1/change/",
    "/admin/knowledgebase/article/1/change/",
    "/dashboard/",
    "/dashboard/orders/",
    "/dashboard/catalogue/",
    "/dashboard/catalogue/products/1/",
    "/dashboard/vouchers/create/",
    "/dashboard/ranges/create/",
    "/desk/dashboard/",
    "/desk/tickets/",
    "/desk/reports/userpriority/",
)


class Watched:
    """A page and what its console complained of."""

    def __init__(self, page: Page, shop: Shop) -> None:
        self.page, self.shop = page, shop
        self.said: list[str] = []
        page.add_init_script(SPY)
        page.on("console", lambda message: message.type == "error" and self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(f"script: {error}"))

    def go(self, path: str) -> None:
        answer = self.page.goto(self.shop.url + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, path
        self.check(path)

    def check(self, where: str) -> None:
        self.page.wait_for_load_state("networkidle")
        assert not self.said, f"{where}: {self.said}"


@pytest.fixture
def watched(chromium: Browser, shop: Shop) -> Iterator[Watched]:
    context = chromium.new_context(viewport=DESKTOP, locale="en-GB")
    yield Watched(context.new_page(), shop)
    context.close()


def test_shoppers_pages_from_the_home_page_to_the_payment(watched: Watched) -> None:
    for path in SHOP:
        watched.go(path)
    page = watched.page
    page.goto(watched.shop.url + "/en/catalogue/?available=1")
    page.locator(".shelf a[href*='/catalogue/']").first.click()
    page.wait_for_selector("#buy")
    watched.check("product")
    page.locator(".buy__button").click()
    watched.go("/en/basket/")
    watched.go("/en/checkout/")
    page.fill("#q", "cof")  # suggestions come by htmx
    page.wait_for_selector("#suggestions a")
    watched.check("checkout, suggestions")
    watched.go("/en/help/")
    page.locator("main a[href*='/articles/']").first.click()
    watched.check("article")


def test_pages_of_staff_work_under_it(watched: Watched) -> None:
    page = watched.page
    page.goto(watched.shop.url + "/admin/login/")
    page.fill("[name=username]", "linus@example.com")
    page.fill("[name=password]", "esnaf")
    page.locator("button[type=submit]").first.click()
    for path in STAFF:
        watched.go(path)
    # A script of unfold's looks for a text field beside each file field when a file is chosen.
    watched.go("/admin/shop/cataloguefile/add/")
    for name in ("file", "pictures"):
        page.set_input_files(f"[name={name}]", [{"name": f"my.{name}", "mimeType": "text/csv", "buffer": b"sku"}])
        watched.check(f"a chosen {name}")
        assert page.locator(f".goods-field:has([name={name}]) input[type=text]").input_value() == f"my.{name}"
    # Others' scripts do run: the table of tickets is filled by one, and the dashboard's bars have their height.
    watched.go("/desk/tickets/")
    page.wait_for_selector("#ticketTable tbody tr a")
    watched.go("/dashboard/")
    assert page.evaluate("[...document.querySelectorAll('[data-style]')].length") == 0


def test_the_browser_does_complain_where_something_is_inline(watched: Watched) -> None:
    """So that silence means something."""
    watched.go("/en/")
    watched.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\" onclick=\"x()\">x</p>');"
        "document.body.lastElementChild.click()"  # some versions look at a handler only when it is to run
    )
    wanted = ("style-src", "script-src")
    for _try in range(50):
        missing = [name for name in wanted if not any(name in text for text in watched.said)]
        if not missing:
            break
        watched.page.wait_for_timeout(100)
    assert not missing, watched.said
