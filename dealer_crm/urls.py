from django.urls import include, path

from followups.views import home

from .health import healthz

urlpatterns = [
    path("", home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("", include("accounts.urls")),
    path("import/", include("leads.urls_imports")),
    path("", include("leads.urls")),
    path("", include("followups.urls")),
    path("", include("showroom.urls")),
    path("", include("reports.urls")),
]
