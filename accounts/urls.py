from django.urls import path

from . import views, views_days_off, views_me, views_settings, views_tablet

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
    path("me/", views_me.me, name="me"),
    path("me/password/", views_me.password, name="password"),
    path("me/pin/", views_me.pin, name="pin"),
    path("me/devices/<int:pk>/end/", views_me.end_device, name="end_device"),
    path("me/days-off/week/", views_days_off.week, name="my_week"),
    path("me/days-off/", views_days_off.days, name="my_days"),
    path("me/days-off/end/", views_days_off.end_days, name="end_my_days"),
    path("people/<int:pk>/days-off/week/", views_days_off.week, name="week"),
    path("people/<int:pk>/days-off/", views_days_off.days, name="days"),
    path("people/<int:pk>/days-off/end/", views_days_off.end_days, name="end_days"),
    path("welcome/<int:pk>/<str:token>/", views_me.welcome, name="welcome"),
    path("tablet/", views_tablet.tablet, name="tablet"),
    path("tablet/lock/", views_tablet.lock_now, name="lock"),
    path("settings/tablets/", views_tablet.tablets, name="tablets"),
    path("settings/tablets/add/", views_tablet.add_tablet, name="add_tablet"),
    path("settings/tablets/<int:pk>/end/", views_tablet.end_tablet, name="end_tablet"),
    path("settings/", views_settings.settings_page, name="settings"),
    path("settings/rules/<slug:key>/", views_settings.one_setting, name="setting"),
    path("settings/hours/", views_settings.hours, name="hours"),
    path("settings/closing-days/", views_settings.add_closure, name="add_closure"),
    path("settings/closing-days/<int:pk>/end/", views_settings.end_closure, name="end_closure"),
]
