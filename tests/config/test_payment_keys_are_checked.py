"""A provider with half of its keys is not offered, and the owner is told why."""

from typing import Any

import pytest

from config.checks import payment_providers_are_whole

STRIPE = {
    "STRIPE_SECRET_KEY": "sk_test_a",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_a",
    "STRIPE_WEBHOOK_SECRET": "whsec_a",
}
IYZICO = {"IYZICO_API_KEY": "a", "IYZICO_SECRET_KEY": "b"}


def problems(settings: Any, **given: str) -> list[str | None]:
    for name in (*STRIPE, *IYZICO):
        setattr(settings, name, given.get(name, ""))
    return [problem.id for problem in payment_providers_are_whole(None)]


def test_none_or_all_of_the_keys_are_fine(settings: Any) -> None:
    assert problems(settings) == []
    assert problems(settings, **STRIPE) == []
    assert problems(settings, **STRIPE, **IYZICO) == []


@pytest.mark.parametrize("missing", [*STRIPE, *IYZICO])
def test_a_missing_key_is_named(missing: str, settings: Any) -> None:
    assert problems(settings, **{**STRIPE, **IYZICO, missing: ""}) == ["config.E006"]
    [problem] = payment_providers_are_whole(None)
    assert missing in problem.msg


def test_keys_of_two_modes_are_told_apart(settings: Any) -> None:
    assert problems(settings, **{**STRIPE, "STRIPE_PUBLISHABLE_KEY": "pk_live_a"}) == ["config.E007"]
    assert problems(settings, **{**STRIPE, "STRIPE_SECRET_KEY": "rk_test_a"}) == []
