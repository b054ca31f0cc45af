"""What the customer showed on the floor today, and which grade that speaks for (SPEC GRD-04 to GRD-12)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.prepared import Prepared
from leads.grades import grade_in_use
from leads.models import Grade, Lead
from leads.models.terms import GRADE_RANK
from leads.steps import Step

from .models import Drive, NeedsReport, PriceTalk, Walkaround
from .step_signals import LABELS, speaks_for

PAYS_NOW = "pays_now"
PLEASED_FROM = 4  # of five, all in all (SPEC TEST-07)
AFTER_A_DRIVE = (Grade.A_PLUS, Grade.A, Grade.B_PLUS)  # offered first (SPEC GRD-04)


@dataclass(frozen=True)
class Told:
    """Signals by step, newest answer of the day, and how the drive was marked."""

    signals: dict[int, tuple[str, ...]]
    drove: bool = False
    overall: int | None = None

    @property
    def codes(self) -> list[str]:
        """All signals in the order of the steps: kept with the grade for the manager's check (GRD-16)."""
        return [code for step in sorted(self.signals) for code in self.signals[step]]

    @property
    def letter(self) -> str:
        """The grade of the detailed scale that the latest step with a signal speaks for; "" for none."""
        letters = [(step, self._of(step)) for step in sorted(self.signals, reverse=True)]
        return next((letter for _step, letter in letters if letter), "")

    def _of(self, step: int) -> str:
        letters = {speaks_for(step, self.signals[step])} - {""}
        if step == Step.TEST_DRIVE and self.overall is not None:
            letters.add(Grade.A if self.overall >= PLEASED_FROM else Grade.B_PLUS)
        return min(letters, key=GRADE_RANK.__getitem__, default="")

    def in_words(self) -> str:
        """The signals that speak for `letter`, in the reader's language."""
        step = next((step for step in sorted(self.signals, reverse=True) if self._of(step)), 0)
        said = [str(LABELS[code]) for code in self.signals.get(step, ()) if code in LABELS]
        if step == Step.TEST_DRIVE and self.overall is not None:
            said.append(_("%(mark)s of 5 for the drive") % {"mark": self.overall})
        return pgettext("between signals", ", ").join(said)


NOTHING = Told({})
NO_MARK = Cast(Value(None), IntegerField())  # typed: PostgreSQL asks it of a union


def told_today(lead: Lead, *, at: dt.datetime) -> Told:
    """What was ticked on the store day of `at`, and the needs report that stands; one statement."""
    since = lead.store.start_of_day(lead.store.business_date(at))
    rows = _rows(lead=lead.pk, since=since, until=at)
    signals = {}
    for step, _when, ticked, _mark in sorted(rows, key=lambda row: row[:2]):
        signals[step] = tuple(ticked)
    drives = [row for row in rows if row[0] == Step.TEST_DRIVE]
    newest = max(drives, key=lambda row: row[1], default=None)
    return Told(signals, drove=bool(drives), overall=newest[3] if newest else None)


@Prepared
def _rows(*, lead: int, since: dt.datetime, until: dt.datetime) -> QuerySet:
    days = (since, until)
    drives = Drive.objects.filter(lead=lead, ride_started_at__range=days)
    sources = [
        _columns(Step.NEEDS, NeedsReport.objects.filter(lead=lead, replaced_at=None), "begun_at"),
        _columns(Step.WALKAROUND, Walkaround.objects.filter(lead=lead, at__range=days), "at"),
        _columns(Step.TEST_DRIVE, drives, "ride_started_at", mark=F("overall")),
        _columns(Step.NEGOTIATION, PriceTalk.objects.filter(lead=lead, at__range=days), "at"),
    ]
    return sources[0].union(*sources[1:], all=True)


def _columns(step: Step, rows: QuerySet, when: str, *, mark: object = NO_MARK) -> QuerySet:
    return rows.order_by().values_list(
        Value(int(step), output_field=IntegerField()), F(when), "signals", mark
    )


def offered_after_a_drive(codes: Iterable[str]) -> list[str]:
    """Of a profile's grades those that stand first after a drive; none where one of them does not exist."""
    known = [code for code in codes if code in AFTER_A_DRIVE]
    return known if len(known) == len(AFTER_A_DRIVE) else []


def grade_told(lead: Lead, told: Told) -> str:
    """What the signals speak for, in the letters of the store's profile; "" for nothing."""
    return grade_in_use(lead.store, told.letter) if told.letter else ""
