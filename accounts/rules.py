"""A store's own rules, kept in memory until its stamp changes: settings and opening days."""

import datetime as dt
from functools import lru_cache

from .models import Store, StoreClosure, StoreHours, StoreSetting
from .store_settings import DECLARED, checked


@lru_cache(maxsize=256)
def _settings(store_id: int, stamp: str) -> dict:
    rows = dict(StoreSetting.objects.filter(store_id=store_id).values_list("key", "value"))
    return {key: rows.get(key, declared.default) for key, declared in DECLARED.items()}


def setting(store: Store, key: str):
    """A store's value of a declared setting, else its default; KeyError for an unknown key."""
    return _settings(store.pk, store.rules_stamp)[key]


def set_setting(store: Store, key: str, value: object, *, by, at: dt.datetime) -> None:
    """Change a setting; UnknownSetting, TypeError or ValueError when it does not fit."""
    StoreSetting.objects.update_or_create(
        store=store,
        key=key,
        defaults={"value": checked(key, value), "changed_by": by, "changed_at": at},
    )
    store.refresh_from_db(fields=["rules_stamp"])


@lru_cache(maxsize=256)
def _opening(store_id: int, stamp: str) -> tuple[dict, frozenset]:
    hours = {h.weekday: (h.opens, h.closes) for h in StoreHours.objects.filter(store_id=store_id)}
    closures = frozenset(StoreClosure.objects.filter(store_id=store_id).values_list("on", flat=True))
    return hours, closures


def is_open_on(store: Store, on: dt.date) -> bool:
    """Whether the store opens on a day (SPEC A61)."""
    hours, closures = _opening(store.pk, store.rules_stamp)
    return on.weekday() in hours and on not in closures


def closing_time(store: Store, on: dt.date) -> dt.datetime:
    """When the store closes on a day, in UTC; 18:00 store time on a day it does not open."""
    hours, _ = _opening(store.pk, store.rules_stamp)
    closes = hours[on.weekday()][1] if on.weekday() in hours else dt.time(18)
    return store.at_local(on, closes)
