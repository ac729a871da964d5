"""Addresses without a language, at the root of the site."""

from django.urls import URLPattern, path

from shop.seo import views

urlpatterns: list[URLPattern] = [
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.sitemap_index, name="sitemap"),
    path("sitemap-<slug:section>.xml", views.sitemap_section, name="sitemap-section"),
    # Before the pictures themselves, in whose folder it lies.
    path("media/share/<path:name>.jpg", views.share_image, name="share-image"),
]
