"""The statements of an import. import_stage is the file; import_fresh are its lines that are new, each once;
import_owner says whose each new order or return is."""

# A charge for shipping needs goods to belong to: of this file, or an order that is here already.
FRESH = """
DROP TABLE IF EXISTS import_fresh, import_owner;
CREATE TEMP TABLE import_fresh AS
SELECT DISTINCT ON (key) * FROM import_stage stage
WHERE NOT EXISTS (SELECT FROM shop_importedline known WHERE known.key = stage.key)
ORDER BY key, line_no;
UPDATE import_fresh SET treatment = 'shipping_without_goods'
WHERE treatment = 'shipping'
    AND invoice NOT IN (SELECT invoice FROM import_fresh WHERE treatment = 'sale')
    AND NOT EXISTS (SELECT FROM order_order WHERE number = %(prefix)s || invoice);
CREATE INDEX ON import_fresh (invoice);
ANALYZE import_fresh
"""

PEOPLE = """
SELECT external_customer, min(invoiced_at), (array_agg(country ORDER BY invoiced_at DESC))[1]
FROM import_fresh WHERE external_customer <> '' GROUP BY external_customer ORDER BY external_customer
"""

GUESTS = """
SELECT invoice, min(invoiced_at), min(country) FROM import_fresh fresh
WHERE treatment IN ('sale', 'shipping') AND NOT EXISTS (SELECT FROM order_order WHERE number = %(prefix)s || invoice)
GROUP BY invoice HAVING max(external_customer) = '' ORDER BY invoice
"""

OWNERS = "CREATE TEMP TABLE import_owner (invoice text PRIMARY KEY, customer_id bigint NOT NULL)"

OWNERS_OF_NUMBERS = """
INSERT INTO import_owner
SELECT invoices.invoice, people.customer_id
FROM (SELECT invoice, max(external_customer) AS number FROM import_fresh GROUP BY invoice) invoices
JOIN unnest(%s::text[], %s::bigint[]) AS people (number, customer_id) USING (number)
"""

OWNERS_OF_GUESTS = "INSERT INTO import_owner SELECT * FROM unnest(%s::text[], %s::bigint[])"

ORDERS = """
INSERT INTO order_order (
    number, currency, total_incl_tax, total_excl_tax, shipping_incl_tax, shipping_excl_tax, shipping_tax_code,
    shipping_method, shipping_code, status, guest_email, date_placed, site_id, analytics_tracked
)
SELECT %(prefix)s || invoice, %(currency)s, 0, 0, 0, 0, '', 'Imported', 'imported', 'delivered', '',
    min(invoiced_at), %(site)s, false
FROM import_fresh WHERE treatment IN ('sale', 'shipping')
GROUP BY invoice ORDER BY min(invoiced_at), invoice
ON CONFLICT (number) DO NOTHING
"""

PURCHASES = """
INSERT INTO shop_purchase (order_id, customer_id, email, language, paid_at)
SELECT orders.id, owner.customer_id, '', %(language)s, orders.date_placed
FROM import_owner owner JOIN order_order orders ON orders.number = %(prefix)s || owner.invoice
ON CONFLICT (order_id) DO NOTHING
"""

# The file knows no VAT: what was paid stands in both columns.
LINES = """
INSERT INTO order_line (
    order_id, partner_id, partner_name, partner_sku, partner_line_reference, partner_line_notes, stockrecord_id,
    product_id, title, upc, quantity, line_price_incl_tax, line_price_excl_tax, line_price_before_discounts_incl_tax,
    line_price_before_discounts_excl_tax, unit_price_incl_tax, unit_price_excl_tax, tax_code, status, num_allocated,
    allocation_cancelled
)
SELECT orders.id, record.partner_id, 'Imported', fresh.code, '', '', record.id, product.id,
    coalesce(nullif(fresh.description, ''), product.title), fresh.code, fresh.quantity, fresh.amount, fresh.amount,
    fresh.amount, fresh.amount, round(fresh.unit_price, 2), round(fresh.unit_price, 2), '', 'delivered', 0, false
FROM import_fresh fresh
JOIN order_order orders ON orders.number = %(prefix)s || fresh.invoice
JOIN catalogue_product product ON product.upc = fresh.code
LEFT JOIN (
    SELECT record.id, record.product_id, record.partner_id FROM partner_stockrecord record
    JOIN partner_partner partner ON partner.id = record.partner_id AND partner.code = %(partner)s
) record ON record.product_id = product.id
WHERE fresh.treatment = 'sale'
ORDER BY fresh.line_no
"""

LEDGER = """
INSERT INTO shop_importedline (
    key, invoice, code, description, quantity, unit_price, amount, invoiced_at, external_customer, country, treatment,
    order_id
)
SELECT key, invoice, code, description, quantity, unit_price, amount, invoiced_at, external_customer, country,
    treatment, CASE WHEN treatment IN ('sale', 'shipping') THEN orders.id END
FROM import_fresh LEFT JOIN order_order orders ON orders.number = %(prefix)s || invoice
ORDER BY line_no
"""

TOTALS = """
UPDATE order_order SET
    shipping_incl_tax = sums.shipping, shipping_excl_tax = sums.shipping,
    total_incl_tax = sums.goods + sums.shipping, total_excl_tax = sums.goods + sums.shipping
FROM (
    SELECT order_id, coalesce(sum(amount) FILTER (WHERE treatment = 'sale'), 0) AS goods,
        coalesce(sum(amount) FILTER (WHERE treatment = 'shipping'), 0) AS shipping
    FROM shop_importedline
    WHERE order_id IS NOT NULL AND invoice IN (SELECT invoice FROM import_fresh)
    GROUP BY order_id
) sums
WHERE order_order.id = sums.order_id
"""

FACTS_OF_ORDERS = """
SELECT owner.customer_id, orders.id, orders.number, orders.total_incl_tax, orders.date_placed
FROM import_owner owner JOIN order_order orders ON orders.number = %(prefix)s || owner.invoice
WHERE NOT EXISTS (
    SELECT FROM shop_importedline earlier
    WHERE earlier.order_id = orders.id AND earlier.key NOT IN (SELECT key FROM import_fresh)
)
ORDER BY orders.date_placed, orders.id
"""

FACTS_OF_LINES = """
SELECT fresh.treatment = 'return', coalesce(owner.customer_id, purchase.customer_id), product.id,
    CASE WHEN fresh.treatment = 'return' THEN fresh.invoice ELSE %(prefix)s || fresh.invoice END,
    fresh.quantity, fresh.invoiced_at
FROM import_fresh fresh
JOIN catalogue_product product ON product.upc = fresh.code
LEFT JOIN import_owner owner ON owner.invoice = fresh.invoice
LEFT JOIN order_order orders ON orders.number = %(prefix)s || fresh.invoice
LEFT JOIN shop_purchase purchase ON purchase.order_id = orders.id
WHERE fresh.treatment IN ('sale', 'return')
ORDER BY fresh.invoiced_at, fresh.line_no
"""

# Every line of the file by what became of it now: new (its treatment), a repetition, or known from an earlier import.
OUTCOMES = """
SELECT CASE
    WHEN fresh.line_no = stage.line_no THEN fresh.treatment
    WHEN fresh.line_no IS NOT NULL THEN 'exact_duplicate'
    ELSE 'imported_before' END AS outcome, count(*), sum(stage.amount)
FROM import_stage stage LEFT JOIN import_fresh fresh USING (key)
GROUP BY outcome ORDER BY count(*) DESC, outcome
"""

# What is written of each invoice: its order as it stands + its ledger outside the order + repetitions in the file,
# without what only other files had.
INVOICES = """
WITH file AS (
    SELECT invoice, key, amount, row_number() OVER (PARTITION BY key ORDER BY line_no) AS place FROM import_stage
), repeated AS (
    SELECT invoice, sum(amount) AS amount FROM file WHERE place > 1 GROUP BY invoice
), ledger AS (
    SELECT line.invoice, sum(amount) FILTER (WHERE order_id IS NULL) AS outside,
        sum(amount) FILTER (WHERE NOT EXISTS (SELECT FROM import_stage WHERE import_stage.key = line.key)) AS elsewhere
    FROM shop_importedline line WHERE line.invoice IN (SELECT invoice FROM import_stage) GROUP BY line.invoice
), lines AS (
    SELECT order_id, sum(line_price_incl_tax) AS goods FROM order_line GROUP BY order_id
)
SELECT ledger.invoice,
    coalesce(orders.total_incl_tax, 0) + coalesce(ledger.outside, 0) + coalesce(repeated.amount, 0)
        - coalesce(ledger.elsewhere, 0),
    coalesce(orders.total_incl_tax, 0),
    coalesce(lines.goods, 0) + coalesce(orders.shipping_incl_tax, 0)
FROM ledger
LEFT JOIN repeated USING (invoice)
LEFT JOIN order_order orders ON orders.number = %(prefix)s || ledger.invoice
LEFT JOIN lines ON lines.order_id = orders.id
"""
