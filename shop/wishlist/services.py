"""Changing a wish list. Each change locks the list, so that two taps are one wish and two tabs lose none."""

import secrets
from datetime import datetime

from django.db import transaction

from crm import api as crm
from shop.index.rows import listed_products
from shop.models import Wish, WishList

MOST = 200


class NothingToWishFor(LookupError):
    """The product is gone, hidden, or a variant."""


class WishListIsFull(Exception):
    """There are MOST things on it."""


@transaction.atomic
def add_wish(product_id: int, *, list_id: int | None, customer_id: int | None, who: crm.Who, now: datetime) -> WishList:
    """Put a product on the list, once. Without a `list_id` the customer's list is made, or one for a guest.

    :raises NothingToWishFor: :raises WishListIsFull:
    """
    if not listed_products().filter(pk=product_id).exists():
        raise NothingToWishFor(product_id)
    wish_list = _locked(list_id, customer_id, now)
    wishes = Wish.objects.filter(wish_list=wish_list)
    if wishes.filter(product=product_id).exists():
        return wish_list
    if wishes.count() >= MOST:
        raise WishListIsFull
    Wish.objects.create(wish_list=wish_list, product_id=product_id, added_at=now)
    crm.trace("shop.wish.added", who=who, now=now, subject=f"shop.product:{product_id}")
    return wish_list


def _locked(list_id: int | None, customer_id: int | None, now: datetime) -> WishList:
    if customer_id is not None:
        WishList.objects.get_or_create(customer_id=customer_id, defaults={"created_at": now})
        return WishList.objects.select_for_update(of=("self",)).get(customer=customer_id)
    guests = WishList.objects.select_for_update(of=("self",)).filter(customer=None)
    known = guests.filter(pk=list_id).first() if list_id is not None else None
    return known or WishList.objects.create(created_at=now)


@transaction.atomic
def remove_wish(list_id: int, product_id: int, *, who: crm.Who, now: datetime) -> None:
    """What is not on it is off it already."""
    removed, _rows = Wish.objects.filter(wish_list=list_id, product=product_id).delete()
    if removed:
        crm.trace("shop.wish.removed", who=who, now=now, subject=f"shop.product:{product_id}")


@transaction.atomic
def share_list(list_id: int, *, shows_name: bool) -> str:
    """Make the list readable to whoever has its address; returns the key in it, the same as before if it was."""
    wish_list = WishList.objects.select_for_update(of=("self",)).get(pk=list_id)
    wish_list.share_key = wish_list.share_key or secrets.token_urlsafe(16)
    wish_list.shows_name = shows_name
    wish_list.save(update_fields=["share_key", "shows_name"])
    return wish_list.share_key


def stop_sharing(list_id: int) -> None:
    """The address that was given away leads nowhere from now on, and never again."""
    WishList.objects.filter(pk=list_id).update(share_key=None, shows_name=False)


@transaction.atomic
def join_lists(customer_id: int, *, guest_list_id: int, now: datetime) -> None:
    """What a guest wished for before logging in goes on the customer's list, each thing once, the latest first as far
    as there is room; the guest's list is gone then, and its shared address with it.
    """
    guest = WishList.objects.select_for_update(of=("self",)).filter(pk=guest_list_id, customer=None).first()
    if guest is None:
        return
    own = _locked(None, customer_id, now)
    known = set(Wish.objects.filter(wish_list=own).values_list("product_id", flat=True))
    new = [wish for wish in guest.wishes.order_by("-added_at", "-pk") if wish.product_id not in known]
    Wish.objects.filter(pk__in=[wish.pk for wish in new[: MOST - len(known)]]).update(wish_list=own)
    guest.delete()
