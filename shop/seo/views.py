"""What robots ask for: where they may look, what there is, and the cards of shared links."""

from django.conf import settings
from django.contrib.sitemaps.views import sitemap
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.static import serve

from shop.oscar import Category, ProductImage
from shop.seo.addresses import absolute
from shop.seo.sharing import share_image_file
from shop.seo.sitemaps import SECTIONS, files

FOR_STAFF_AND_MACHINES = ("/admin/", "/dashboard/", "/desk/", "/webhooks/", "/i18n/")
# Names of pages, in every language: endless, or somebody's own.
NOT_CRAWLED = ("search:search", "customer:profile-view", "shop:track")
an_hour = cache_control(max_age=3600, public=True)


@require_safe
@an_hour
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in FOR_STAFF_AND_MACHINES)]
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            lines += [f"Disallow: {reverse(name)}" for name in NOT_CRAWLED]
    lines += ["", f"Sitemap: {absolute(reverse('sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@an_hour
def sitemap_index(request: HttpRequest) -> HttpResponse:
    context = {"sitemaps": [{"location": location} for location in files()]}
    return render(request, "sitemap_index.xml", context, content_type="application/xml")


@require_safe
@an_hour
def sitemap_section(request: HttpRequest, section: str) -> TemplateResponse:
    return sitemap(request, {**SECTIONS}, section)


@require_safe
def share_image(request: HttpRequest, name: str) -> HttpResponseBase:
    """The card of a picture that the shop shows; of no other file, so that nobody fills the disk."""
    is_shown = "\0" not in name and (
        ProductImage.objects.filter(original=name).exists() or Category.objects.filter(image=name).exists()
    )
    if not is_shown:
        raise Http404
    try:
        card = share_image_file(name)
    except OSError as error:
        raise Http404 from error
    response = serve(request, card, document_root=settings.MEDIA_ROOT)
    response.headers.setdefault("Cache-Control", "public, max-age=2592000")
    return response
