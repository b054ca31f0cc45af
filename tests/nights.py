"""Nights for tests: where the nights before are done none has to be made up for, and that takes a while."""

import datetime as dt

from followups.models import NightlyRun
from followups.night import NightResult, run_night


def nights_done(store, until: dt.date) -> None:
    """The nights up to that of `until` count as done."""
    when = store.start_of_day(until)
    done = {"state": NightlyRun.State.DONE, "lease_until": when, "started_at": when}
    NightlyRun.objects.get_or_create(store=store, on=until, defaults=done)


def night_in_a_row(store, on: dt.date) -> NightResult:
    nights_done(store, on - dt.timedelta(days=1))
    return late_night(store, on)


def late_night(store, on: dt.date) -> NightResult:
    """With all the nights before it that were missed."""
    return run_night(store, on, now=store.start_of_day(on))
