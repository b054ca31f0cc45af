"""A store's own rules, kept in memory until its stamp changes: settings and opening days."""

import datetime as dt
from functools import lru_cache

from django.conf import settings as project
from django.db import transaction
from django.utils.module_loading import import_string

from .models import SettingChange, Store, StoreClosure, StoreHours, StoreSetting, User
from .store_settings import DECLARED, checked


@lru_cache(maxsize=256)
def _settings(store_id: int, stamp: str) -> dict:
    rows = dict(StoreSetting.objects.filter(store_id=store_id).values_list("key", "value"))
    return {key: rows.get(key, declared.default) for key, declared in DECLARED.items()}


def setting(store: Store, key: str):
    """A store's value of a declared setting, else its default; KeyError for an unknown key."""
    return _settings(store.pk, store.rules_stamp)[key]


@transaction.atomic
def set_setting(store: Store, key: str, value: object, *, by: User | None, at: dt.datetime) -> None:
    """Change a setting, keep who did it, and tell the floors that count on it (SETTING_LISTENERS).

    The same value again writes nothing. UnknownSetting, TypeError or ValueError when it does not fit.
    """
    new, old = checked(key, value), setting(store, key)
    if new == old:
        return
    StoreSetting.objects.update_or_create(
        store=store, key=key, defaults={"value": new, "changed_by": by, "changed_at": at}
    )
    store.refresh_from_db(fields=["rules_stamp"])
    record_change(store, f"setting:{key}", old, new, by=by, at=at)
    for name in project.SETTING_LISTENERS:
        import_string(name)(store, key, at=at)


def record_change(store: Store, key: str, old: object, new: object, *, by, at: dt.datetime) -> None:
    """Keep who changed a rule from what to what; values that JSON knows, no personal data."""
    SettingChange.objects.create(store=store, key=key, old=old, new=new, by=by, at=at)


@lru_cache(maxsize=256)
def _opening(store_id: int, stamp: str) -> tuple[dict, frozenset]:
    hours = {h.weekday: (h.opens, h.closes) for h in StoreHours.objects.filter(store_id=store_id)}
    closures = frozenset(StoreClosure.objects.filter(store_id=store_id).values_list("on", flat=True))
    return hours, closures


def is_open_on(store: Store, on: dt.date) -> bool:
    """Whether the store opens on a day (SPEC A61)."""
    hours, closures = _opening(store.pk, store.rules_stamp)
    return on.weekday() in hours and on not in closures


def opening(store: Store, on: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """From when to when the store opens on a day of the week, in UTC; 09:00-18:00 where nothing is said."""
    hours, _ = _opening(store.pk, store.rules_stamp)
    opens, closes = hours.get(on.weekday(), (dt.time(9), dt.time(18)))
    return store.at_local(on, opens), store.at_local(on, closes)


def closing_time(store: Store, on: dt.date) -> dt.datetime:
    """When the store closes on a day, in UTC; 18:00 store time on a day it does not open."""
    hours, _ = _opening(store.pk, store.rules_stamp)
    closes = hours[on.weekday()][1] if on.weekday() in hours else dt.time(18)
    return store.at_local(on, closes)
