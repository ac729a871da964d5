"""Order numbers: random, so that nobody can count or guess them; easy to read aloud."""

import secrets

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V: whatever sounds or looks like another.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"


def new_order_number() -> str:
    """Like "E-7K3M-9QTR-4C": 23^10 possibilities, some 45 bits."""
    letters = [secrets.choice(ALPHABET) for _ in range(10)]
    return "E-" + "".join(letters[:4]) + "-" + "".join(letters[4:8]) + "-" + "".join(letters[8:])
