"""The part of the payment page with Stripe's fields: what it hands over, and what its script does in a browser."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Page, Route, sync_playwright

from shop.payment.providers.stripe import CardPage, Stripe
from tests.fakes.stripe import FakeStripe
from tests.journey.conftest import CHROMIUM, FLAGS
from tests.shop.payment.conftest import RETURN_URL, keep

# Stands for js.stripe.com: one field, and a card that is declined the first time.
SCRIPT = """
window.Stripe = (key, options) => ({
  elements: (given) => ({ create: (kind) => ({
    on: (what, then) => { if (what === "ready") setTimeout(then); },
    mount: (place) => { place.textContent = [kind, key, options.locale, given.clientSecret].join(" "); },
  }) }),
  confirmPayment: async ({ confirmParams }) => {
    window.tries = (window.tries || 0) + 1;
    if (window.tries === 1) return { error: { message: "Your card was declined." } };
    location.assign(confirmParams.return_url);
    return new Promise(() => {});
  },
});
"""
PAGE = CardPage(
    client_secret="pi_1_secret_2",
    publishable_key="pk_test_esnaf",
    script_url="https://stripe.example/stripe.js",
    return_url=RETURN_URL,
)
ORDER = SimpleNamespace(total_incl_tax=Decimal("349.00"), currency="TRY")


def fragment(page: CardPage = PAGE) -> str:
    with translation.override("en"):
        return render_to_string(Stripe.template, {"stripe": page, "order": ORDER})


@pytest.fixture(scope="module")
def in_a_browser() -> Iterator[Callable[..., Any]]:
    """`in_a_browser(look, script=…)`: what `look(page)` answers about a page with the fragment.

    In a thread of its own: another test may hold Playwright's loop in this one.
    """
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NO BROWSER TESTS WERE RUN: {CHROMIUM} is missing (Debian: apt-get install chromium)")
    with ThreadPoolExecutor(1) as thread:
        playwright = thread.submit(sync_playwright().start).result()
        browser = thread.submit(playwright.chromium.launch, executable_path=CHROMIUM, args=FLAGS).result()

        def run(look: Callable[[Page], Any], script: str, has_scripts: bool) -> Any:
            page = browser.new_context(java_script_enabled=has_scripts).new_page()
            page.route("**/*", lambda route: serve(route, script))
            page.goto("https://shop.example/pay/")
            return look(page)

        def in_its_thread(look: Callable[[Page], Any], *, script: str = SCRIPT, has_scripts: bool = True) -> Any:
            return thread.submit(run, look, script, has_scripts).result()

        yield in_its_thread
        thread.submit(browser.close).result()
        thread.submit(playwright.stop).result()


def serve(route: Route, script: str) -> None:
    """The page, our script and Stripe's; an empty `script` is one that cannot be loaded."""
    path = urlsplit(route.request.url).path
    if path == "/stripe.js" and not script:
        route.abort()
    elif path == "/stripe.js":
        route.fulfill(body=script, content_type="text/javascript")
    elif path.startswith(settings.STATIC_URL):
        file = settings.BASE_DIR / "static" / path.removeprefix(settings.STATIC_URL)
        route.fulfill(body=file.read_text(), content_type="text/javascript")
    else:
        html = f'<!doctype html><html lang="en"><title>Payment</title><main>{fragment()}</main></html>'
        route.fulfill(body=html, content_type="text/html")


def test_the_page_gets_the_secret_and_the_public_key_only(
    stripe_server: FakeStripe, make_payment: Any, settings: Any
) -> None:
    payment, provider = make_payment("stripe"), Stripe()
    keep(payment, provider.start(payment, form={}, return_url=RETURN_URL))
    html = fragment(provider.card_page(payment, return_url=RETURN_URL))
    [intent] = stripe_server.intents.values()
    assert f'data-secret="{intent["client_secret"]}"' in html
    assert 'data-key="pk_test_esnaf"' in html
    assert f'src="{settings.STRIPE_JS_URL}"' in html
    assert settings.STRIPE_SECRET_KEY not in html
    assert settings.STRIPE_WEBHOOK_SECRET not in html


def test_what_cannot_be_paid_any_more_shows_no_fields_and_loads_nothing(
    stripe_server: FakeStripe, make_payment: Any
) -> None:
    payment, provider = make_payment("stripe"), Stripe()
    keep(payment, provider.start(payment, form={}, return_url=RETURN_URL))
    stripe_server.pay(payment.provider_reference)
    html = fragment(provider.card_page(payment, return_url=RETURN_URL))
    assert "<script" not in html
    assert "<form" not in html


@pytest.mark.browser
def test_a_declined_card_may_be_followed_by_one_that_pays(in_a_browser: Callable[..., Any]) -> None:
    def pay_twice(page: Page) -> tuple[str, str, str]:
        button = page.locator("button:enabled")
        button.click()
        problem = page.locator("[data-stripe-problem]:visible").inner_text()
        fields = page.locator("[data-stripe-fields]").inner_text()
        button.click()
        page.wait_for_url(RETURN_URL)
        return fields, problem, page.url

    fields, problem, url = in_a_browser(pay_twice)
    assert fields == "payment pk_test_esnaf en pi_1_secret_2"
    assert problem == "Your card was declined."
    assert url == RETURN_URL


@pytest.mark.browser
def test_without_stripes_script_the_page_says_so_and_cannot_be_sent(in_a_browser: Callable[..., Any]) -> None:
    def look(page: Page) -> tuple[str, bool]:
        return page.locator("[data-stripe-problem]:visible").inner_text(), page.locator("button").is_disabled()

    text, is_disabled = in_a_browser(look, script="")
    assert "cannot be loaded" in text
    assert is_disabled


@pytest.mark.browser
def test_without_scripts_the_page_says_what_to_do(in_a_browser: Callable[..., Any]) -> None:
    def look(page: Page) -> tuple[str, bool]:
        return page.locator("noscript").inner_text(), page.locator("button").is_disabled()

    text, is_disabled = in_a_browser(look, has_scripts=False)
    assert "needs JavaScript" in text
    assert is_disabled
