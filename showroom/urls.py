from django.urls import path

from . import views, views_calls, views_register, views_undo

app_name = "showroom"
urlpatterns = [
    path("walk-in/", views.walk_in, name="walk_in"),
    path("walk-in/lookup/", views.lookup, name="lookup"),
    path("call/", views_calls.call, name="call"),
    path("call/lookup/", views_calls.lookup, name="call_lookup"),
    path("register/", views_register.register, name="register"),
    path("register/tally/", views_register.tally, name="tally"),
    path("register/visits/<int:pk>/edit/", views_register.edit_visit, name="edit_visit"),
    path("register/visits/<int:pk>/void/", views_register.void_visit, name="void_visit"),
    path("register/visits/<int:pk>/met/", views_register.met, name="met"),
    path("register/calls/<int:pk>/edit/", views_register.edit_call, name="edit_call"),
    path("register/calls/<int:pk>/void/", views_register.void_call, name="void_call"),
    path("visits/<int:pk>/close/", views.close, name="close"),
    path("visits/<int:pk>/undo/", views_undo.undo_closing, name="undo_closing"),
    path("appointments/<int:pk>/arrived/", views.arrived, name="arrived"),
]
