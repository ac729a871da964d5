"""Orders that waited for a payment before there was a day to pay by: thirty minutes, as it was."""

from datetime import timedelta

from django.db import migrations
from django.db.models import OuterRef, Subquery


def give_them_a_day(apps, schema_editor):
    order_model = apps.get_model("order", "Order")
    placed = order_model.objects.filter(pk=OuterRef("order_id")).values("date_placed")[:1]
    waiting = apps.get_model("shop", "Purchase").objects.filter(pay_by=None, order__status="pending")
    waiting.update(pay_by=Subquery(placed) + timedelta(minutes=30))


class Migration(migrations.Migration):
    dependencies = [
        ("shop", "0011_papers_of_orders"),
        ("order", "0018_alter_line_num_allocated"),
    ]

    operations = [migrations.RunPython(give_them_a_day, migrations.RunPython.noop, elidable=True)]
