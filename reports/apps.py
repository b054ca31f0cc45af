from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _put_triggers(sender, **kwargs):
    from .work_triggers import install

    install()


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self):
        post_migrate.connect(_put_triggers, sender=self)
