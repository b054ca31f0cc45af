"""Which programs dump and restore the database of this store."""

from types import ModuleType

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from . import postgresql, sqlite


def kind() -> ModuleType:
    return postgresql if connection.vendor == "postgresql" else sqlite


def applied(database: BaseDatabaseWrapper) -> list[str]:
    """The migrations that the database has had, as "leads.0001_initial"."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(database).applied_migrations())


def known() -> set[str]:
    """The migrations that this version knows, those they replace too."""
    loader = MigrationLoader(None)
    return {f"{app}.{name}" for app, name in loader.disk_migrations}
