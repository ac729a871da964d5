"""The 30-day rule. Triggers of the database keep the history and the rule (migration 0018); this asks them.

Beside a reduced price stands the lowest price that was charged in the 30 days before the reduction: in Turkey article
14 of the Regulation on Commercial Advertising and Unfair Commercial Practices (Ticari Reklam ve Haksız Ticari
Uygulamalar Yönetmeliği, as amended in the Official Gazette of 1 February 2022, no. 31737), in the Union article 6a of
Directive 98/6/EC (added by Directive (EU) 2019/2161, "Omnibus"; CJEU C-330/23, Aldi Süd).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection


def proven_price(stockrecord_id: int, *, price: Decimal | None, currency: str) -> Decimal | None:
    """The lowest price of the 30 days before `price`, which a stock record has now, began to be charged.

    None: there was none, so nothing may be called a reduction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT shop_proven_price(%s, %s, %s)", [stockrecord_id, price, currency])
        return cursor.fetchone()[0]


def lowest_price(stockrecord_id: int, *, currency: str, moment: datetime) -> Decimal | None:
    """The lowest price that was charged in the 30 days before `moment`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT shop_lowest_price(%s, %s, %s)", [stockrecord_id, currency, moment])
        return cursor.fetchone()[0]


def lowest_prices(stockrecord_id: int, *, currency: str, moments: Sequence[datetime]) -> list[Decimal | None]:
    """`lowest_price` for each of several moments. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shop_lowest_price(%s, %s, moment)"
            " FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS asked (moment, place) ORDER BY place",
            [stockrecord_id, currency, [*moments]],
        )
        return [price for (price,) in cursor.fetchall()]
