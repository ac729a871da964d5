"""What the payment page, and no other, may load from the companies that take the payment.

docs.stripe.com/security/guide#content-security-policy; iyzico's page is where the form leads, and form-action counts
every step of the way there.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

STRIPE_FRAMES = ("https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com")
IYZICO_HOST = "iyzipay.com"
IYZICO_PAGES = ("https://*.iyzipay.com", "https://*.iyzico.com")


def allow_stripe(response: Any) -> Any:
    """Stripe's script and the frames that hold its card fields; the same response, for the view to return."""
    script = origin_of(settings.STRIPE_JS_URL)
    response._csp_update = {
        "script-src": [script, "https://*.js.stripe.com"],
        "frame-src": [script, *STRIPE_FRAMES],
        "connect-src": ["https://api.stripe.com"],
        "img-src": ["https://*.stripe.com"],
    }
    response.headers["Permissions-Policy"] = f'payment=(self "{script}" "https://js.stripe.com")'
    return response


def allow_iyzico(response: Any) -> Any:
    """The way from our form to iyzico's page; the same response, for the view to return."""
    host = settings.IYZICO_BASE_URL
    is_theirs = host.endswith(f".{IYZICO_HOST}")
    response._csp_update = {"form-action": [*IYZICO_PAGES, *([] if is_theirs else [f"https://{host}"])]}
    return response


def origin_of(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
