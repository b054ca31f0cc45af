from django.urls import path

from . import (
    shared,
    views,
    views_agenda,
    views_appointment,
    views_ends,
    views_evening,
    views_grades,
    views_message,
    views_night,
    views_out_visit,
    views_paste,
    views_undo,
)

app_name = "followups"
urlpatterns = [
    path("together/", shared.together, name="together"),
    path("leads/<str:number>/log/", views.log, name="log"),
    path("leads/<str:number>/lose/", views_ends.lose_page, name="lose"),
    path("leads/<str:number>/rest/", views_ends.rest_page, name="rest"),
    path("leads/<str:number>/invalid/", views_ends.invalid_page, name="invalidate"),
    path("leads/<str:number>/back/", views_ends.back_page, name="back"),
    path("leads/<str:number>/another/", views_ends.another_page, name="another"),
    path("leads/<str:number>/out-visit/", views_out_visit.out_visit, name="out_visit"),
    path("leads/<str:number>/message/", views_message.message, name="message"),
    path("paste/", views_paste.paste, name="paste"),
    path("evening/", views_evening.evening, name="evening"),
    path("evening/week/", views_evening.evening_week, name="evening_week"),
    path("evening/day/", views_evening.evening_day, name="evening_day"),
    path("backlog/", views.backlog, name="backlog"),
    path("appointments/", views_agenda.agenda, name="agenda"),
    path("appointments/<int:pk>/confirm/", views_agenda.confirm, name="confirm"),
    path("appointments/<int:pk>/", views_appointment.appointment, name="appointment"),
    path("contacts/<int:pk>/undo/", views_undo.undo_contact, name="undo_contact"),
    path("lapses/", views.lapse, name="lapse"),
    path("settings/grades/", views_grades.grades, name="grades"),
    path("night/", views_night.night, name="night"),
    path("night/run/", views_night.night_run, name="night_run"),
    path("night/parked/<int:pk>/retry/", views_night.night_retry, name="night_retry"),
]
