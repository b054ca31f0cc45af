"""What the page of daily reports shows: everybody's figures, one person's day, the plan, the text."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.date_words import weekday_and_day
from accounts.models import User
from leads.masking import mask_name

from . import records
from .access import LEADING, REPORTING, Level, reader
from .asked import day, number
from .daily import RESULTS, Cause, due_at, locks_at
from .facts import EVENTS, FACTS, VISITS, counted
from .models import DailyReport
from .plan import APPOINTMENT, HOT, Planned, kept_plan, plan_of, proposed_deals
from .scope import Scope

FIGURES = tuple(key for key in FACTS if key != "visits")
SHORT = ("visits", "drives", "deals")  # beside each name
MANY_ATTEMPTS = 3
QUICK = {
    "good": gettext_lazy("Well done."),
    "tonight": gettext_lazy("Call them tonight."),
    "together": gettext_lazy("Let us see them together."),
}


@dataclass
class Person:
    """A line of the list: who, the figures beside the name, the state of the report."""

    user: User
    report: DailyReport | None
    short: list[int]
    url: str
    current: bool

    @property
    def state(self) -> str:
        if self.report is None or self.report.submitted_at is None:
            return "missing"
        return "read" if self.report.comment else "handed_in"


class DailyPage:
    """A store day's reports as far as the reader may look; PermissionDenied for roles without any."""

    def __init__(self, request: HttpRequest):
        self.request, self.user, self.store, self.now = request, request.user, request.store, request.now
        self.reader = reader(request)
        self.today = self.store.business_date(self.now)

    @cached_property
    def on(self) -> dt.date:
        asked = day(self.request.GET.get("on", "") or self.request.POST.get("on", ""))
        return asked if asked and asked <= self.today else self.today

    @property
    def before(self) -> dt.date:
        return self.on - dt.timedelta(days=1)

    @property
    def after(self) -> dt.date | None:
        return self.on + dt.timedelta(days=1) if self.on < self.today else None

    @property
    def leads_others(self) -> bool:
        return self.reader.level is not Level.OWN

    @property
    def hands_in(self) -> bool:
        return bool(self.user.roles_in(self.store) & set(REPORTING))

    # --- who ----------------------------------------------------------------------------

    @cached_property
    def people(self) -> list[User]:
        """Who hands in a report, by name; oneself alone without a team."""
        if not self.leads_others:
            return [self.user]
        people = self.reader.people((self.store,), since=self.on, roles=REPORTING)
        mine = people if self.hands_in else people.exclude(pk=self.user.pk)
        return list(mine.order_by("full_name", "pk"))

    @cached_property
    def reports(self) -> dict[int, DailyReport]:
        rows = DailyReport.objects.filter(store=self.store, on=self.on, user__in=self.people)
        return {row.user_id: row for row in rows.select_related("commented_by")}

    @cached_property
    def person(self) -> User | None:
        """Whose day is shown: the one asked for, else the first whose report waits to be read."""
        asked = self.request.GET.get("person", "")
        if asked:
            found = next((user for user in self.people if user.pk == number(asked)), None)
            if found is None:
                raise Http404
            return found
        if not self.leads_others:
            return self.user
        return self.next_to_read or next(iter(self.people), None)

    @property
    def next_to_read(self) -> User | None:
        return next((user for user in self.people if self._waits(user)), None)

    def _waits(self, user: User) -> bool:
        report = self.reports.get(user.pk)
        return bool(report and report.submitted_at and not report.comment and user != self.user)

    @property
    def handed_in(self) -> int:
        return sum(bool(report.submitted_at) for report in self.reports.values())

    @property
    def read(self) -> int:
        return sum(bool(report.comment) for report in self.reports.values())

    @cached_property
    def report(self) -> DailyReport | None:
        return self.reports.get(self.person.pk) if self.person else None

    @property
    def may_comment(self) -> bool:
        leads = bool(self.user.roles_in(self.store) & set(LEADING))
        return bool(leads and self.report and self.report.submitted_at and self.person != self.user)

    @property
    def may_submit(self) -> bool:
        locked = locks_at(self.store, self.on)
        read = bool(self.report and self.report.comment)
        return self.hands_in and self.person == self.user and not read and not (locked and self.now >= locked)

    # --- the figures ----------------------------------------------------------------------

    def scope(self, people: list[User]) -> Scope:
        """The day of some people, each as it was known when the report was handed in."""
        ids = tuple(user.pk for user in people)
        known = {pk: row.submitted_at for pk, row in self.reports.items() if row.submitted_at}
        return Scope((self.store,), self.on, self.on, people=ids, known_by=known)

    @cached_property
    def counts(self) -> dict[int, dict[str, int]]:
        return counted(self.scope(self.people), [*FIGURES, "visits"]) if self.people else {}

    @cached_property
    def list_of_people(self) -> list[Person]:
        return [
            Person(
                user,
                self.reports.get(user.pk),
                [self.counts.get(user.pk, {}).get(key, 0) for key in SHORT],
                f"?on={self.on}&person={user.pk}",
                user == self.person,
            )
            for user in self.people
        ]

    @property
    def totals(self) -> list[int]:
        return [sum(column) for column in zip(*(line.short for line in self.list_of_people), strict=True)]

    @property
    def short_labels(self) -> list:
        return [FACTS[key].label for key in SHORT]

    @cached_property
    def mine(self) -> dict[str, int]:
        return self.counts.get(self.person.pk, {})

    @property
    def figures(self) -> list[dict]:
        base = f"{reverse('reports:work')}?on={self.on}&person={self.person.pk}&of="
        return [
            {"label": FACTS[key].label, "number": self.mine.get(key, 0), "url": base + key} for key in FIGURES
        ]

    # --- the day and the next -----------------------------------------------------------------

    @cached_property
    def _rows(self) -> list:
        scope = self.scope([self.person])
        events = EVENTS.rows(scope).select_related(*records.WITH_LEAD)
        visits = VISITS.rows(scope).select_related(*records.WITH_LEAD)
        return sorted([*events, *visits], key=lambda row: (records.moment_of(row), row.pk))

    @cached_property
    def _seen(self) -> set[int]:
        wanted = records.lead_ids(self._rows) | {item.lead_id for item in self._plan}
        return records.visible_ids(wanted, self.user, now=self.now)

    @cached_property
    def lines(self) -> list[records.Line]:
        """What the person did, as the day wrote it (SPEC FLOW-10)."""
        teller = records.Teller(self.store)
        return [teller.line(row, self._seen) for row in self._rows]

    @cached_property
    def _plan(self) -> list[Planned]:
        if self.report and self.report.submitted_at:
            return kept_plan(self.report.plan)
        return plan_of(self.person, self.store, self.on + dt.timedelta(days=1))

    @cached_property
    def plan(self) -> list[dict]:
        return [
            {
                "item": item,
                "name": (item.name or item.number) if item.lead_id in self._seen else mask_name(item.name),
                "url": reverse("leads:card", args=[item.number]) if item.lead_id in self._seen else "",
            }
            for item in self._plan
        ]

    @property
    def hot_tomorrow(self) -> int:
        return len({item.lead_id for item in self._plan if item.grade in HOT})

    @property
    def coming_tomorrow(self) -> int:
        return sum(item.what == APPOINTMENT for item in self._plan)

    # --- the three blocks ---------------------------------------------------------------------

    @property
    def proposed(self) -> dict:
        """What the form holds before anybody taps: results of the day, deals to expect, likely causes."""
        causes = {
            Cause.NO_ANSWER: self.mine.get("attempts", 0) >= MANY_ATTEMPTS,
            Cause.FEW_VISITS: not self.mine.get("visits"),
        }
        return {
            "on": self.on,
            "result": [code for code in RESULTS if self.mine.get(code)],
            "estimate": proposed_deals(self._plan),
            "causes": [code for code, likely in causes.items() if likely],
        }

    @property
    def results(self) -> list[tuple[str, str]]:
        """The result chips: what the day has of each."""
        return [(code, self._with_number(code)) for code in RESULTS if self.mine.get(code)]

    def _with_number(self, code: str) -> str:
        parts = {"fact": FACTS[code].label, "n": self.mine.get(code, 0)}
        return pgettext("fact and its number", "%(fact)s %(n)s") % parts

    @property
    def told(self) -> dict[str, list[str]]:
        """The blocks of a report that was handed in, in words."""
        causes = [str(Cause(code).label) for code in self.report.causes if code in Cause.values]
        return {"result": [self._with_number(code) for code in self.report.result], "causes": causes}

    @property
    def due(self) -> dt.datetime:
        return due_at(self.store, self.on)

    @property
    def is_due(self) -> bool:
        return self.now > self.due

    # --- the text -----------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The report to paste into a chat: numbers only, nobody's name but the author's (SPEC A43)."""
        heading = f"{_('Daily report')} {weekday_and_day(self.on, today=self.today)} {self.person.full_name}"
        lines = [heading, *(self._with_number(key) for key in FIGURES if self.mine.get(key))]
        if self.report and self.report.submitted_at:
            between = pgettext("between choices", ", ")
            lines += [
                f"{_('Result')}: {between.join(self.told['result'])}" if self.told["result"] else "",
                f"{_('Deals expected tomorrow')}: {self.report.estimate}",
                f"{_('Cause')}: {between.join(self.told['causes'])}" if self.told["causes"] else "",
                self.report.note,
            ]
        lines.append(f"{_('On the list tomorrow')}: {len(self._plan)}")
        return "\n".join(line for line in lines if line)
