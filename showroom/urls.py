from django.urls import path

from . import views, views_undo

app_name = "showroom"
urlpatterns = [
    path("walk-in/", views.walk_in, name="walk_in"),
    path("walk-in/lookup/", views.lookup, name="lookup"),
    path("visits/<int:pk>/close/", views.close, name="close"),
    path("visits/<int:pk>/undo/", views_undo.undo_closing, name="undo_closing"),
    path("appointments/<int:pk>/arrived/", views.arrived, name="arrived"),
]
