"""Every page that is to be found, in every language, a bounded piece at a time (sitemaps.org; hreflang beside each)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse
from django.utils import translation

from knowledgebase import api as knowledgebase
from shop.catalogue.departments import category_url
from shop.catalogue.offers import product_url
from shop.index.rows import listed_products
from shop.oscar import Category
from shop.seo.addresses import absolute

# Items of a file; each stands in it once for every language. The protocol allows 50,000 addresses.
LIMIT = 2000


class BilingualSitemap(Sitemap):
    """Of items that have a page in several languages."""

    limit = LIMIT

    def paths(self, item: Any) -> dict[str, str]:
        """{language: path} of the languages that have it."""
        raise NotImplementedError

    def changed_at(self, item: Any) -> datetime | None:
        return None

    def get_urls(self, page: int | str = 1, site: Any = None, protocol: Any = None) -> list[dict[str, Any]]:
        """What Django's sitemap.xml draws. The host is SITE_URL's, whatever host was asked."""
        urls = []
        for item in self.paginator.page(page).object_list:
            paths = {language: absolute(path) for language, path in self.paths(item).items()}
            links = [{"lang_code": language, "location": location} for language, location in paths.items()]
            if settings.LANGUAGE_CODE in paths:
                links.append({"lang_code": "x-default", "location": paths[settings.LANGUAGE_CODE]})
            lastmod = self.changed_at(item)
            urls += [
                {"location": location, "lastmod": lastmod, "alternates": links if len(paths) > 1 else []}
                for location in paths.values()
            ]
        return urls


def _everywhere(path_of: Any) -> dict[str, str]:
    """What `path_of()` answers in every language."""
    paths = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            paths[language] = path_of()
    return paths


class PageSitemap(BilingualSitemap):
    def items(self) -> list[str]:
        return ["shop:home", "catalogue:index", "knowledgebase:home"]

    def paths(self, item: str) -> dict[str, str]:
        return _everywhere(lambda: reverse(item))


class ProductSitemap(BilingualSitemap):
    def items(self) -> Any:
        return listed_products().order_by("pk").values_list("pk", "slug", "date_updated")

    def paths(self, item: tuple[int, str, datetime]) -> dict[str, str]:
        return _everywhere(lambda: product_url(item[1], item[0]))

    def changed_at(self, item: tuple[int, str, datetime]) -> datetime:
        return item[2]


class CategorySitemap(BilingualSitemap):
    def items(self) -> Sequence[tuple[int, str]]:
        """Public ones of which every ancestor is public."""
        rows = Category.objects.filter(is_public=True).order_by("path").values_list("path", "pk", "slug")
        shown: set[str] = set()
        found = []
        for path, pk, slug in rows:
            parent = path[: -Category.steplen]
            if not parent or parent in shown:
                shown.add(path)
                found.append((pk, slug))
        return found

    def paths(self, item: tuple[int, str]) -> dict[str, str]:
        return _everywhere(lambda: category_url(item[1], item[0]))


class ArticleSitemap(BilingualSitemap):
    def items(self) -> Any:
        return knowledgebase.published_articles()

    def paths(self, item: Any) -> dict[str, str]:
        return dict(knowledgebase.article_paths(item))

    def changed_at(self, item: Any) -> datetime:
        return item.changed_at


class HelpCategorySitemap(BilingualSitemap):
    def items(self) -> list[str]:
        return knowledgebase.category_slugs()

    def paths(self, item: str) -> dict[str, str]:
        return _everywhere(lambda: reverse("knowledgebase:category", args=[item]))


SECTIONS: dict[str, type[BilingualSitemap]] = {
    "pages": PageSitemap,
    "categories": CategorySitemap,
    "products": ProductSitemap,
    "help-categories": HelpCategorySitemap,
    "articles": ArticleSitemap,
}


def files() -> list[str]:
    """The whole address of every file, for the index."""
    found = []
    for name, section in SECTIONS.items():
        path = absolute(reverse("sitemap-section", args=[name]))
        pages = section().paginator.num_pages
        found += [path if page == 1 else f"{path}?p={page}" for page in range(1, pages + 1)]
    return found
