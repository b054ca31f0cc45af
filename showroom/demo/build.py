"""Build the demo store, or carry it on to today."""

import datetime as dt
from collections.abc import Callable

from django.db import transaction

from accounts.models import Membership, Store, User
from followups.models import NightlyRun
from leads.models import CarModel, Term
from leads.stores import create_staff

from ..stores import open_store
from . import cast, floor
from .days import Day

MONTH, YEAR = 30, 365


def demo_store() -> Store | None:
    return Store.objects.filter(is_demo=True).first()


def build(
    *, now: dt.datetime, days: int = MONTH, progress: Callable[[int, int], None] = lambda done, of: None
) -> Store:
    """A demo store with so many days of history up to `now` (UTC); an existing one is carried on to today."""
    store = demo_store() or _found(now=now, days=days)
    today = store.business_date(now)
    last = NightlyRun.objects.filter(store=store).order_by("-on").values_list("on", flat=True).first()
    first = max(last + dt.timedelta(days=1) if last else dt.date.min, today - dt.timedelta(days=days))
    span = max((today - first).days + 1, 0)
    for done in range(span):
        on = first + dt.timedelta(days=done)
        with transaction.atomic():
            Day(store, on, until=min(now, store.end_of_day(on))).play()
        progress(done + 1, span)
    return store


@transaction.atomic
def _found(*, now: dt.datetime, days: int) -> Store:
    store = open_store(**cast.STORE, is_demo=True, at=now)
    start = store.business_date(now) - dt.timedelta(days=days)
    for username, name, role in cast.STAFF:
        create_staff(store, username=username, name=name, roles=[role], on=start, password=cast.PASSWORD)
    CarModel.objects.bulk_create(
        CarModel(group=store.group, brand=cast.BRAND, code=code, name_en=en, name_zh=zh)
        for code, en, zh in cast.MODELS
    )
    Term.objects.bulk_create(
        Term(store=store, list=Term.List.AREA, code=code, name_en=en, name_zh=zh, rank=rank)
        for rank, (code, en, zh) in enumerate(cast.AREAS, start=1)
    )
    floor.found(store, by=User.objects.get(username="chen"), now=store.start_of_day(start))
    return store


def logins() -> list[tuple[str, str, str, str]]:
    """(user name, password, name, role) of everybody in the demo store."""
    people = User.objects.filter(pk__in=Membership.objects.filter(store__is_demo=True).values("user"))
    roles = dict(Membership.objects.filter(store__is_demo=True).values_list("user_id", "role"))
    return [(user.username, cast.PASSWORD, user.full_name, roles[user.pk]) for user in people.order_by("id")]
