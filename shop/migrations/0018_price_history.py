import django.db.models.deletion
from django.db import migrations, models

# The rule itself (docs/decisions/0019-price-history.md). The clock is read when the row is held: of two changes that
# wait for each other the later one has the later moment, which the beginning of a statement would not promise.
FUNCTIONS = """
CREATE FUNCTION shop_is_for_sale(the_product bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT product.is_public AND coalesce(parent.is_public, true)
    FROM catalogue_product product LEFT JOIN catalogue_product parent ON parent.id = product.parent_id
    WHERE product.id = the_product
$$;

-- The lowest price that was charged in the 30 days before a moment: what began in them, and what ran when they began.
-- A price of nothing is one that nobody has set yet: such goods are not for sale.
CREATE FUNCTION shop_lowest_price(the_record bigint, the_currency text, the_moment timestamptz) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT min(change.price) FROM shop_pricechange change
    WHERE change.stockrecord_id = the_record AND change.currency = the_currency AND change.is_public AND change.price > 0
        AND change.changed_at < the_moment
        AND (change.changed_at > the_moment - interval '30 days' OR change.id = (
            SELECT first.id FROM shop_pricechange first
            WHERE first.stockrecord_id = the_record AND first.changed_at <= the_moment - interval '30 days'
            ORDER BY first.changed_at DESC, first.id DESC LIMIT 1
        ))
$$;

-- The same for the price that runs now: before it began. NULL: the history proves nothing.
CREATE FUNCTION shop_proven_price(the_record bigint, the_price numeric, the_currency text) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT shop_lowest_price(the_record, the_currency, (
        SELECT min(since.changed_at) FROM shop_pricechange since
        WHERE since.stockrecord_id = the_record AND since.changed_at > (
            SELECT max(other.changed_at) FROM shop_pricechange other
            WHERE other.stockrecord_id = the_record
                AND (other.price, other.currency) IS DISTINCT FROM (the_price, the_currency)
        )
    ))
$$;

CREATE FUNCTION shop_price_before() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    proven numeric;
    is_changed boolean := TG_OP = 'INSERT';
    is_stated boolean := NEW.price_before IS NOT NULL;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        is_changed := (NEW.price, NEW.price_currency) IS DISTINCT FROM (OLD.price, OLD.price_currency);
        is_stated := is_stated AND NEW.price_before IS DISTINCT FROM OLD.price_before;
    END IF;
    IF is_changed AND TG_OP = 'UPDATE' AND NEW.price < OLD.price AND NEW.price_currency = OLD.price_currency THEN
        proven := shop_lowest_price(NEW.id, NEW.price_currency, clock_timestamp());
    ELSIF is_stated AND NOT is_changed THEN
        proven := shop_proven_price(NEW.id, NEW.price, NEW.price_currency);
    END IF;
    IF is_stated AND (proven IS NULL OR NEW.price_before > proven) THEN
        RAISE EXCEPTION 'stock record %: the price history does not prove that it cost % before', NEW.id, NEW.price_before
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_reduction_is_proven', TABLE = 'partner_stockrecord',
                HINT = 'Lower the price and leave price_before alone: it is filled in from the history.';
    END IF;
    IF is_changed THEN
        NEW.price_before := CASE WHEN proven > NEW.price THEN proven END;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION shop_note_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shop_pricechange (stockrecord_id, price, currency, is_public, changed_at)
    VALUES (NEW.id, NEW.price, NEW.price_currency, coalesce(shop_is_for_sale(NEW.product_id), true), clock_timestamp());
    RETURN NULL;
END
$$;

CREATE FUNCTION shop_note_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shop_pricechange (stockrecord_id, price, currency, is_public, changed_at)
    SELECT record.id, record.price, record.price_currency, shop_is_for_sale(record.product_id), clock_timestamp()
    FROM partner_stockrecord record JOIN catalogue_product product ON product.id = record.product_id
    WHERE product.id = NEW.id OR product.parent_id = NEW.id;
    RETURN NULL;
END
$$;
"""

TRIGGERS = """
CREATE TRIGGER shop_price_before_of_new BEFORE INSERT ON partner_stockrecord
FOR EACH ROW WHEN (NEW.price_before IS NOT NULL) EXECUTE FUNCTION shop_price_before();

CREATE TRIGGER shop_price_before BEFORE UPDATE ON partner_stockrecord FOR EACH ROW
WHEN ((NEW.price, NEW.price_currency, NEW.price_before) IS DISTINCT FROM (OLD.price, OLD.price_currency, OLD.price_before))
EXECUTE FUNCTION shop_price_before();

CREATE TRIGGER shop_note_price_of_new AFTER INSERT ON partner_stockrecord
FOR EACH ROW EXECUTE FUNCTION shop_note_price();

CREATE TRIGGER shop_note_price AFTER UPDATE ON partner_stockrecord FOR EACH ROW
WHEN ((NEW.price, NEW.price_currency) IS DISTINCT FROM (OLD.price, OLD.price_currency))
EXECUTE FUNCTION shop_note_price();

CREATE TRIGGER shop_note_visibility AFTER UPDATE ON catalogue_product FOR EACH ROW
WHEN (NEW.is_public IS DISTINCT FROM OLD.is_public) EXECUTE FUNCTION shop_note_visibility();
"""

# What was shown as reduced until today was staff's word, given to shoppers as the law wants it: there is no better
# witness of that time, so it becomes the first entry. From here on only the history is believed.
FIRST_ENTRIES = """
INSERT INTO shop_pricechange (stockrecord_id, price, currency, is_public, changed_at)
SELECT id, price_before, price_currency, true, least(date_created, now() - interval '1 day')
FROM partner_stockrecord WHERE price_before IS NOT NULL ORDER BY id;

INSERT INTO shop_pricechange (stockrecord_id, price, currency, is_public, changed_at)
SELECT id, price, price_currency, coalesce(shop_is_for_sale(product_id), true), now()
FROM partner_stockrecord ORDER BY id;
"""

AWAY = """
DROP TRIGGER shop_note_visibility ON catalogue_product;
DROP TRIGGER shop_note_price ON partner_stockrecord;
DROP TRIGGER shop_note_price_of_new ON partner_stockrecord;
DROP TRIGGER shop_price_before ON partner_stockrecord;
DROP TRIGGER shop_price_before_of_new ON partner_stockrecord;
DROP FUNCTION shop_note_visibility, shop_note_price, shop_price_before, shop_proven_price, shop_lowest_price, shop_is_for_sale;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0032_category_exclude_from_menu_category_long_description'),
        ('partner', '0010_no_more_reserved_than_there'),
        ('shop', '0017_product_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='PriceChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price', models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name='price')),
                ('currency', models.CharField(max_length=12, verbose_name='currency')),
                ('is_public', models.BooleanField(verbose_name='public')),
                ('changed_at', models.DateTimeField(verbose_name='since')),
                ('stockrecord', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='price_changes', to='partner.stockrecord', verbose_name='stock record')),
            ],
            options={
                'verbose_name': 'price change',
                'verbose_name_plural': 'price changes',
                'ordering': ('changed_at', 'pk'),
                'indexes': [models.Index(fields=['stockrecord', 'changed_at', 'id'], name='shop_pricechange_by_record')],
            },
        ),
        migrations.RunSQL(FUNCTIONS + TRIGGERS, AWAY),
        migrations.RunSQL(FIRST_ENTRIES, migrations.RunSQL.noop),
    ]
