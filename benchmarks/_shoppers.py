"""Somebody in front of a served shop, either one: finds pages, fills a basket through its forms, keeps the cookies."""

import http.client
import re
from html import escape
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from benchmarks._load import NotServed, Page

PATIENCE = 120.0
FEWEST = 12  # products that a full page of a listing shows
PRODUCT = re.compile(r'href="((?:/en)?/catalogue/(?!category/)[\w-]+_\d+/)"')
CATEGORY = re.compile(r'href="((?:/en)?/catalogue/category/[\w/-]+_\d+/)"')


class Shopper:
    """`prefix` is what stands before every path of the shop: "/en" in ours, nothing in Oscar's.

    A stranger comes for the first time, every time.
    """

    def __init__(self, port: int, *, prefix: str, is_stranger: bool = False) -> None:
        self.port = port
        self.prefix = prefix
        self.is_stranger = is_stranger
        self.kept: dict[str, str] = {}

    @property
    def cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.kept.items())

    def get(self, path: str) -> str:
        """The page behind `path`.

        :raises NotServed: if it is anything but a page
        """
        status, text = self._ask("GET", self.prefix + path)
        if status != 200:
            raise NotServed(f"{self.prefix + path} answered {status}: {text[:300]}")
        return text

    def put_into_basket(self, product_id: int, quantity: int) -> None:
        fields = {"csrfmiddlewaretoken": self.kept.get("csrftoken", ""), "quantity": quantity, "next": "/"}
        status, text = self._ask("POST", f"{self.prefix}/basket/add/{product_id}/", urlencode(fields))
        if status != 302:
            raise NotServed(f"{product_id} could not be put into the basket: {status}, {text[:300]}")

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Accept-Language": "en", "Cookie": self.cookies, "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for line in [] if self.is_stranger else answer.headers.get_all("Set-Cookie") or []:
                # Over plain HTTP a browser keeps back what is marked as secure; production has a proxy with TLS.
                self.kept.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def listing_page(self, path: str) -> Page:
        """A listing that shows products; the first of them has to be on it from now on.

        :raises NotServed: if it shows few
        """
        products = list(dict.fromkeys(PRODUCT.findall(self.get(path))))
        if len(products) < FEWEST:
            raise NotServed(f"{self.prefix + path} shows {len(products)} products")
        return Page(self.prefix + path, products[0], self.cookies)

    def product_page(self, path: str, title: str) -> Page:
        """
        :raises NotServed: if the title is not on it
        """
        if escape(title) not in self.get(path):
            raise NotServed(f"{self.prefix + path} does not show {title}")
        return Page(self.prefix + path, escape(title), self.cookies)

    def search_page(self, query: str, wanted: str) -> tuple[Page, bool]:
        """The first page for a query, and whether the wanted product's path is on it; if so, it has to stay there."""
        path = f"/search/?{urlencode({'q': query})}"
        is_found = self.prefix + wanted in self.get(path)
        return Page(self.prefix + path, self.prefix + wanted if is_found else "</html>", self.cookies), is_found

    def categories(self) -> list[str]:
        """The paths of the categories that the listing of everything leads to, and of those within."""
        top = self._categories_on("/catalogue/")
        return list(dict.fromkeys([*top, *(inner for path in top for inner in self._categories_on(path))]))

    def _categories_on(self, path: str) -> list[str]:
        return [found.removeprefix(self.prefix) for found in CATEGORY.findall(self.get(path))]
