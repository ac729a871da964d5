"""A price of nothing, or less, has always meant "not for sale": from here on that is said by having none."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('partner', '0010_no_more_reserved_than_there'),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE partner_stockrecord SET price = NULL, price_before = NULL WHERE price <= 0", migrations.RunSQL.noop
        ),
    ]
