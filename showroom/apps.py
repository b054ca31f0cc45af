from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ShowroomConfig(AppConfig):
    name = "showroom"

    def ready(self):
        from .stores import bring_playbooks

        post_migrate.connect(bring_playbooks, sender=self)
