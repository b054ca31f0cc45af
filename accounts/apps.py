from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _protect(sender, **kwargs):
    from .models import AccessEvent
    from .triggers import make_append_only

    make_append_only(AccessEvent._meta.db_table)


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        post_migrate.connect(_protect, sender=self)
