from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.sign_in_page, name="login"),
    path("login/demo/", views.demo_login, name="demo_login"),
    path("logout/", views.sign_out_now, name="logout"),
    path("language/", views.choose_language, name="language"),
    path("theme/", views.choose_theme, name="theme"),
    path("store/", views.choose_store, name="store"),
    path("drafts/<slug:form>/", views.draft, name="draft"),
    path("start/", views.no_home, name="no_home"),
]
