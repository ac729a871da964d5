"""Ways to pay that do not exist, and play money in production, are said at the start."""

from typing import Any

from config.checks import payment_is_possible


def said(settings: Any, **changes: Any) -> list[str]:
    for name, value in changes.items():
        setattr(settings, name, value)
    return [str(message.id) for message in payment_is_possible(None)]


def test_the_shop_as_it_comes_is_fine(settings: Any) -> None:
    assert said(settings, DEBUG=True, PAYMENT_SIMULATOR=True) == []
    assert said(settings, DEBUG=False, PAYMENT_SIMULATOR=False) == []


def test_play_money_in_production_is_warned_of(settings: Any) -> None:
    assert said(settings, DEBUG=False, PAYMENT_SIMULATOR=True) == ["config.W002"]


def test_an_unknown_way_to_pay_stops_the_start(settings: Any) -> None:
    assert said(settings, DEBUG=True, PAYMENT_PROVIDERS=["simulated-card", "gold"]) == ["config.E005"]
