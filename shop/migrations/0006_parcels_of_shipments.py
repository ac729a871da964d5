"""A shipment's carrier and number become its parcel; purchases learn their basket and when they were confirmed."""

from django.db import migrations
from django.db.models import F

OPEN = ("pending", "paid", "packed")


def forwards(apps, schema_editor):
    Shipment = apps.get_model("shop", "Shipment")
    Parcel = apps.get_model("shop", "Parcel")
    ShipmentLine = apps.get_model("shop", "ShipmentLine")
    LineProgress = apps.get_model("shop", "LineProgress")
    OrderLine = apps.get_model("order", "Line")
    for shipment in Shipment.objects.order_by("pk").iterator():
        is_delivered = shipment.delivered_at is not None
        shipment.state = "delivered" if is_delivered else "shipped"
        shipment.packed_at = shipment.shipped_at
        shipment.save(update_fields=["state", "packed_at"])
        lines = list(OrderLine.objects.filter(order_id=shipment.order_id, quantity__gt=0).order_by("pk"))
        ShipmentLine.objects.bulk_create(
            [ShipmentLine(shipment=shipment, line=line, quantity=line.quantity) for line in lines]
        )
        LineProgress.objects.bulk_create(
            [LineProgress(line=line, quantity=line.quantity, shipped=line.quantity) for line in lines]
        )
        Parcel.objects.get_or_create(
            carrier=shipment.carrier,
            tracking_number=shipment.tracking_number,
            defaults={
                "shipment": shipment,
                "state": "delivered" if is_delivered else "in_transit",
                "last_event_at": shipment.delivered_at or shipment.shipped_at,
            },
        )
    # The orders that are not finished; those of another shop's file are long past.
    waiting = OrderLine.objects.filter(order__status__in=OPEN, quantity__gt=0, progress__isnull=True)
    LineProgress.objects.bulk_create([LineProgress(line=line, quantity=line.quantity) for line in waiting])


def backwards(apps, schema_editor):
    Shipment = apps.get_model("shop", "Shipment")
    for shipment in Shipment.objects.order_by("pk").iterator():
        parcel = shipment.parcels.order_by("pk").first()
        if parcel:
            shipment.carrier, shipment.tracking_number = parcel.carrier, parcel.tracking_number
            shipment.save(update_fields=["carrier", "tracking_number"])
    for name in ("Parcel", "ShipmentLine", "LineProgress"):
        apps.get_model("shop", name).objects.all().delete()


def confirm(apps, schema_editor):
    Purchase = apps.get_model("shop", "Purchase")
    Purchase.objects.filter(paid_at__isnull=False).update(confirmed_at=F("paid_at"))
    # The unique column says that a basket became one order: where two claim it (nothing forbade that), the first has it.
    seen = set()
    for purchase in Purchase.objects.filter(order__basket__isnull=False).select_related("order").order_by("pk"):
        if purchase.order.basket_id not in seen:
            seen.add(purchase.order.basket_id)
            purchase.basket_id = purchase.order.basket_id
            purchase.save(update_fields=["basket"])


class Migration(migrations.Migration):
    dependencies = [("shop", "0005_returns_parcels_refunds")]
    operations = [
        migrations.RunPython(forwards, backwards),
        migrations.RunPython(confirm, migrations.RunPython.noop),
    ]
