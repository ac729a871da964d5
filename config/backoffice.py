"""The menu of the back office: one place for staff, in the order of their work."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def unfold(shop_name: str) -> dict[str, Any]:
    """Settings of django-unfold, which dresses the admin. Colours are the storefront's, as OKLCH shades of clay."""
    return {
        "SITE_TITLE": shop_name,
        "SITE_HEADER": shop_name,
        "SITE_SUBHEADER": _("Back office"),
        "SITE_URL": "/",
        "SITE_ICON": lambda request: static("img/mark.svg"),
        "SITE_SYMBOL": "storefront",
        "SHOW_LANGUAGES": True,
        "SHOW_VIEW_ON_SITE": False,
        "BORDER_RADIUS": "8px",
        "COLORS": {"primary": CLAY},
        "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": NAVIGATION},
    }


CLAY = {
    "50": "oklch(97% .014 40)",
    "100": "oklch(94% .028 40)",
    "200": "oklch(88% .055 40)",
    "300": "oklch(80% .09 40)",
    "400": "oklch(70% .125 40)",
    "500": "oklch(61% .14 40)",
    "600": "oklch(53% .135 40)",
    "700": "oklch(46% .118 40)",
    "800": "oklch(39% .095 40)",
    "900": "oklch(33% .075 40)",
    "950": "oklch(24% .05 40)",
}


def _may(permission: str) -> Any:
    def check(request: HttpRequest) -> bool:
        return request.user.has_perm(permission)

    return check


def _link(title: Any, icon: str, url_name: str, permission: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(url_name), "permission": _may(permission)}


def _section(title: Any, *links: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "collapsible": False, "items": list(links)}


SHOP_DASHBOARD = _("Shop dashboard")  # Oscar's; "Dashboard" alone is the desk's, too
NAVIGATION = [
    _section(
        _("Desk"),
        _link(_("Tickets"), "confirmation_number", "admin:helpdesk_ticket_changelist", "helpdesk.view_ticket"),
        _link(_("Incoming mail"), "inbox", "admin:support_inboundmail_changelist", "support.view_inboundmail"),
    ),
    _section(
        _("Customers"),
        _link(_("Customers"), "group", "admin:crm_customer_changelist", "crm.view_customer"),
        _link(_("Interactions"), "timeline", "admin:crm_interaction_changelist", "crm.view_interaction"),
        _link(_("Mail out"), "outgoing_mail", "admin:crm_outgoingmail_changelist", "crm.view_outgoingmail"),
    ),
    _section(
        _("Knowledge base"),
        _link(_("Articles"), "menu_book", "admin:knowledgebase_article_changelist", "knowledgebase.view_article"),
    ),
    _section(
        _("Sales"),
        _link(_("Orders"), "receipt_long", "admin:order_order_changelist", "order.view_order"),
        {
            **_link(_("Needs a person"), "priority_high", "admin:shop_attention_changelist", "order.view_order"),
            "badge": "shop.backoffice.attention.open_matters",
        },
        _link(_("Returns"), "assignment_return", "admin:shop_returnrequest_changelist", "shop.view_returnrequest"),
    ),
    _section(
        pgettext_lazy("shop", "Catalogue"),  # Oscar says "Catalog", if asked without
        _link(_("Products"), "inventory_2", "admin:catalogue_product_changelist", "catalogue.view_product"),
        {
            **_link(_("Reviews"), "reviews", "admin:shop_review_changelist", "shop.view_review"),
            "badge": "shop.reviews.admin.waiting_reviews",
        },
        _link(_("Categories"), "category", "admin:catalogue_category_changelist", "catalogue.view_category"),
        _link(_("Synonyms"), "compare_arrows", "admin:shop_synonyms_changelist", "shop.view_synonyms"),
        _link(_("Import and export"), "upload_file", "admin:shop_cataloguefile_changelist", "catalogue.change_product"),
        _link(SHOP_DASHBOARD, "dashboard", "dashboard:index", "order.change_order"),
    ),
    _section(
        _("Marketing"),
        _link(_("Offers"), "percent", "admin:offer_conditionaloffer_changelist", "offer.change_conditionaloffer"),
        _link(_("Consents"), "thumb_up", "admin:crm_consent_changelist", "crm.view_consent"),
        _link(_("Suppressed addresses"), "block", "admin:crm_suppression_changelist", "crm.view_suppression"),
    ),
    _section(
        _("Staff"),
        _link(_("Accounts"), "badge", "admin:crm_user_changelist", "crm.view_user"),
        _link(_("Groups"), "admin_panel_settings", "admin:auth_group_changelist", "auth.view_group"),
        _link(_("Components of pages"), "palette", "components", "catalogue.view_product"),
    ),
]
