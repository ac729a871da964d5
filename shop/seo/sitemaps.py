"""Every page that is to be found, in every language, a bounded piece at a time (sitemaps.org; hreflang beside each)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.sitemaps import Sitemap
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.urls import reverse

from knowledgebase import api as knowledgebase
from shop.catalogue.departments import Department, all_departments
from shop.catalogue.offers import product_url, slug_in
from shop.index.refresh import current_version
from shop.index.rows import listed_products
from shop.models import ProductText
from shop.seo.addresses import absolute, in_every_language

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


class PageSitemap(BilingualSitemap):
    def items(self) -> list[str]:
        return ["shop:home", "catalogue:index", "knowledgebase:home"]

    def paths(self, item: str) -> dict[str, str]:
        return in_every_language(lambda _language: reverse(item))


class ProductSitemap(BilingualSitemap):
    def items(self) -> Any:
        texts = ProductText.objects.filter(product=OuterRef("pk"))
        slugs = ArraySubquery(texts.values(said=JSONObject(language="language", slug="slug")))
        products = listed_products().order_by("pk").annotate(slugs=slugs)
        return products.values_list("pk", "slug", "slugs", "date_updated", named=True)

    def paths(self, item: Any) -> dict[str, str]:
        slugs = {each["language"]: each["slug"] for each in item.slugs}
        return in_every_language(lambda language: product_url(slug_in(language, slugs, item.slug), item.pk))

    def changed_at(self, item: Any) -> datetime:
        return item.date_updated


class CategorySitemap(BilingualSitemap):
    def items(self) -> list[Department]:
        return all_departments(current_version(), settings.LANGUAGE_CODE)

    def paths(self, item: Department) -> dict[str, str]:
        return item.translations


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
        return in_every_language(lambda _language: reverse("knowledgebase:category", args=[item]))


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
