from django.urls import path

from . import views_playbook, views_playbook_edit, views_training

urlpatterns = [
    path("", views_playbook.playbook, name="playbook"),
    path("new/", views_playbook_edit.new, name="playbook_new"),
    path("beside/<slug:step>/", views_playbook.beside, name="playbook_beside"),
    path("trainings/", views_training.trainings, name="trainings"),
    path("trainings/new/", views_training.training, name="training"),
    path("trainings/<int:pk>/", views_training.correction, name="training_correction"),
    path("<int:pk>/", views_playbook.page, name="playbook_page"),
    path("<int:pk>/edit/", views_playbook_edit.edit, name="playbook_edit"),
    path("<int:pk>/back/", views_playbook_edit.back, name="playbook_back"),
]
