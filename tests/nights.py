"""A night for tests: of a store whose nights before are done, so that none has to be made up for."""

import datetime as dt

from followups.models import NightlyRun
from followups.night import NightResult, run_night


def night_in_a_row(store, on: dt.date) -> NightResult:
    before = store.start_of_day(on - dt.timedelta(days=1))
    done = {"state": NightlyRun.State.DONE, "lease_until": before, "started_at": before}
    NightlyRun.objects.get_or_create(store=store, on=on - dt.timedelta(days=1), defaults=done)
    return run_night(store, on, now=store.start_of_day(on))
