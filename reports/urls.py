from django.urls import path

from . import views_daily, views_numbers

app_name = "reports"
urlpatterns = [
    path("reports/daily/", views_daily.daily, name="daily"),
    path("reports/daily/<int:pk>/comment/", views_daily.comment, name="comment"),
    path("reports/funnel/", views_numbers.funnel, name="funnel"),
    path("reports/funnel/leads/", views_numbers.funnel_leads, name="funnel_leads"),
    path("reports/work/", views_numbers.work, name="work"),
]
