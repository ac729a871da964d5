"""Oscar's middleware, without the question how many lines a basket has before they are read."""

from typing import Any

from oscar.apps.basket import middleware

from shop.oscar import Applicator
from shop.requests import ShopRequest


class BasketMiddleware(middleware.BasketMiddleware):
    def apply_offers_to_basket(self, request: ShopRequest, basket: Any) -> None:
        Applicator().apply(basket, request.user, request)
