from django.urls import path

from shop.documents import views

urlpatterns = [
    path("<slug:kind>/", views.page, name="document_page"),
    path("<slug:kind>.pdf", views.pdf, name="document"),
]
