"""What the page of daily reports shows: everybody's figures, one person's day, the plan, the text."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.db.models import F
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.date_words import weekday_and_day
from accounts.models import User
from accounts.prepared import Prepared
from leads.masking import mask_name

from . import records
from .access import LEADING, REPORTING, Level, reader
from .asked import day, number
from .daily import RESULTS, Cause, due_at, locks_at
from .facts import FACTS, counted
from .models import DailyReport
from .plan import APPOINTMENT, HOT, Planned, kept_plans, outcomes, plan_of, proposed_deals
from .scope import Scope
from .work_sql import Work, lines_of

FIGURES = tuple(key for key in FACTS if key != "visits")
SHORT = ("visits", "drives", "deals")  # beside each name
MANY_ATTEMPTS = 3
QUICK = {
    "good": gettext_lazy("Well done."),
    "tonight": gettext_lazy("Call them tonight."),
    "together": gettext_lazy("Let us see them together."),
}
# Everybody's of two days, with the name of who wrote on them.
reports_of = Prepared(
    lambda *, store, on, before: DailyReport.objects.filter(store=store, on__in=(on, before)).annotate(
        commenter=F("commented_by__full_name")
    )
)


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
        return list(mine.only("full_name", "username").order_by("full_name", "pk"))

    @cached_property
    def _reports(self) -> dict[tuple[dt.date, int], DailyReport]:
        """The reports of the day and of the day before, whose plan this day was."""
        rows = reports_of(store=self.store.pk, on=self.on, before=self.before)
        people = {user.pk for user in self.people}
        return {(row.on, row.user_id): row for row in rows if row.user_id in people}

    @cached_property
    def reports(self) -> dict[int, DailyReport]:
        return {user: row for (on, user), row in self._reports.items() if on == self.on}

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
    def own_version(self) -> int:
        """The version of one's own report of the day; 0 while there is none."""
        own = self.reports.get(self.user.pk)
        return own.version if own else 0

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
    def _work(self) -> list[Work]:
        return lines_of(self.scope([self.person]))

    @cached_property
    def _seen(self) -> set[int]:
        wanted = {work.lead_id for work in self._work} - {None}
        wanted |= {item.lead_id for item in [*self._plan, *(self._promised or ())]}
        return records.visible_ids(wanted, self.user, now=self.now) if wanted else set()

    @cached_property
    def _teller(self) -> records.Teller:
        return records.Teller(self.store)

    @cached_property
    def lines(self) -> list[records.Line]:
        """What the person did, as the day wrote it (SPEC FLOW-10)."""
        return [self._teller.work(work, self._seen) for work in self._work]

    @cached_property
    def _kept(self) -> tuple[list[Planned] | None, list[Planned] | None]:
        """The plans of the evening before and of this evening, as handed in; None where none was."""
        before = self._reports.get((self.before, self.person.pk))
        kept = [row.plan if row and row.submitted_at else None for row in (before, self.report)]
        read = iter(kept_plans(self.store, *(plan for plan in kept if plan is not None)))
        return tuple(next(read) if plan is not None else None for plan in kept)

    @property
    def _promised(self) -> list[Planned] | None:
        return self._kept[0]

    @cached_property
    def _plan(self) -> list[Planned]:
        kept = self._kept[1]
        return plan_of(self.person, self.store, self.after_on) if kept is None else kept

    @property
    def after_on(self) -> dt.date:
        return self.on + dt.timedelta(days=1)

    @cached_property
    def plan(self) -> list[dict]:
        return [self._planned(item) for item in self._plan]

    @cached_property
    def kept_word(self) -> list[dict] | None:
        """The plan of the evening before beside what was done (SPEC PDCA-03); None without a plan."""
        if self._promised is None:
            return None
        found = outcomes(self._promised, self._work)
        return [
            self._planned(outcome.item)
            | {"done": outcome.done, "what": self._teller.of_work(outcome.work) if outcome.work else ""}
            for outcome in found
        ]

    @property
    def kept_number(self) -> int:
        return sum(row["done"] for row in self.kept_word)

    def _planned(self, item: Planned) -> dict:
        opens = item.lead_id in self._seen
        return {
            "item": item,
            "name": (item.name or item.number) if opens else mask_name(item.name),
            "url": self._teller.card % item.number if opens else "",
        }

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

    # --- to hand on ---------------------------------------------------------------------------

    @property
    def heading(self) -> str:
        return f"{_('Daily report')} {weekday_and_day(self.on, today=self.today)} {self.person.full_name}"

    @cached_property
    def _blocks(self) -> list[tuple[str, str]]:
        """What goes out beside the numbers: nobody's name but the author's (SPEC A43)."""
        blocks = []
        if self.report and self.report.submitted_at:
            between = pgettext("between choices", ", ")
            blocks = [
                (_("Result"), between.join(self.told["result"])),
                (_("Deals expected tomorrow"), str(self.report.estimate)),
                (_("Cause"), between.join(self.told["causes"])),
                ("", self.report.note),
            ]
        if self.kept_word:
            blocks.append((_("Plan of the day"), self.kept_in_words))
        blocks.append((_("On the list tomorrow"), str(len(self._plan))))
        return [(title, text) for title, text in blocks if text]

    @property
    def kept_in_words(self) -> str:
        """ "3 of 4 done": how much of the plan became work."""
        parts = {"done": self.kept_number, "total": len(self.kept_word)}
        return _("%(done)s of %(total)s done") % parts

    @property
    def text(self) -> str:
        """The report to paste into a chat."""
        lines = [self.heading, *(self._with_number(key) for key in FIGURES if self.mine.get(key))]
        lines += [f"{title}: {text}" if title else text for title, text in self._blocks]
        return "\n".join(lines)

    @property
    def picture(self) -> dict:
        """The same for `picture.js`, which draws it."""
        return {
            "title": self.heading,
            "subtitle": self.store.name,
            "figures": [[str(FACTS[key].label), self.mine[key]] for key in FIGURES if self.mine.get(key)],
            "blocks": [[title or _("Note"), text] for title, text in self._blocks],
            "foot": self._handed_in_words,
            "file": f"{self.on.isoformat()}-{self.person.username}.png",
        }

    @property
    def _handed_in_words(self) -> str:
        moment = self.report and self.report.submitted_at
        if not moment:
            return _("Not handed in")
        local = moment.astimezone(self.store.zone)
        return _("Handed in %(when)s") % {"when": f"{local:%Y-%m-%d %H:%M}"}
