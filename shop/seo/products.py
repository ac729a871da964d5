"""A product's page as schema.org has it, out of what the page has loaded already: no query here."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings

from shop.catalogue.selectors import Choice, ProductPage
from shop.seo.addresses import absolute
from shop.seo.schema import ORGANIZATION_ID, Thing, breadcrumbs, graph, home_step, reference, thing
from shop.seo.terms import RETURNS_ID, return_policy, shipping_details
from shop.shipping.weights import DEFAULT_GRAMS

IN_STOCK = "https://schema.org/InStock"
SOLD_OUT = "https://schema.org/OutOfStock"
NEW = "https://schema.org/NewCondition"
MOST_PICTURES = 8
MOST_REVIEWS = 5
# What the maker is called among a product's facts, in the languages of the shop.
BRAND_FACTS = frozenset({"brand", "marka", "maker", "üretici", "manufacturer"})

# What variants differ in, as schema.org calls it; other options keep the name they have on the page.
_VARIES_BY = {
    word: (kind, f"https://schema.org/{kind}")
    for kind, words in {
        "color": ("colour", "color", "renk"),
        "size": ("size", "boy", "beden", "ölçü"),
        "material": ("material", "malzeme"),
        "pattern": ("pattern", "desen"),
    }.items()
    for word in words
}


def product_graph(page: ProductPage, *, reviews: Sequence[Any] = ()) -> Thing:
    """The product (with variants: a ProductGroup of them), how it is returned, and the way to it.

    A product that nobody can buy and nobody has reviewed is none for search engines: they want one of the two.
    """
    here = _group(page, reviews) if len(page.choices) > 1 else _single(page, reviews)
    products = [here] if here.keys() & {"offers", "aggregateRating"} else []
    deliveries = {each["@id"]: each for choice in page.choices for each in _deliveries(page, choice)}
    terms = [return_policy(), *deliveries.values()] if deliveries else []
    steps = [
        home_step(),
        *((department.title, department.url) for department in page.way),
        (page.title, page.url),
    ]
    return graph(*products, *terms, breadcrumbs(*steps))


def brand_of(page: ProductPage) -> str:
    """What its facts say; "" where they say nothing."""
    return next((value for name, value in page.facts if name.strip().casefold() in BRAND_FACTS), "")


def rating_of(page: ProductPage) -> tuple[int, Decimal] | None:
    """(how many reviews, their average of five); None while nobody has written one.

    The one place that knows how a page carries its rating.
    """
    rating = getattr(page, "rating", None)
    return (rating.count, rating.average) if rating is not None and rating.count else None


def _single(page: ProductPage, reviews: Sequence[Any]) -> Thing:
    choice = page.choices[0]
    return thing(
        "Product", **_about(page), **_said_of(page, reviews), sku=choice.sku, offers=_offer(page, choice, page.url)
    )


def _group(page: ProductPage, reviews: Sequence[Any]) -> Thing:
    """docs: developers.google.com/search/docs/appearance/structured-data/product-variants (one page for all)."""
    offers = [choice.offer for choice in page.choices if choice.offer]
    summary = None
    if offers:
        summary = thing(
            "AggregateOffer",
            priceCurrency=offers[0].currency,
            lowPrice=str(min(offer.price for offer in offers)),
            highPrice=str(max(offer.price for offer in offers)),
            offerCount=len(offers),
            availability=IN_STOCK if any(offer.is_available for offer in offers) else SOLD_OUT,
        )
    return thing(
        "ProductGroup",
        **_about(page),
        **_said_of(page, reviews),
        productGroupID=str(page.id),
        variesBy=_VARIES_BY.get(page.option_name.strip().casefold(), ("", page.option_name))[1],
        offers=summary,
        hasVariant=[_variant(page, choice) for choice in page.choices if choice.offer],
    )


def _variant(page: ProductPage, choice: Choice) -> Thing:
    kind, _ = _VARIES_BY.get(page.option_name.strip().casefold(), ("", ""))
    return thing(
        "Product",
        **({kind: choice.title} if kind else {}),
        name=f"{page.title}, {choice.title}",
        sku=choice.sku or str(choice.product_id),
        image=_pictures(page)[:1],
        url=absolute(choice.url),
        offers=_offer(page, choice, choice.url),
    )


def _about(page: ProductPage) -> dict[str, Any]:
    brand = brand_of(page)
    return {
        "name": page.title,
        "description": " ".join(page.paragraphs)[:5000],
        "url": absolute(page.url),
        "image": _pictures(page),
        "brand": thing("Brand", name=brand) if brand else None,
        "category": page.way[-1].title if page.way else None,
    }


def _pictures(page: ProductPage) -> list[str]:
    return [absolute(picture) for picture in page.pictures[:MOST_PICTURES]]


def _offer(page: ProductPage, choice: Choice, path: str) -> Thing | None:
    offer = choice.offer
    if offer is None:
        return None
    return thing(
        "Offer",
        url=absolute(path),
        price=str(offer.price),
        priceCurrency=offer.currency,
        availability=IN_STOCK if offer.is_available else SOLD_OUT,
        itemCondition=NEW,
        seller=thing("Organization", id_=absolute("/" + ORGANIZATION_ID), name=settings.SHOP_NAME),
        hasMerchantReturnPolicy=reference(RETURNS_ID),
        shippingDetails=[reference(each["@id"]) for each in _deliveries(page, choice)],
    )


def _deliveries(page: ProductPage, choice: Choice) -> list[Thing]:
    if choice.offer is None:
        return []
    grams = getattr(page, "grams", DEFAULT_GRAMS)
    return shipping_details(choice.offer.price, choice.offer.currency, grams=grams)


def _said_of(page: ProductPage, reviews: Sequence[Any]) -> dict[str, Any]:
    """By buyers. The reviews are those that the page shows: search engines want nothing that readers do not see."""
    rating = rating_of(page)
    if rating is None:
        return {}
    count, average = rating
    return {
        "aggregateRating": thing(
            "AggregateRating", ratingValue=str(average), reviewCount=count, bestRating=5, worstRating=1
        ),
        "review": [_review(review) for review in reviews[:MOST_REVIEWS]],
    }


def _review(review: Any) -> Thing:
    """`review` has author, stars, title, text and written_at."""
    return thing(
        "Review",
        author=thing("Person", name=review.author),
        datePublished=review.written_at.date().isoformat(),
        name=review.title,
        reviewBody=review.text,
        reviewRating=thing("Rating", ratingValue=review.stars, bestRating=5, worstRating=1),
    )
