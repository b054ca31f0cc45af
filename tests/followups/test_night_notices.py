"""The night deletes what was read of the bell, after ninety days."""

import datetime as dt

import pytest

from followups.models import Notice
from followups.night import run_night
from followups.night.notices import forget_read
from tests.conftest import at
from tests.factories import make_store

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 6, 30)
FIRST_KEPT = "2026-04-01 00:00:00"  # ninety days before


def notice(store, person, clock, *, read=True):
    moment = at(clock)
    return Notice.objects.create(
        user=person, store=store, kind="suspicion", cause=clock, at=moment, read_at=moment if read else None
    )


def forget(store) -> int:
    before = Notice.objects.count()
    assert forget_read(store, DAY, now=at("2026-06-30 00:00")).changed == 0  # nothing of the business
    return before - Notice.objects.count()


def test_read_ones_from_before_ninety_store_days(store, li):
    notice(store, li, "2026-03-31 23:59:59")
    kept = notice(store, li, FIRST_KEPT)
    assert forget(store) == 1
    assert Notice.objects.get() == kept


def test_what_nobody_read_stays(store, li):
    notice(store, li, "2026-01-01 10:00", read=False)
    assert forget(store) == 0


def test_those_of_a_leaver_go_and_another_stores_stay(store, li):
    notice(store, li, "2026-01-01 10:00")
    notice(make_store("west"), li, "2026-01-01 10:01")
    li.memberships.update(ends_on="2026-02-01")
    assert forget(store) == 1
    assert Notice.objects.get().store.code == "west"


def test_the_night_does_it(store, li):
    notice(store, li, "2026-03-31 10:00")
    run_night(store, DAY, now=at("2026-06-30 00:05"))
    assert not Notice.objects.exists()
