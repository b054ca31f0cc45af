from django.urls import path

from . import views, views_list, views_losses, views_reveal, views_undo

app_name = "leads"
urlpatterns = [
    path("leads/<str:number>/number/", views_reveal.reveal, name="reveal"),
    path("leads/", views_list.lead_list, name="list"),
    path("leads/tabs/", views_list.lead_tabs, name="tabs"),
    path("leads/filter/", views_list.lead_filter, name="filter"),
    path("leads/<str:number>/", views.card, name="card"),
    path("leads/<str:number>/move/", views.move, name="move"),
    path("losses/", views_losses.losses, name="losses"),
    path("losses/found/", views_losses.losses_found, name="losses_found"),
    path("losses/<int:pk>/", views_losses.loss, name="loss"),
    path("losses/<int:pk>/undo/", views_undo.undo_loss, name="undo_loss"),
]
