"""Two taps at once are two changes of the basket: none is lost, and no more goes in than there is."""

from typing import Any

import pytest

from crm import api as crm
from shop.basket.services import SoldOut, put_into_basket
from shop.oscar import Basket, BasketLine
from shop.partner.strategy import Selector
from tests.races import run_at_once
from tests.shop import shelves


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("stock", "expected"), [(100, 8), (5, 5)])
def test_eight_taps_at_once_are_all_counted(now: Any, stock: int, expected: int) -> None:
    cezve = shelves.product("Cezve", stock=stock)
    basket_id = Basket.objects.create().pk

    def tap() -> Any:
        basket = Basket.objects.get(pk=basket_id)
        basket.strategy = Selector().strategy()
        return put_into_basket(basket, cezve.pk, quantity=1, who=crm.Who(None, None), now=now)

    answers = run_at_once(*[tap] * 8)
    assert BasketLine.objects.get().quantity == expected
    assert sum(isinstance(answer, SoldOut) for answer in answers) == 8 - expected
