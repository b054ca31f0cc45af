from django.urls import path

from . import views

app_name = "showroom"
urlpatterns = [
    path("walk-in/", views.walk_in, name="walk_in"),
    path("walk-in/lookup/", views.lookup, name="lookup"),
    path("visits/<int:pk>/close/", views.close, name="close"),
    path("appointments/<int:pk>/arrived/", views.arrived, name="arrived"),
]
