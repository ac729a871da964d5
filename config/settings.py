"""Every setting of the project, from the environment, typed; `.env.example` says what each variable does.

Safe in development, loud in production: with DEBUG off, a missing secret stops the start (config/checks.py
and `required` below say which).
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from oscar import defaults
from oscar.defaults import *

from config import backoffice, services
from config.schedule import OF_SIMULATED_CARRIERS, SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = services.var_dir()

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env", overwrite=False)

DEBUG = env.bool("DEBUG", default=True)


def required(name: str, *, development: str) -> str:
    """The variable `name`; in development `development` stands in, in production its absence stops the start."""
    value: str = env.str(name, default="")
    if value:
        return value
    if DEBUG:
        return development
    raise ImproperlyConfigured(f"{name} is not set. Production (DEBUG=0) needs it; see .env.example.")


SECRET_KEY = required("SECRET_KEY", development="development-only-secret-key-never-used-in-production-0000")
SITE_URL = required("SITE_URL", development="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS", development="localhost,127.0.0.1,[::1]").split(",")]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# How many proxies of ours a request comes through: only what they say about its address is believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if not DEBUG:
    for _name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
        required(_name, development="")

# --- Apps ------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "django.contrib.flatpages",
    "django.contrib.sitemaps",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "oscar.config.Shop",
    "oscar.apps.analytics.apps.AnalyticsConfig",
    "oscar.apps.checkout.apps.CheckoutConfig",
    "oscar.apps.address.apps.AddressConfig",
    "oscar.apps.shipping.apps.ShippingConfig",
    "oscar.apps.catalogue.apps.CatalogueConfig",
    "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
    "oscar.apps.communication.apps.CommunicationConfig",
    "shop.partner.apps.PartnerConfig",
    "oscar.apps.basket.apps.BasketConfig",
    "oscar.apps.payment.apps.PaymentConfig",
    "shop.offer.apps.OfferConfig",
    "oscar.apps.order.apps.OrderConfig",
    "oscar.apps.customer.apps.CustomerConfig",
    "oscar.apps.search.apps.SearchConfig",
    "oscar.apps.voucher.apps.VoucherConfig",
    "oscar.apps.wishlists.apps.WishlistsConfig",
    "oscar.apps.dashboard.apps.DashboardConfig",
    "oscar.apps.dashboard.reports.apps.ReportsDashboardConfig",
    "oscar.apps.dashboard.users.apps.UsersDashboardConfig",
    "oscar.apps.dashboard.orders.apps.OrdersDashboardConfig",
    "oscar.apps.dashboard.catalogue.apps.CatalogueDashboardConfig",
    "oscar.apps.dashboard.offers.apps.OffersDashboardConfig",
    "oscar.apps.dashboard.partners.apps.PartnersDashboardConfig",
    "oscar.apps.dashboard.pages.apps.PagesDashboardConfig",
    "oscar.apps.dashboard.ranges.apps.RangesDashboardConfig",
    "oscar.apps.dashboard.reviews.apps.ReviewsDashboardConfig",
    "oscar.apps.dashboard.vouchers.apps.VouchersDashboardConfig",
    "oscar.apps.dashboard.communications.apps.CommunicationsDashboardConfig",
    "oscar.apps.dashboard.shipping.apps.ShippingDashboardConfig",
    "helpdesk.apps.HelpdeskConfig",
    "widget_tweaks",
    "haystack",
    "treebeard",
    "django_tables2",
    "rest_framework",
    "django_htmx",
    "django.forms",  # last of all others: its templates of fields are found by FORM_RENDERER
    # Ours come last: their admins take the place of Oscar's and helpdesk's.
    "crm.apps.CrmConfig",
    "knowledgebase.apps.KnowledgebaseConfig",
    "shop.apps.ShopConfig",
    "support.apps.SupportConfig",
    "config.apps.ConfigConfig",
]

MIDDLEWARE = [
    "config.page_cache.keep_pages",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.set_headers",
    "config.middleware.PolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.refuse_other_charsets",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages are a sixth of their size on the way; chance bytes hide how long they are (docs/decisions/0014-looks.md).
    "django.middleware.gzip.GZipMiddleware",
    "config.middleware.refuse_nul_to_staff",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crm.middleware.WhoMiddleware",
    "shop.basket.middleware.BasketMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader", "config.borrowed_templates.BorrowedLoader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "oscar.core.context_processors.metadata",
                "config.context.site",
            ],
        },
    }
]

# Fields are drawn from the same templates as pages, so that theirs fit the policy as well (config/policies.py).
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data ------------------------------------------------------------------------------------------------

# No ATOMIC_REQUESTS: services own their transactions, so locks are short and a provider is called outside them.
_database = env.db_url_config(services.database_url())
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "config.postgres",
        # A socket's folder comes in the query of the URL; dbshell looks for it here.
        "HOST": _database.get("OPTIONS", {}).pop("host", "") or _database["HOST"],
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = services.redis_url()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "esnaf",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    },
    # Pieces of pages, in each process's memory; what they were made of is in their keys, so none is ever out of date.
    # Not while somebody works on the templates.
    "fragments": {
        "BACKEND": f"django.core.cache.backends.{'dummy.DummyCache' if DEBUG else 'locmem.LocMemCache'}",
        "LOCATION": "fragments",
        "OPTIONS": {"MAX_ENTRIES": 4000},
    },
}
# How long a change may take until guests see it (config/page_cache.py, shop/index/refresh.py); 0: no time.
PAGE_CACHE_SECONDS = env.float("PAGE_CACHE_SECONDS", default=1.0)
# Sessions live in Postgres: a shopper stays logged in and keeps the checkout when Redis is restarted.
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Who is who ------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "crm.User"
AUTHENTICATION_BACKENDS = ["crm.accounts.AccountBackend"]
LOGIN_URL = reverse_lazy("customer:login")
LOGIN_REDIRECT_URL = reverse_lazy("customer:profile-view")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
VISITOR_COOKIE = "esnaf_visitor"

# --- Languages and time ----------------------------------------------------------------------------------

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="tr")
LANGUAGES = [("tr", "Türkçe"), ("en", "English")]
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Istanbul")
USE_I18N = True
USE_TZ = True
SITE_ID = 1
SHOP_NAME = env.str("SHOP_NAME", default="Esnaf")

# --- Returns and refunds ---------------------------------------------------------------------------------

# Where returned goods go, and who takes them there at our cost; both stand on the label.
RETURNS_ADDRESS = env.str("RETURNS_ADDRESS", default=f"{SHOP_NAME}, Kıbrıs Şehitleri Cd. 1, 35220 Alsancak, İzmir")
RETURNS_CARRIER = env.str("RETURNS_CARRIER", default="Yurt Kargo")
# What an agent may give back at once; a manager may any amount.
REFUND_CAP_AGENT = env.int("REFUND_CAP_AGENT", default=1000)

# --- Reviews ---------------------------------------------------------------------------------------------

# Whether buyers may show photos with their reviews; a person looks at each before it is shown.
REVIEW_PHOTOS = env.bool("REVIEW_PHOTOS", default=False)

# --- The seller on invoices and contracts: made up, until the environment says who it is ------------------

SELLER_NAME = env.str("SELLER_NAME", default="Esnaf Çarşı Ticaret Ltd. Şti.")
SELLER_ADDRESS = env.str("SELLER_ADDRESS", default="Kemeraltı Çarşısı, 872 Sokak No: 14, 35250 Konak, İzmir, Türkiye")
SELLER_MERSIS = env.str("SELLER_MERSIS", default="0000000000000000")
SELLER_TAX_OFFICE = env.str("SELLER_TAX_OFFICE", default="Konak")
SELLER_TAX_NUMBER = env.str("SELLER_TAX_NUMBER", default="0000000000")
SELLER_PHONE = env.str("SELLER_PHONE", default="+90 232 000 00 00")
SELLER_EMAIL = env.str("SELLER_EMAIL", default="merhaba@esnaf.example")
# Three letters or digits, before the year, in the number of every invoice.
INVOICE_PREFIX = env.str("INVOICE_PREFIX", default="ESN")
# The class that takes invoices to an e-invoice integrator; empty: they stay here, as PDF.
EINVOICE = env.str("EINVOICE", default="")

# --- Files -----------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(VAR_DIR / "media"))
# Outside MEDIA: what customers attach to a ticket is served by a view that checks who asks.
PRIVATE_ROOT = env.path("PRIVATE_ROOT", default=str(VAR_DIR / "private"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(PRIVATE_ROOT), "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- Mail ------------------------------------------------------------------------------------------------

_mail = env.email_url_config(env.str("EMAIL_URL", default="") or "smtp://127.0.0.1:1025")
# All mail of Django, Oscar and helpdesk becomes a row of the outbox; only the outbox talks to the next line.
EMAIL_BACKEND = "crm.backends.OutboxBackend"
EMAIL_DELIVERY_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
MAIL_DOMAIN = env.str("MAIL_DOMAIN", default="esnaf.example")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SHOP_NAME} <merhaba@{MAIL_DOMAIN}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
OUTBOX_CLAIM_SECONDS = env.int("OUTBOX_CLAIM_SECONDS", default=300)
OUTBOX_RETRY_SECONDS = env.int("OUTBOX_RETRY_SECONDS", default=15)
MARKETING_MAX_PER_WEEK = env.int("MARKETING_MAX_PER_WEEK", default=1)
# Hours of the day (shop's time zone) in which no marketing mail leaves: "21-9"; empty for none.
MARKETING_QUIET_HOURS = env.str("MARKETING_QUIET_HOURS", default="21-9")

# --- Carriers --------------------------------------------------------------------------------------------

# The secrets that carriers sign their webhooks with, by the carrier's code.
CARRIER_SECRETS: dict[str, str] = env.dict("CARRIER_SECRETS", default={})
# How long a day of a simulated parcel takes; 0: it does not move.
CARRIER_SIMULATOR_SECONDS_PER_DAY = env.float("CARRIER_SIMULATOR_SECONDS_PER_DAY", default=600.0 if DEBUG else 0.0)

# --- Jobs ------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = services.celery_broker_url()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker, however long that is away
# One try, no waiting in between: whoever publishes is in the middle of an order. Workers wait by the line above.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 2,
    "socket_connect_timeout": 0.5,
    "max_retries": 0,
    "visibility_timeout": 3600,
}
# A nudge that cannot be given is dropped at once: the rows are the queue, beat finds them.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "esnaf"
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat" / "schedule")
CELERY_BEAT_SCHEDULE = SCHEDULE | (OF_SIMULATED_CARRIERS if CARRIER_SIMULATOR_SECONDS_PER_DAY else {})

# --- Payment providers (docs/payment-providers.md) ---------------------------------------------------------

# Each is offered to shoppers as soon as its keys are set.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_PUBLISHABLE_KEY = env.str("STRIPE_PUBLISHABLE_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
STRIPE_JS_URL = env.str("STRIPE_JS_URL", default="https://js.stripe.com/v3/")
IYZICO_API_KEY = env.str("IYZICO_API_KEY", default="")
IYZICO_SECRET_KEY = env.str("IYZICO_SECRET_KEY", default="")
_iyzico = env.str("IYZICO_BASE_URL", default="https://api.iyzipay.com")
IYZICO_BASE_URL = _iyzico.removeprefix("https://").rstrip("/")  # its SDK wants the host alone

# --- Oscar -----------------------------------------------------------------------------------------------

OSCAR_DYNAMIC_CLASS_LOADER = "shop.oscar_loading.load_classes"
_first, *_others = defaults.OSCAR_DASHBOARD_NAVIGATION
OSCAR_DASHBOARD_NAVIGATION = [{**_first, "label": backoffice.SHOP_DASHBOARD}, *_others]
OSCAR_SHOP_NAME = SHOP_NAME
OSCAR_SHOP_TAGLINE = ""
OSCAR_HOMEPAGE = reverse_lazy("shop:home")
OSCAR_DEFAULT_CURRENCY = env.str("CURRENCY", default="TRY")
OSCAR_ALLOW_ANON_CHECKOUT = True
# Prices include VAT, so reductions do: 10 % off 120.00 is 12.00, not 12.00 plus its VAT.
OSCAR_OFFERS_INCL_TAX = True
OSCAR_BASKET_COOKIE_OPEN = "esnaf_basket"
OSCAR_EAGER_ALERTS = False
OSCAR_SLUG_ALLOW_UNICODE = False
OSCAR_THUMBNAILER = "shop.catalogue.thumbnails.Thumbnailer"
OSCAR_MISSING_IMAGE_URL = "image_not_found.jpg"
OSCAR_INITIAL_ORDER_STATUS = "pending"
OSCAR_INITIAL_LINE_STATUS = "pending"
OSCAR_ORDER_STATUS_PIPELINE = {
    "pending": ("confirmed", "paid", "cancelled"),
    "confirmed": ("paid", "packed", "part_shipped", "shipped", "cancelled"),  # to be paid at the door
    "paid": ("packed", "part_shipped", "shipped", "cancelled"),
    "packed": ("part_shipped", "shipped", "cancelled"),
    "part_shipped": ("shipped",),
    "shipped": ("delivered", "cancelled"),  # all of it came back undelivered
    "delivered": (),
    "cancelled": ("pending", "paid"),  # a payment that came late, where there still was stock
}
OSCAR_ORDER_STATUS_CASCADE = {status: status for status in OSCAR_ORDER_STATUS_PIPELINE}
OSCAR_LINE_STATUS_PIPELINE = OSCAR_ORDER_STATUS_PIPELINE
# Only because Oscar imports Haystack: nothing is ever searched through it.
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
HAYSTACK_SIGNAL_PROCESSOR = "haystack.signals.BaseSignalProcessor"

# --- Payment ---------------------------------------------------------------------------------------------

# What shoppers may choose from, in this order: codes of shop/payment/providers.
PAYMENT_PROVIDERS: list[str] = env.list(
    "PAYMENT_PROVIDERS", default=["simulated-card", "stripe", "iyzico", "bank-transfer", "cash-on-delivery"]
)
PAYMENT_SIMULATOR = env.bool("PAYMENT_SIMULATOR", default=DEBUG)
# The example number of the IBAN register: nothing that is sent there arrives.
BANK_TRANSFER_IBAN = env.str("BANK_TRANSFER_IBAN", default="TR33 0006 1005 1978 6457 8413 26" if DEBUG else "")
BANK_TRANSFER_HOLDER = env.str("BANK_TRANSFER_HOLDER", default=SHOP_NAME)
CASH_ON_DELIVERY_LIMIT = Decimal(env.str("CASH_ON_DELIVERY_LIMIT", default="5000"))

# --- helpdesk (reasons: docs/decisions/0005-helpdesk.md) ---------------------------------------------------

HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_KB_ENABLED = True
HELPDESK_API_ENABLED = False
HELPDESK_SUBMIT_A_TICKET_PUBLIC = False
HELPDESK_VIEW_A_TICKET_PUBLIC = False
HELPDESK_STAFF_ONLY_TICKET_OWNERS = True
HELPDESK_STAFF_ONLY_TICKET_CC = True
HELPDESK_PRIVATE_FOLLOWUP_MEANS_NO_EMAILS = True
HELPDESK_ENABLE_PER_QUEUE_STAFF_PERMISSION = False
HELPDESK_KANBAN_ENABLED = False
HELPDESK_EMAIL_FALLBACK_LOCALE = "en"
ALLOWED_URL_SCHEMES = ("http", "https", "mailto", "tel")
HELPDESK_VALID_EXTENSIONS = [".txt", ".pdf", ".jpg", ".jpeg", ".png", ".webp", ".heic", ".eml", ".doc", ".docx", ".odt"]

# --- Security --------------------------------------------------------------------------------------------

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
if not DEBUG:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    OSCAR_BASKET_COOKIE_SECURE = True

# --- Back office -----------------------------------------------------------------------------------------

UNFOLD = backoffice.unfold(SHOP_NAME)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # They tell of every step of every page, and of every rule of a stylesheet that is for screens.
    "loggers": {"weasyprint": {"level": "ERROR"}, "fontTools": {"level": "ERROR"}},
}
