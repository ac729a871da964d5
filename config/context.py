from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """What every page knows: the shop's name and its address."""
    return {"shop_name": settings.SHOP_NAME, "site_url": settings.SITE_URL}
