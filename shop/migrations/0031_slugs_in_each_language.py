from django.db import migrations, models

# What slug_of (shop/catalogue/editing.py) makes of a title. NFKD parts letters from their marks, so no locale of the
# database has a say in it.
PLAIN = r"regexp_replace(normalize(translate(title, 'ıİI', 'iii'), NFKD), '[\u0300-\u036f]', '', 'g')"
PLAIN = f"translate({PLAIN}, 'ØøĐđŁł', 'ooddll')"
for letter, letters in {"ß": "ss", "Æ": "ae", "æ": "ae", "Œ": "oe", "œ": "oe"}.items():
    PLAIN = f"replace({PLAIN}, '{letter}', '{letters}')"
WORDS = rf"lower(regexp_replace({PLAIN}, '(?<=\w)[''’ʼ]\w+', '', 'g'))"
SLUG = rf"left(trim('-' FROM regexp_replace({WORDS}, '[^a-z0-9]+', '-', 'g')), 200)"
SLUG = f"coalesce(nullif(trim('-' FROM {SLUG}), ''), 'product')"
SLUGS = [f"UPDATE {table} SET slug = {SLUG}" for table in ("shop_producttext", "shop_categorytext")]  # noqa: S608

# A department's address is on the pages of the products in it and below it, and is made of the slugs on its way.
TRIGGERS = """
CREATE OR REPLACE FUNCTION shop_category_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shop_staleproduct (product_id) VALUES (0);
    IF TG_OP = 'UPDATE' AND (NEW.path, NEW.is_public, NEW.name, NEW.slug)
        IS DISTINCT FROM (OLD.path, OLD.is_public, OLD.name, OLD.slug)
    THEN
        INSERT INTO shop_staleproduct (product_id)
        SELECT DISTINCT link.product_id FROM catalogue_productcategory link
        JOIN catalogue_category below ON below.id = link.category_id
        WHERE starts_with(below.path, NEW.path);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION shop_category_text_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed bigint := coalesce(CASE WHEN TG_OP = 'DELETE' THEN OLD.category_id ELSE NEW.category_id END, 0);
BEGIN
    INSERT INTO shop_staleproduct (product_id) VALUES (0);
    IF TG_OP <> 'UPDATE' OR (NEW.title, NEW.slug) <> (OLD.title, OLD.slug) THEN
        INSERT INTO shop_staleproduct (product_id)
        SELECT DISTINCT link.product_id FROM catalogue_category here
        JOIN catalogue_category below ON starts_with(below.path, here.path)
        JOIN catalogue_productcategory link ON link.category_id = below.id
        WHERE here.id = changed;
    END IF;
    RETURN NULL;
END $$;
"""
TRIGGERS_BEFORE = """
CREATE OR REPLACE FUNCTION shop_category_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shop_staleproduct (product_id) VALUES (0);
    IF TG_OP = 'UPDATE' AND (NEW.path, NEW.is_public, NEW.name) IS DISTINCT FROM (OLD.path, OLD.is_public, OLD.name) THEN
        INSERT INTO shop_staleproduct (product_id)
        SELECT DISTINCT link.product_id FROM catalogue_productcategory link
        JOIN catalogue_category below ON below.id = link.category_id
        WHERE starts_with(below.path, NEW.path);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION shop_category_text_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed bigint := coalesce(CASE WHEN TG_OP = 'DELETE' THEN OLD.category_id ELSE NEW.category_id END, 0);
BEGIN
    INSERT INTO shop_staleproduct (product_id) VALUES (0);
    INSERT INTO shop_staleproduct (product_id)
    SELECT DISTINCT product_id FROM catalogue_productcategory WHERE category_id = changed;
    RETURN NULL;
END $$;
"""


def slug():
    return models.SlugField(db_index=False, default="", max_length=200, verbose_name="address")


def has_a_slug(name):
    return models.CheckConstraint(condition=models.Q(slug__regex="^[a-z0-9-]+$"), name=name)


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0030_orders_keep_the_names_of_their_offers'),
    ]

    operations = [
        migrations.AddField('producttext', 'slug', slug(), preserve_default=False),
        migrations.AddField('categorytext', 'slug', slug(), preserve_default=False),
        migrations.RunSQL(TRIGGERS, TRIGGERS_BEFORE),
        migrations.RunSQL(SLUGS, migrations.RunSQL.noop),
        migrations.AddConstraint('producttext', has_a_slug("a_product_text_has_a_slug")),
        migrations.AddConstraint('categorytext', has_a_slug("a_category_text_has_a_slug")),
    ]
