"""Numbers of returns: like those of orders, random and easy to read aloud."""

import secrets

from shop.orders.numbers import ALPHABET


def new_return_number() -> str:
    """Like "R-7K3M-9QTR": 23^8 possibilities. It opens nothing: pages are found by signed links."""
    letters = [secrets.choice(ALPHABET) for _ in range(8)]
    return "R-" + "".join(letters[:4]) + "-" + "".join(letters[4:])
