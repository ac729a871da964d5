"""Pages of staff that are no list of a model. Included below admin/, before the admin's own."""

from django.contrib import admin
from django.urls import path

from shop.backoffice.components import components

urlpatterns = [path("components/", admin.site.admin_view(components), name="components")]
