import os

from django.core.wsgi import get_wsgi_application

from config.celery import app as celery_app

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_django = get_wsgi_application()

from config.page_cache import serve_kept_pages  # noqa: E402  (it reads the settings)

application = serve_kept_pages(_django)

__all__ = ["application", "celery_app"]
