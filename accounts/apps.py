from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _protect(sender, **kwargs):
    from .models import AccessEvent, SettingChange
    from .triggers import make_append_only

    for model in (AccessEvent, SettingChange):
        make_append_only(model._meta.db_table)


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from . import checks  # noqa: F401  (registers itself)

        post_migrate.connect(_protect, sender=self)
