"""How much a product is wanted: each order line counts one, half as much for every 90 days since.

Kept in Oscar's analytics_productrecord.score, by product page (a variant's lines count for its parent). A line, not its
quantity: a reseller's 2,000 pieces are one customer's wish.
"""

from datetime import datetime

from django.db import connection, transaction

from shop.index.refresh import take_over_scores

HALF_LIFE_DAYS = 90

_REBUILD = """
WITH wanted AS (
    SELECT COALESCE(product.parent_id, product.id) AS product_id,
           count(*) AS lines,
           sum(power(0.5, LEAST(900, GREATEST(0, days.since / %(half_life)s)))) AS score
    FROM order_line line
    JOIN order_order orders ON orders.id = line.order_id
    JOIN catalogue_product product ON product.id = line.product_id
    CROSS JOIN LATERAL (SELECT extract(epoch FROM %(now)s - orders.date_placed) / 86400 AS since) days
    WHERE orders.status <> 'cancelled'
    GROUP BY 1
)
INSERT INTO analytics_productrecord (product_id, num_views, num_basket_additions, num_purchases, score)
SELECT product_id, 0, 0, lines, score FROM wanted
ON CONFLICT (product_id) DO UPDATE SET num_purchases = EXCLUDED.num_purchases, score = EXCLUDED.score
"""


@transaction.atomic
def rebuild_popularity(*, now: datetime) -> int:
    """Count all order lines anew; returns how many products were wanted. Nightly, and after a big import."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analytics_productrecord SET score = 0, num_purchases = 0 WHERE score <> 0")
        cursor.execute(_REBUILD, {"now": now, "half_life": HALF_LIFE_DAYS})
        wanted = cursor.rowcount
    take_over_scores()
    return wanted
