from django.db import migrations

# See 0017: a review that is published, changed or taken back is seen in the lists and on the page.
TRIGGER = """
CREATE TRIGGER shop_is_listed AFTER INSERT OR UPDATE OR DELETE ON shop_productrating
    FOR EACH ROW EXECUTE FUNCTION shop_thing_of_product_changed();
CREATE TRIGGER shop_is_listed AFTER INSERT OR UPDATE OR DELETE ON shop_review
    FOR EACH ROW EXECUTE FUNCTION shop_thing_of_product_changed();
CREATE TRIGGER shop_is_listed AFTER INSERT OR UPDATE OR DELETE ON shop_productweight
    FOR EACH ROW EXECUTE FUNCTION shop_thing_of_product_changed();
INSERT INTO shop_staleproduct (product_id) SELECT product_id FROM shop_productrating;
"""
GONE = """
DROP TRIGGER shop_is_listed ON shop_productrating;
DROP TRIGGER shop_is_listed ON shop_review;
DROP TRIGGER shop_is_listed ON shop_productweight;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0024_catalogue_files'),
    ]

    operations = [
        migrations.RunSQL(TRIGGER, GONE),
    ]
