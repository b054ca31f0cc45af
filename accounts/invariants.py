"""Promises that no single constraint can hold: each app lists its checks, one command runs them."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.module_loading import import_string

from .models import AccessEvent, SettingChange
from .triggers import is_append_only

SAMPLE = 5


@dataclass(frozen=True)
class Check:
    """Rows looked at, rows that break the promise, and a few of them by id or number."""

    name: str
    count: int
    bad: int = 0
    sample: list = field(default_factory=list)


def check(name: str, count: int, broken: list) -> Check:
    return Check(name, count, len(broken), broken[:SAMPLE])


def run_all() -> list[Check]:
    """Every check of settings.INVARIANTS, in order."""
    return [result for dotted in settings.INVARIANTS for result in import_string(dotted)()]


def triggers_installed(*tables: str) -> Check:
    return check("triggers_installed", len(tables), [table for table in tables if not is_append_only(table)])


ACCESS_TABLE = AccessEvent._meta.db_table
HISTORY_TABLE = SettingChange._meta.db_table
