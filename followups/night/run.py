"""One night of one store: claimed by a lease, done once, safe to miss and to catch up (DESIGN section 5)."""

import datetime as dt
import logging
import time
from dataclasses import asdict, dataclass
from itertools import product

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Max, Min
from django.utils.module_loading import import_string

from accounts.models import Store
from accounts.sql import insert_unless_there
from accounts.stopping import Stopping
from followups.models import NightlyRun, Parked
from leads.models import Lead

from .chunks import ATTEMPTS, WHOLE, Counts, describe, mend, park

LEASE = dt.timedelta(minutes=5)  # longer than any chore; a crashed night is taken again after it
A_YEAR = 366  # nights; nobody makes up for more
RUNNING, DONE = NightlyRun.State.RUNNING, NightlyRun.State.DONE
DIED = "died"  # why a chore stands aside whose process ended without a word
NOT_THE_CHORES = OperationalError, InterfaceError, Stopping  # the machine's fault, or somebody's wish

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
    Whatever a chore raises beyond single rows goes up, with the lease given back. A chore that raised,
    or ended its process, ATTEMPTS times without getting further is left out: the rest is done
    (RELIABILITY 18). A night that left something out is taken again once that is to be tried again.
    """
    last = NightlyRun.objects.filter(store=store, state=DONE).aggregate(on=Max("on"))["on"]
    if last and last > on:
        return NightResult(state="older")
    if last == on:
        _reopen(store, on, now)
    run = _claim(store, on, now)
    if run is None:
        return NightResult(state="already")
    started = time.monotonic()
    try:
        counts = _do_chores(store, run, now=now, started=started)
    except BaseException as error:
        _give_back(run, error, now)
        raise
    seconds = round(time.monotonic() - started, 3)
    log.info("night %s %s changed %d in %.2f s", store.code, on, counts.changed, seconds)
    _finish(run, counts, now, seconds)
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
    _count_deaths(store, now)
    return runs.select_related("store").get(on=on)


def _reopen(store: Store, on: dt.date, now: dt.datetime) -> None:
    """A finished night that left something out which is no longer given up is open again."""
    run = NightlyRun.objects.get(store=store, on=on)
    if set(run.left_out) - _given_up(_tries(store)):
        NightlyRun.objects.filter(pk=run.pk, state=DONE).update(state=RUNNING, lease_until=now)


def _hold(run: NightlyRun, *, until: dt.datetime, chore: str) -> bool:
    """Say until when and at what; false when the lease ran out and somebody else has it since."""
    ours = NightlyRun.objects.filter(pk=run.pk, started_at=run.started_at)
    run.chore = chore
    return bool(ours.update(lease_until=until, chore=chore))


def _finish(run: NightlyRun, counts: Counts, now: dt.datetime, seconds: float) -> None:
    """Done, with the figures of all its tries and the names of what it went on without."""
    figures = asdict(counts)
    figures = {name: figure + run.counts.get(name, 0) for name, figure in figures.items()}
    left_out = sorted(_given_up(_tries(run.store)))
    NightlyRun.objects.filter(pk=run.pk).update(
        state=DONE,
        finished_at=now + dt.timedelta(seconds=seconds),
        chore="",
        counts={**figures, "seconds": seconds} | ({"left_out": left_out} if left_out else {}),
    )


# --- chores that fail as a whole ----------------------------------------------------------------


def _tries(store: Store) -> dict[str, int]:
    """How often the chores failed that did."""
    return dict(Parked.objects.filter(store=store, ref_kind=WHOLE).values_list("job", "attempts"))


def _given_up(tries: dict[str, int]) -> set[str]:
    return {chore for chore, number in tries.items() if number >= ATTEMPTS}


@transaction.atomic
def _count_deaths(store: Store, now: dt.datetime) -> None:
    """Whoever holds the night knows: a chore that still stands at a run is where its process died."""
    dead = NightlyRun.objects.filter(store=store, state=RUNNING).exclude(chore="")
    for run in dead.order_by("on"):
        park(run.chore, WHOLE, store.pk, store=store, error=DIED, now=now)
        log.error("night %s %s: %s ended its process", store.code, run.on, run.chore)
    dead.update(chore="")


@transaction.atomic
def _give_back(run: NightlyRun, error: BaseException, now: dt.datetime) -> None:
    """One of both: counted here, or, should even that fail for want of memory, by whoever comes next."""
    chore, its_fault = run.chore, isinstance(error, Exception) and not isinstance(error, NOT_THE_CHORES)
    if _hold(run, until=now, chore="") and chore and its_fault:
        park(chore, WHOLE, run.store_id, store=run.store, error=describe(error), now=now)


# --- the work -----------------------------------------------------------------------------------


def _do_chores(store: Store, run: NightlyRun, *, now: dt.datetime, started: float) -> Counts:
    done, tries = Counts(), _tries(store)
    given_up = _given_up(tries)
    for on, path in product(_nights(store, run.on), settings.NIGHTLY_CHORES):
        chore, name = import_string(path), path.rpartition(".")[2]
        if name in given_up or (on < run.on and getattr(chore, "last_night_only", False)):
            continue
        took = time.monotonic() - started
        _hold(run, until=now + dt.timedelta(seconds=took) + LEASE, chore=name)
        counts = chore(store, on, now=now)
        log.debug("night %s %s: %s changed %d, from %.2f s", store.code, on, name, counts.changed, took)
        if name in tries:
            mend(store, name)
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
