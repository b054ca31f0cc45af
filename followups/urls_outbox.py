"""The addresses of messages: their templates, and those on their way."""

from django.urls import path

from . import views_outbox, views_templates

PLACE = "settings/messages/<str:code>/<str:channel>/<str:language>/"
urlpatterns = [
    path("settings/messages/", views_templates.templates, name="templates"),
    path(PLACE, views_templates.template, name="template"),
    path(f"{PLACE}preview/", views_templates.template_preview, name="template_preview"),
    path("messages/", views_outbox.outbox, name="outbox"),
    path("messages/again/", views_outbox.outbox_all_again, name="outbox_all_again"),
    path("messages/<int:pk>/again/", views_outbox.outbox_again, name="outbox_again"),
    path("messages/<int:pk>/off/", views_outbox.outbox_off, name="outbox_off"),
    path("messages/stop/", views_outbox.outbox_stop, name="outbox_stop"),
    path("messages/go/", views_outbox.outbox_go, name="outbox_go"),
]
