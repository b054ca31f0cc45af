"""The models a visitor may come to see, the most asked for first."""

import datetime as dt
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count

from accounts.models import Store
from leads.models import CarModel
from leads.models.terms import in_reader_language

from .models import Visit

ASKED_WITHIN = dt.timedelta(days=30)
REMEMBERED = 300  # seconds; a new model may take so long to stand on the sheet


@dataclass(frozen=True)
class Car:
    """A car model as a choice, in the reader's language."""

    pk: int
    name_en: str
    name_zh: str

    def __str__(self):
        return in_reader_language(self.name_en, self.name_zh)

    def as_model(self) -> CarModel:
        return CarModel(pk=self.pk, name_en=self.name_en, name_zh=self.name_zh)


def cars_key(store: Store) -> str:
    """Under which the store's models are remembered: another one as soon as a rule of the store changes."""
    return f"cars:{store.pk}:{store.rules_stamp}"


def cars(store: Store, *, today: dt.date) -> list[Car]:
    """The group's active models, first those most often asked for in the store's last thirty days."""
    key = cars_key(store)
    rows = cache.get(key)
    if rows is None:
        rows = _ranked(store, today)
        if rows:
            cache.set(key, rows, REMEMBERED)
    return [Car(*row) for row in rows]


def _ranked(store: Store, today: dt.date) -> list[tuple]:
    seen = Visit.objects.filter(store=store, on__gte=today - ASKED_WITHIN, car_model__isnull=False)
    asked = dict(seen.order_by().values_list("car_model").annotate(Count("pk")))
    models = CarModel.objects.filter(group_id=store.group_id, active=True).order_by("id")
    rows = list(models.values_list("pk", "name_en", "name_zh"))
    return sorted(rows, key=lambda row: -asked.get(row[0], 0))
