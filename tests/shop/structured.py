"""JSON-LD of a page, and what schema.org and the search engines ask of it.

The tables are Google's: developers.google.com/search/docs/appearance/structured-data/ merchant-listing,
product-snippet, product-variants, review-snippet, breadcrumb, organization, article; read in November 2026.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

# type → (required, recommended), as far as a shop can know it.
FIELDS: dict[str, tuple[set[str], set[str]]] = {
    "Product": ({"name", "image", "offers"}, {"sku"}),
    "ProductGroup": ({"name"}, {"productGroupID", "hasVariant", "variesBy", "description", "url", "offers"}),
    "Offer": (
        {"price", "priceCurrency"},
        {"availability", "itemCondition", "url", "hasMerchantReturnPolicy", "shippingDetails"},
    ),
    "AggregateOffer": ({"lowPrice", "priceCurrency"}, {"highPrice", "offerCount"}),
    "AggregateRating": ({"ratingValue", "reviewCount"}, {"bestRating"}),
    "Review": ({"author", "reviewRating"}, {"datePublished", "reviewBody"}),
    "Rating": ({"ratingValue"}, {"bestRating"}),
    "Brand": ({"name"}, set()),
    "Person": ({"name"}, set()),
    "MerchantReturnPolicy": (
        {"applicableCountry", "returnPolicyCategory"},
        {"merchantReturnDays", "returnFees", "returnMethod", "returnPolicyCountry", "refundType"},
    ),
    "OfferShippingDetails": ({"shippingRate", "shippingDestination", "deliveryTime"}, set()),
    "MonetaryAmount": ({"value", "currency"}, set()),
    "DefinedRegion": ({"addressCountry"}, set()),
    "ShippingDeliveryTime": ({"handlingTime", "transitTime"}, {"cutoffTime"}),
    "QuantitativeValue": ({"minValue", "maxValue", "unitCode"}, set()),
    "BreadcrumbList": ({"itemListElement"}, set()),
    "ListItem": ({"position", "name"}, set()),
    "OnlineStore": ({"name", "url"}, {"logo", "address", "contactPoint", "email", "telephone", "legalName", "taxID"}),
    "Organization": ({"name"}, set()),
    "PostalAddress": ({"addressCountry", "streetAddress"}, set()),
    "ContactPoint": ({"telephone", "email"}, {"contactType"}),
    "WebSite": ({"name", "url", "potentialAction"}, set()),
    "SearchAction": ({"target", "query-input"}, set()),
    "EntryPoint": ({"urlTemplate"}, set()),
    "Article": ({"headline", "image", "datePublished", "author"}, {"dateModified", "publisher", "mainEntityOfPage"}),
    "CollectionPage": ({"name", "url"}, set()),
    "ItemList": ({"itemListElement"}, {"numberOfItems"}),
}
# What schema.org knows of these types besides, and we use.
ALSO: dict[str, set[str]] = {
    "Product": {"brand", "category", "description", "url", "review", "aggregateRating", "color", "size", "material"},
    "ProductGroup": {"brand", "category", "image", "review", "aggregateRating"},
    "Offer": {"seller"},
    "AggregateOffer": {"availability"},
    "AggregateRating": {"worstRating"},
    "Rating": {"worstRating"},
    "Review": {"name"},
    "MerchantReturnPolicy": {"returnLabelSource"},
    "OfferShippingDetails": {"shippingLabel"},
    "ListItem": {"item", "url"},
    "Organization": {"url", "logo"},
    "ContactPoint": {"availableLanguage"},
    "WebSite": {"inLanguage", "publisher"},
    "Article": {"description", "inLanguage"},
    "CollectionPage": {"description", "inLanguage", "mainEntity"},
}
ENUMERATIONS = {
    "availability": {"InStock", "OutOfStock"},
    "itemCondition": {"NewCondition"},
    "returnPolicyCategory": {"MerchantReturnFiniteReturnWindow"},
    "returnFees": {"FreeReturn"},
    "returnMethod": {"ReturnByMail"},
    "refundType": {"FullRefund"},
    "returnLabelSource": {"ReturnLabelDownloadAndPrint"},
}
SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def things_of(html: str) -> list[dict[str, Any]]:
    """The things of the one graph of a page, checked."""
    [text] = SCRIPT.findall(html)
    data = json.loads(text)
    assert data["@context"] == "https://schema.org"
    check(data["@graph"])
    return list(data["@graph"])


def of_type(things: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    [found] = [thing for thing in things if thing["@type"] == kind]
    return found


def check(graph: list[dict[str, Any]]) -> None:
    """Every thing has its fields and no unknown ones; every reference leads to a thing of the page or the home page."""
    ids = {thing["@id"] for thing in _every(graph) if "@id" in thing and "@type" in thing}
    for thing in _every(graph):
        if "@type" not in thing:
            assert set(thing) == {"@id"}
            assert thing["@id"] in ids or thing["@id"].endswith("/#organization"), thing
            continue
        required, recommended = FIELDS[thing["@type"]]
        has = {name for name in thing if not name.startswith("@")}
        assert required <= has, (thing["@type"], required - has)
        assert recommended <= has, (thing["@type"], recommended - has)
        unknown = has - required - recommended - ALSO.get(thing["@type"], set())
        assert not unknown, (thing["@type"], unknown)
        for name, values in ENUMERATIONS.items():
            if name in thing:
                assert thing[name] in {f"https://schema.org/{value}" for value in values}, thing[name]
        for name in ("url", "item", "image", "logo", "mainEntityOfPage"):
            for address in thing[name] if isinstance(thing.get(name), list) else [thing.get(name, "http://")]:
                assert address.startswith("http"), (name, address)


def _every(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _every(one)
