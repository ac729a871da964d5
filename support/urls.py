from django.urls import path

from support.contact import views

app_name = "support"
urlpatterns = [
    path("", views.create_ticket, name="ticket_create"),
    path("suggestions/", views.suggest_articles, name="suggestions"),
    path("tickets/", views.list_tickets, name="ticket_list"),
    path("tickets/<str:token>/", views.show_ticket, name="ticket"),
    path("tickets/<str:token>/files/<int:file_id>/", views.download_file, name="file"),
]
