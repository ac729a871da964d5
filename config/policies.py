"""What a browser may run, load and send from our pages: one content security policy for each kind of address.

Nowhere 'unsafe-inline'. The reasons for every line: docs/decisions/0016-headers-and-being-found.md
"""

from typing import Any

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL
from django.conf import settings

Policy = dict[str, Any]

# Shoppers' pages: no nonce, so that a page can be kept and handed out as it is.
SHOP: Policy = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": [SELF, "data:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "media-src": [SELF],
    "manifest-src": [SELF],
    "form-action": [SELF, settings.SITE_URL],  # what comes back from a bank comes to SITE_URL, whatever host one is on
    "base-uri": [NONE],
    "object-src": [NONE],
    "frame-ancestors": [NONE],
}
# Oscar's dashboard and helpdesk: their templates' own scripts, by nonce.
STAFF: Policy = {**SHOP, "script-src": [SELF, NONCE], "style-src": [SELF, NONCE]}
# unfold's Alpine reads its expressions with `new Function`.
ADMIN: Policy = {**STAFF, "script-src": [SELF, NONCE, UNSAFE_EVAL]}
# Files: whatever somebody managed to upload, opened on its own it runs nothing and is nobody here.
FILES: Policy = {"default-src": [NONE], "sandbox": "", "frame-ancestors": [NONE]}

BY_PREFIX = (
    ("/admin/", ADMIN),
    ("/dashboard/", STAFF),
    ("/desk/", STAFF),
    ("/media/", FILES),
    ("/static/", FILES),
)

PERMISSIONS = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=(), browsing-topics=()"
)


def policy_of(path: str) -> Policy:
    """The policy of an address; that of shoppers' pages where it is no other."""
    return next((policy for prefix, policy in BY_PREFIX if path.startswith(prefix)), SHOP)


def is_file(path: str) -> bool:
    """Pictures are shown in mails and on others' pages, too; pages are not."""
    return path.startswith(("/media/", "/static/"))
