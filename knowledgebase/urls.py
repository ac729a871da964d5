from django.urls import path

from knowledgebase import views

app_name = "knowledgebase"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("categories/<slug:slug>/", views.category, name="category"),
    path("articles/<path:reference>/<slug:slug>/", views.article, name="article"),
    path("votes/<int:revision_id>/", views.vote, name="vote"),
]
