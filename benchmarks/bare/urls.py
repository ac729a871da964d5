from django.urls import path

from benchmarks.bare.views import cards

urlpatterns = [path("<int:page>/", cards)]
