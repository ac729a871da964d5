from django.db import migrations

# What is stored of item numbers changed: rows are written anew, and so are the words (shop/index/refresh.py).
WRITE_ANEW = """
DELETE FROM shop_searchword;
INSERT INTO shop_staleproduct (product_id) SELECT DISTINCT product_id FROM shop_listedproduct;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0027_kinds_of_search_words'),
    ]

    operations = [
        migrations.RunSQL(WRITE_ANEW, migrations.RunSQL.noop),
    ]
