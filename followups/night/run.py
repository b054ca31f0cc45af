"""One night of one store: claimed by a lease, done once, safe to miss and to catch up (DESIGN section 5)."""

import datetime as dt
import logging
import time
from dataclasses import asdict, dataclass
from itertools import product

from django.conf import settings
from django.db.models import Max, Min
from django.utils.module_loading import import_string

from accounts.models import Store
from accounts.sql import insert_unless_there
from followups.models import NightlyRun
from leads.models import Lead

from .chunks import Counts

LEASE = dt.timedelta(minutes=5)  # longer than any chore; a crashed night is taken again after it
A_YEAR = 366  # nights; nobody makes up for more
RUNNING, DONE = NightlyRun.State.RUNNING, NightlyRun.State.DONE

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NightResult(Counts):
    """What became of a night: done now, already (by somebody else, or just being done), or older."""

    state: str = "done"
    seconds: float = 0.0


def run_night(store: Store, on: dt.date, *, now: dt.datetime) -> NightResult:
    """The night of `on`: the run at 00:00 store time of that day, whenever it comes to it (SPEC A63).

    A second run answers "already", a date before the last finished run "older": both change
    nothing. `now` is recorded as the moment we knew; each effect carries the date it fell due.
    Whatever a chore raises beyond single rows goes up, with the lease given back.
    """
    last = NightlyRun.objects.filter(store=store, state=DONE).aggregate(on=Max("on"))["on"]
    if last and last > on:
        return NightResult(state="older")
    run = None if last == on else _claim(store, on, now)
    if run is None:
        return NightResult(state="already")
    started = time.monotonic()
    try:
        counts = _do_chores(store, run, now=now, started=started)
    except BaseException:
        _hold(run, until=now)
        raise
    seconds = round(time.monotonic() - started, 3)
    log.info("night %s %s changed %d in %.2f s", store.code, on, counts.changed, seconds)
    NightlyRun.objects.filter(pk=run.pk).update(
        state=DONE,
        finished_at=now + dt.timedelta(seconds=seconds),
        counts={**asdict(counts), "seconds": seconds},
    )
    return NightResult(**asdict(counts), seconds=seconds)


def _claim(store: Store, on: dt.date, now: dt.datetime) -> NightlyRun | None:
    """The run's row, ours until the lease ends; None when it is done or somebody is at it."""
    runs = NightlyRun.objects.filter(store=store)
    if runs.filter(state=RUNNING, lease_until__gt=now).exists():
        return None
    fresh = NightlyRun(store=store, on=on, lease_until=now + LEASE, started_at=now)
    if not insert_unless_there(fresh):
        left_behind = runs.filter(on=on, state=RUNNING, lease_until__lte=now)
        if not left_behind.update(lease_until=now + LEASE, started_at=now):
            return None
    return runs.get(on=on)


def _hold(run: NightlyRun, *, until: dt.datetime) -> None:
    NightlyRun.objects.filter(pk=run.pk).update(lease_until=until)


def _do_chores(store: Store, run: NightlyRun, *, now: dt.datetime, started: float) -> Counts:
    done = Counts()
    for on, name in product(_nights(store, run.on), settings.NIGHTLY_CHORES):
        chore = import_string(name)
        if on < run.on and getattr(chore, "last_night_only", False):
            continue
        counts = chore(store, on, now=now)
        took = time.monotonic() - started
        log.debug("night %s %s: %s changed %d, at %.2f s", store.code, on, name, counts.changed, took)
        _hold(run, until=now + dt.timedelta(seconds=took) + LEASE)
        done += counts
    return done


def _nights(store: Store, on: dt.date) -> list[dt.date]:
    """The nights to make up for, in order, and `on` itself: one chore may wait for another's of a day before.

    They begin after the last finished night; without one, after the day of the store's first lead.
    """
    last = NightlyRun.objects.filter(store=store, state=DONE, on__lt=on).aggregate(on=Max("on"))["on"]
    if last is None:
        first_lead_at = Lead.objects.filter(store=store).aggregate(at=Min("created_at"))["at"]
        last = store.business_date(first_lead_at) if first_lead_at else on
    missed = min(max((on - last).days - 1, 0), A_YEAR)
    return [on - dt.timedelta(days=back) for back in range(missed, -1, -1)]
