from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _protect(sender, **kwargs):
    from accounts.triggers import make_append_only

    from .models import LeadEvent

    make_append_only(LeadEvent._meta.db_table)


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self):
        post_migrate.connect(_protect, sender=self)
