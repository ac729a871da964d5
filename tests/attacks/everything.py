"""All that the database holds, to be compared before and after a refusal."""

from django.apps import apps

# What a refusal may leave: the session of who was refused, and what lists read, which any look brings up to date.
PASSING = {
    *("sessions.Session", "shop.IndexState", "shop.ListedProduct", "shop.ProductPlace", "shop.SearchWord"),
    "shop.StaleProduct",
}


def everything() -> dict[str, list[str]]:
    """The rows of every model, by its label."""
    return {
        model._meta.label: sorted(map(repr, model._base_manager.values_list()))
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy and model._meta.label not in PASSING
    }


def changed(before: dict[str, list[str]]) -> dict[str, list[str]]:
    """What is new or other than before; empty if nothing is."""
    return {
        label: [row for row in rows if row not in before[label]] or ["fewer"]
        for label, rows in everything().items()
        if rows != before[label]
    }
