from django.db import migrations, models

# What is stored of item numbers changed: rows are written anew, and so are the words (shop/index/refresh.py).
WRITE_ANEW = """
DELETE FROM shop_searchword;
INSERT INTO shop_staleproduct (product_id) SELECT DISTINCT product_id FROM shop_listedproduct;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0025_ratings_are_listed'),
    ]

    operations = [
        migrations.AddField(
            model_name='searchword',
            name='kind',
            field=models.SmallIntegerField(choices=[(0, 'of this language'), (1, 'of the other language'), (2, 'of a brand')], default=0),
        ),
        migrations.RunSQL(WRITE_ANEW, migrations.RunSQL.noop),
    ]
