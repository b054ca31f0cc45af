"""The addresses of what people are told."""

from django.urls import path

from . import views_channels, views_escalated, views_notices, views_workload

urlpatterns = [
    path("notices/", views_notices.notices, name="notices"),
    path("notices/count/", views_notices.notice_count, name="notice_count"),
    path("notices/read/", views_notices.read_notices, name="read_notices"),
    path("me/channels/add/", views_channels.add, {"group": False}, name="add_my_channel"),
    path("settings/channels/", views_channels.channels, name="channels"),
    path("settings/channels/add/", views_channels.add, {"group": True}, name="add_channel"),
    path("channels/<int:pk>/end/", views_channels.end, name="end_channel"),
    path("channels/<int:pk>/test/", views_channels.test, name="test_channel"),
    path("escalated/", views_escalated.escalated, name="escalated"),
    path("workload/", views_workload.workload, name="workload"),
    path("notices/<int:pk>/open/", views_notices.open_notice, name="open_notice"),
]
