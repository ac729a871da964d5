"""The interests a customer can name and a product can serve."""

from django.utils.translation import gettext_lazy as _

INTERESTS = {
    "coffee": _("coffee"),
    "tea": _("tea"),
    "cooking": _("cooking"),
    "hosting": _("having guests"),
    "cosy": _("cosy evenings"),
    "decoration": _("decorating"),
    "lighting": _("lighting"),
    "textiles": _("textiles"),
    "gardening": _("gardening"),
    "stationery": _("stationery"),
    "knitting": _("knitting"),
    "sewing": _("sewing"),
    "painting": _("painting"),
    "games": _("games and puzzles"),
}
