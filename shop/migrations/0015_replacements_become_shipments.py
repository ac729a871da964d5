from typing import Any

from django.db import migrations

# In SQL, since the models of a migration's state lose sight of each other when it goes backwards.
FORGET = (
    "DELETE FROM shop_carrierevent event USING shop_parcel parcel, shop_shipment shipment"
    " WHERE event.parcel_id = parcel.id AND parcel.shipment_id = shipment.id AND shipment.replaces_id IS NOT NULL",
    "DELETE FROM shop_parcel parcel USING shop_shipment shipment"
    " WHERE parcel.shipment_id = shipment.id AND shipment.replaces_id IS NOT NULL",
    "DELETE FROM shop_shipment WHERE replaces_id IS NOT NULL",
)


def make_shipments(apps: Any, schema_editor: Any) -> None:
    """Nobody told us of their way: they stay on it until staff say that they arrived. No day was promised."""
    ReturnRequest, Shipment = apps.get_model("shop", "ReturnRequest"), apps.get_model("shop", "Shipment")
    Parcel = apps.get_model("shop", "Parcel")
    for case in ReturnRequest.objects.exclude(replacement_parcel="").order_by("pk"):
        shipment = Shipment.objects.create(
            order_id=case.order_id,
            replaces=case,
            state="shipped",
            packed_at=case.closed_at or case.requested_at,
            shipped_at=case.closed_at or case.requested_at,
        )
        carrier, number = case.replacement_carrier, case.replacement_parcel
        if Parcel.objects.filter(carrier=carrier, tracking_number=number).exists():
            number = f"{number[:40]} {case.number}"  # typed in twice; nothing was lost by it until now
        Parcel.objects.create(shipment=shipment, carrier=carrier, tracking_number=number, state="in_transit")


def note_numbers(apps: Any, schema_editor: Any) -> None:
    Parcel, ReturnRequest = apps.get_model("shop", "Parcel"), apps.get_model("shop", "ReturnRequest")
    parcels = Parcel.objects.filter(shipment__replaces__isnull=False).order_by("-pk")
    for case, carrier, number in parcels.values_list("shipment__replaces", "carrier", "tracking_number"):
        ReturnRequest.objects.filter(pk=case).update(replacement_carrier=carrier, replacement_parcel=number)
    for statement in FORGET:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("shop", "0014_parcels_that_come_back")]

    operations = [migrations.RunPython(make_shipments, note_numbers)]
