"""Goods on their way: what was packed together, in which parcels, and what the carrier said of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.shipments.carriers import carrier_name, carrier_page


class Shipment(models.Model):
    """What leaves the house together: some or all lines of an order, in one or more parcels."""

    class State(models.TextChoices):
        PACKED = "packed", _("packed")
        SHIPPED = "shipped", _("on its way")
        DELIVERED = "delivered", _("delivered")
        RETURNED = "returned", _("came back to us")

    order = models.ForeignKey("order.Order", models.PROTECT, related_name="shipments", verbose_name=_("order"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PACKED)
    packed_at = models.DateTimeField(_("packed at"))
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    # The latest day that the customer was told.
    promised_date = models.DateField(_("promised for"), null=True, blank=True)
    # What leaves instead of something that came back. What is in it stands in the return, so that of no line more
    # leaves than was bought; it is followed as any other, but the order does not wait for it.
    replaces = models.OneToOneField(
        "shop.ReturnRequest",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replacement",
        verbose_name=_("replacement for"),
    )

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")

    def __str__(self) -> str:
        return f"{self.order_id}/{self.pk}"


class ShipmentLine(models.Model):
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="lines", verbose_name=_("shipment"))
    line = models.ForeignKey("order.Line", models.PROTECT, related_name="shipment_lines", verbose_name=_("line"))
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("line of a shipment")
        verbose_name_plural = _("lines of shipments")
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="a_line_is_in_a_shipment_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_shipment_line_holds_something"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"


class Parcel(models.Model):
    """One box with one number of one carrier. `carrier` is a code of shop/shipments/carriers or a name by hand."""

    class State(models.TextChoices):
        ANNOUNCED = "announced", _("announced")
        IN_TRANSIT = "in_transit", _("on its way")
        OUT_FOR_DELIVERY = "out", _("out for delivery")
        DELIVERED = "delivered", _("delivered")
        DELAYED = "delayed", _("delayed")
        UNDELIVERABLE = "failed", _("could not be delivered")
        RETURNED = "returned", _("came back to us")

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="parcels", verbose_name=_("shipment"))
    carrier = models.CharField(_("carrier"), max_length=60)
    tracking_number = models.CharField(_("tracking number"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ANNOUNCED)
    expected_date = models.DateField(_("expected on"), null=True, blank=True)
    last_event_at = models.DateTimeField(_("last heard of"), null=True, blank=True)

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        constraints = [
            models.UniqueConstraint(fields=["carrier", "tracking_number"], name="a_parcel_number_is_used_once")
        ]

    def __str__(self) -> str:
        return f"{self.carrier_name} {self.tracking_number}"

    @property
    def carrier_name(self) -> str:
        return carrier_name(self.carrier)

    @property
    def carrier_page(self) -> str:
        """Where the carrier itself tells about it; "" if nowhere."""
        return carrier_page(self.carrier, self.tracking_number)


class CarrierEvent(models.Model):
    """What a carrier said about a parcel. `key` is the carrier's id of it: hearing it twice adds nothing."""

    parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="events", verbose_name=_("parcel"))
    key = models.CharField(_("key"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=Parcel.State.choices)
    place = models.CharField(_("place"), max_length=120, blank=True)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    occurred_at = models.DateTimeField(_("occurred at"))
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("carrier event")
        verbose_name_plural = _("carrier events")
        constraints = [models.UniqueConstraint(fields=["parcel", "key"], name="a_carrier_event_is_heard_once")]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.state}"
