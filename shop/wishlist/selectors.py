"""Whose list it is, and what is on it. A stranger without a list costs no query."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from crm import api as crm
from shop.catalogue.cards import Card, cards
from shop.models import Wish, WishList
from shop.requests import ShopRequest

COOKIE = "esnaf_wishes"
SALT = "shop.wish-list"
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class SharedList:
    """`name` is its owner's first name, "" where it is not to be shown."""

    name: str
    cards: list[Card]


def guest_list_id(request: HttpRequest) -> int | None:
    """The list that the browser's cookie names; a forged one names none."""
    kept = request.COOKIES.get(COOKIE, "")
    if not kept:
        return None
    try:
        id = signing.loads(kept, salt=SALT)
    except signing.BadSignature:
        return None
    return id if isinstance(id, int) else None


def remember_list(response: HttpResponse, list_id: int) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(list_id, salt=SALT),
        max_age=YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def own_lists(request: ShopRequest) -> QuerySet[WishList] | None:
    """The shopper's list as a query of one row or none; None if there cannot be one."""
    if request.who.customer_id is not None:
        return WishList.objects.filter(customer=request.who.customer_id)
    list_id = guest_list_id(request)
    return WishList.objects.filter(pk=list_id, customer=None) if list_id is not None else None


def own_list(request: ShopRequest) -> WishList | None:
    lists = own_lists(request)
    return lists.first() if lists is not None else None


def wished_ids(request: ShopRequest, product_ids: list[int]) -> set[int]:
    """Which of the products are on the shopper's list. One query, none for a stranger."""
    lists = own_lists(request)
    if lists is None:
        return set()
    wishes = Wish.objects.filter(wish_list__in=lists.values("pk"), product__in=product_ids)
    return set(wishes.values_list("product_id", flat=True))


def cards_of_list(wish_list: WishList, *, language: str) -> list[Card]:
    """The latest wish first; what is no longer sold is left out."""
    ids = list(wish_list.wishes.order_by("-added_at", "-pk").values_list("product_id", flat=True))
    return cards(ids, language=language)


def shared_list(key: str, *, language: str) -> SharedList | None:
    """What stands under an address that somebody gave away."""
    wish_list = WishList.objects.select_related("customer").filter(share_key=key).first() if key else None
    if wish_list is None:
        return None
    name = ""
    if wish_list.shows_name and wish_list.customer:
        name = crm.clean_line(wish_list.customer.name).split(" ")[0][:40]
    return SharedList(name, cards_of_list(wish_list, language=language))
