"""Choosing: the pictures, a question, the heart, and a mail when what was sold out is back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journey.conftest import DESKTOP, PHONE, Shop, Visitor, link_in

pytestmark = pytest.mark.browser

# A demo product with three pictures, and one that is sold out.
PREPARE = """
from shop.oscar import Product, ProductImage, StockRecord
shown, gone = Product.objects.filter(structure="standalone", images__isnull=False).order_by("pk")[:2]
for image in ProductImage.objects.exclude(product=shown).order_by("pk")[:2]:
    ProductImage.objects.create(product=shown, original=image.original, display_order=9)
StockRecord.objects.filter(product=gone).update(num_in_stock=0, num_allocated=0)
print(*(f"{each.slug}_{each.pk}" for each in (shown, gone)))
"""
COMES_BACK = """
from shop.oscar import StockRecord
from shop.tasks import send_stock_alerts
StockRecord.objects.filter(product={product}).update(num_in_stock=3)
send_stock_alerts()
"""


@pytest.mark.parametrize(("language", "size"), [("tr", PHONE), ("en", DESKTOP)])
def test_a_guest_looks_asks_wishes_and_is_told(
    shop: Shop, visitor: Callable[..., Visitor], language: str, size: dict[str, int]
) -> None:
    shown, gone = shop.run("shell", "-v", "0", "-c", PREPARE).split()[-2:]
    shopper, email = visitor(language, size), f"waits-{language}@example.com"
    page = shopper.page
    shopper.go(f"/{language}/catalogue/{shown}/")

    # Pictures: by a click, by the keyboard, without leaving the page.
    address = page.url
    small = page.locator("a[data-picture]")
    small.nth(2).click()
    expect(small.nth(2)).to_have_attribute("aria-current", "true")
    page.locator(".gallery__strip").focus()
    page.keyboard.press("ArrowLeft")
    expect(small.nth(1)).to_have_attribute("aria-current", "true")
    assert page.url == address

    # A question is answered in place.
    page.fill("#question", "iade" if language == "tr" else "return")
    page.keyboard.press("Enter")
    expect(page.locator("#answers a").first).to_be_visible()

    # The heart, and the list behind it.
    heart = page.locator(".wish-button__heart")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    shopper.press(".wish-button a")
    expect(page.locator(".wish")).to_have_count(1)
    shopper.press(".wish-share button")
    shared = page.locator(".wish-share input[readonly]").input_value()
    friend = visitor(language, size)
    friend.go(shared)
    expect(friend.page.locator(".wish")).to_have_count(1)

    # Sold out: told by mail once it is back.
    shopper.go(f"/{language}/catalogue/{gone}/")
    page.fill("#alert-email", email)
    shopper.press(".alert button")
    asked = shop.wait_for_mail(email, lambda message: True)
    shopper.go(link_in(asked, "/alerts/confirm/"))
    shopper.press("main form button")
    shop.run("shell", "-v", "0", "-c", COMES_BACK.format(product=gone.rsplit("_", 1)[1]))
    told = shop.wait_for_mail(email, lambda message: message["Subject"] != asked["Subject"])
    shopper.go(link_in(told, "/catalogue/"))
    expect(page.locator("main form[action*='/basket/add/']")).to_have_count(1)
