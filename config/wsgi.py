from django.core.wsgi import get_wsgi_application

from config.celery import app as celery_app  # names the settings for all that comes after it
from config.page_cache import serve_kept_pages

application = serve_kept_pages(get_wsgi_application())

__all__ = ["application", "celery_app"]
