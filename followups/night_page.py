"""What the night page tells: was the store prepared, does the sweep come, what stands aside."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.backups.failing import words_of
from accounts.backups.keeping import last_good
from accounts.date_words import near_day, weekday_and_day
from accounts.models import Backup, Store
from leads.models import Lead

from .backing_up import is_late as backup_is_late
from .models import Appointment, Heartbeat, NightlyRun, Parked, Task
from .night.chunks import ATTEMPTS, WHOLE
from .night.run import DIED
from .outbox.pausing import standing_pauses
from .queue import queue_is_reachable
from .sweep import sweep_is_late
from .watching import is_done, is_running, night_is_cut, night_is_late

NIGHTS = 14
MOST_PARKED = 50
LATE_START = dt.timedelta(hours=1)  # after store midnight
FIGURES = ("changed", "lapse_proposed", "lapsed", "missed", "escalated", "parked")

JOBS = {
    "close_open_visits": gettext_lazy("Visit left open"),
    "mark_no_shows": gettext_lazy("No-show"),
    "settle_past_bookings": gettext_lazy("Test drive that nobody ended"),
    "wake_dormant": gettext_lazy("Waking"),
    "end_phone_only_protection": gettext_lazy("Called, did not come"),
    "lapse_or_propose": gettext_lazy("Lapse"),
    "mark_missed": gettext_lazy("Overdue task"),
    "escalate": gettext_lazy("Escalation"),
    "suggest_grades": gettext_lazy("Suggested grade"),
    "date_catch_up": gettext_lazy("Today's share"),
    "end_the_day": gettext_lazy("Greeting that nobody sent"),
    "open_missing_tasks": gettext_lazy("Next date"),
    "remind_of_organisations": gettext_lazy("Reminder of an organisation"),
    "ask_for_next_steps": gettext_lazy("Plan the next step"),
    "remind_of_stuck": gettext_lazy("Stuck in its step"),
    "refresh_cards": gettext_lazy("Refresh the card"),
    "try_the_lost_again": gettext_lazy("Ask a lost customer again"),
    "greet_on_birthdays": gettext_lazy("Birthday greeting"),
    "find_suspicions": gettext_lazy("Entries that need a word"),
    "forget_old": gettext_lazy("Old files of imports"),
    "forget_read": gettext_lazy("Old notices"),
    "forget_old_papers": gettext_lazy("Old papers of test drives"),
}


@dataclass(frozen=True)
class Night:
    """One line of the table: a night that ran, or one that did not."""

    on: dt.date
    words: str
    run: NightlyRun | None
    started: str = ""
    hours_late: int = 0
    running: bool = False
    remark: str = ""

    @property
    def left_out(self) -> str:
        """The chores that this night went on without."""
        return names_of(self.run.left_out) if self.run else ""

    @property
    def figures(self) -> list[int | None]:
        counts = self.run.counts if self.run else {}
        return [counts.get(name) for name in FIGURES]

    @property
    def seconds(self) -> float | None:
        return self.run.counts.get("seconds") if self.run else None


class NightPage:
    """The state of one store's nights, and of the machine, at an instant; seven statements."""

    def __init__(self, store: Store, now: dt.datetime):
        self.store, self.now, self.today = store, now, store.business_date(now)

    @cached_property
    def runs(self) -> dict[dt.date, NightlyRun]:
        newest = NightlyRun.objects.filter(store=self.store, on__lte=self.today).order_by("-on")
        return {run.on: run for run in newest[: NIGHTS + 1]}

    @cached_property
    def tonight(self) -> NightlyRun | None:
        return self.runs.get(self.today)

    @cached_property
    def _beats(self) -> dict[str, dt.datetime]:
        return dict(Heartbeat.objects.filter(name__in=["sweep", "swept"]).values_list("name", "at"))

    @property
    def swept_at(self) -> dt.datetime | None:
        return self._beats.get("sweep")

    @property
    def sweep_seconds(self) -> float | None:
        """How long the last sweep took; None while it runs."""
        ended = self._beats.get("swept")
        return (ended - self.swept_at).total_seconds() if ended and ended >= self.swept_at else None

    @cached_property
    def queue_answers(self) -> bool:
        """Whether the queue takes a wake-up now; without it the beat wakes nobody."""
        return queue_is_reachable()

    @cached_property
    def backup(self) -> Backup | None:
        """The last good one."""
        return last_good()

    @cached_property
    def backup_tried(self) -> Backup | None:
        """The last one of all, when it failed after the last good one."""
        newest = Backup.objects.order_by("-at", "-pk").first()
        return newest if newest and newest.error else None

    @property
    def backup_error(self) -> str:
        return words_of(self.backup_tried.error) if self.backup_tried else ""

    @property
    def backups_kept(self) -> bool:
        return bool(settings.BACKUP_FOLDER)

    @property
    def backup_late(self) -> bool:
        return backup_is_late(self.backup, self.now)

    @cached_property
    def pauses(self) -> list:
        """Why no message leaves the house."""
        return standing_pauses()

    @property
    def sweep_late(self) -> bool:
        return self.swept_at is None or sweep_is_late(self.swept_at, self.now)

    @property
    def minutes_since_sweep(self) -> int:
        return int((self.now - self.swept_at).total_seconds()) // 60 if self.swept_at else 0

    @property
    def night_done(self) -> bool:
        return is_done(self.tonight)

    @property
    def night_running(self) -> bool:
        return is_running(self.tonight, self.now)

    @property
    def night_late(self) -> bool:
        return night_is_late(self.store, self.tonight, self.now)

    @property
    def late(self) -> bool:
        return self.sweep_late or self.night_late

    @property
    def left_out(self) -> str:
        """What last night went on without."""
        return names_of(self.tonight.left_out) if night_is_cut(self.tonight) else ""

    def nights(self) -> list[Night]:
        """The last fourteen nights, newest first, as far back as this store has any."""
        oldest = min(self.runs, default=self.today)
        days = [self.today - dt.timedelta(days=back) for back in range(NIGHTS)]
        return [self._night(on) for on in days if on >= oldest]

    def _night(self, on: dt.date) -> Night:
        run, words = self.runs.get(on), weekday_and_day(on, today=self.today)
        if run is None:
            return Night(on, words, None, remark=self._caught_up(on))
        late = run.started_at - self.store.start_of_day(on)
        return Night(
            on,
            words,
            run,
            started=f"{run.started_at.astimezone(self.store.zone):%H:%M:%S}",
            hours_late=late // dt.timedelta(hours=1) if late > LATE_START else 0,
            running=run.state != NightlyRun.State.DONE,
            remark=self._several_in_one(on),
        )

    def _caught_up(self, on: dt.date) -> str:
        later = [day for day, run in self.runs.items() if day > on and run.state == NightlyRun.State.DONE]
        if not later:
            return ""
        return _("Caught up by %(night)s") % {"night": weekday_and_day(min(later), today=self.today)}

    def _several_in_one(self, on: dt.date) -> str:
        before = max((day for day in self.runs if day < on), default=None)
        nights = (on - before).days if before else 1
        if nights == 1:
            return ""
        return ngettext("%(n)s night in one", "%(n)s nights in one", nights) % {"n": nights}

    @cached_property
    def parked(self) -> list[Parked]:
        """Rows that stand aside, those given up first, with the number of their lead."""
        rows = with_lead_number(parked_in(self.store)).order_by("-attempts", "at", "pk")[:MOST_PARKED]
        for row in rows:
            row.what = JOBS.get(row.job, row.job)
            row.why = _("Its process ended without a word") if row.error == DIED else row.error
            row.is_whole, row.given_up = row.ref_kind == WHOLE, row.attempts >= ATTEMPTS
            since = row.at.astimezone(self.store.zone)
            row.since = f"{near_day(since.date(), today=self.today)} {since:%H:%M}"
        return list(rows)


def names_of(chores: list[str]) -> str:
    return " · ".join(str(JOBS.get(chore, chore)) for chore in chores)


def parked_in(store: Store) -> QuerySet:
    return Parked.objects.filter(store=store)


def with_lead_number(parked: QuerySet) -> QuerySet:
    """Which lead a row belongs to, whatever floor it lies on; empty for rows of a higher one."""
    of = {
        "lead": Lead.objects.filter(pk=OuterRef("ref_id")).values("number"),
        "task": Task.objects.filter(pk=OuterRef("ref_id")).values("lead__number"),
        "appointment": Appointment.objects.filter(pk=OuterRef("ref_id")).values("lead__number"),
    }
    cases = [When(Q(ref_kind=kind), then=Subquery(number[:1])) for kind, number in of.items()]
    return parked.annotate(lead_number=Case(*cases))
