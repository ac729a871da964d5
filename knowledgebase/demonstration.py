"""The help centre of the demo shop."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crm import api as crm
from knowledgebase.articles import name_category
from knowledgebase.importing import Imported, import_articles

ARTICLES = Path(__file__).parent / "demo" / "articles.jsonl"


@dataclass(frozen=True)
class _Titles:
    tr: str
    en: str


CATEGORIES = {
    "orders": _Titles("Siparişler", "Orders"),
    "delivery": _Titles("Teslimat", "Delivery"),
    "returns": _Titles("İade ve değişim", "Returns and exchanges"),
    "payment": _Titles("Ödeme ve fatura", "Payment and invoices"),
    "account": _Titles("Hesabım", "My account"),
    "privacy": _Titles("Gizlilik ve e-postalar", "Privacy and e-mails"),
    "products": _Titles("Ürünler ve bakım", "Products and care"),
    "contact": _Titles("Bize ulaşın", "Contact"),
}


def load_demo(*, now: datetime) -> Imported:
    """Categories and articles in both languages; loading them again changes nothing."""
    for position, (slug, titles) in enumerate(CATEGORIES.items(), 1):
        name_category(slug, position=position * 10, titles={"tr": titles.tr, "en": titles.en})
    return import_articles(
        ARTICLES,
        actor=crm.Actor.system("demo"),
        now=now,
        on_checked=lambda _bytes: None,
        on_written=lambda _articles: None,
    )
