from django.urls import path

from . import views, views_appointment, views_night

app_name = "followups"
urlpatterns = [
    path("leads/<str:number>/log/", views.log, name="log"),
    path("backlog/", views.backlog, name="backlog"),
    path("appointments/<int:pk>/", views_appointment.appointment, name="appointment"),
    path("lapses/", views.lapse, name="lapse"),
    path("night/", views_night.night, name="night"),
    path("night/run/", views_night.night_run, name="night_run"),
    path("night/parked/<int:pk>/retry/", views_night.night_retry, name="night_retry"),
]
