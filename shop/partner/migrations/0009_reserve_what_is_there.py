from django.db import migrations
from django.db.models import F


def reserve_no_more_than_there_is(apps, schema_editor):
    """What is in stock was counted by people; what was reserved beyond it was never there."""
    records = apps.get_model("partner", "StockRecord").objects
    records.filter(num_allocated__gt=F("num_in_stock")).update(num_allocated=F("num_in_stock"))


class Migration(migrations.Migration):

    dependencies = [
        ('partner', '0008_price_with_vat'),
    ]

    operations = [
        migrations.RunPython(reserve_no_more_than_there_is, migrations.RunPython.noop, elidable=True),
    ]
