from django.urls import path

from . import views_imports

app_name = "imports"
urlpatterns = [
    path("", views_imports.uploads, name="list"),
    path("<int:pk>/", views_imports.upload, name="upload"),
    path("<int:pk>/progress/", views_imports.progress, name="progress"),
    path("<int:pk>/check/", views_imports.check, name="check"),
    path("<int:pk>/commit/", views_imports.commit, name="commit"),
    path("<int:pk>/errors/", views_imports.errors, name="errors"),
]
