"""What stands on a person's list of a day, and what became of it (SPEC PDCA-01, PDCA-03, PDCA-13)."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from accounts.models import Store, User
from followups.day_sql import listed
from followups.models import Appointment
from followups.task_kinds import RIDERS, TaskKind
from leads.models import Grade, Lead
from leads.models.log import EventKind

from .work_sql import Work, read_instant

APPOINTMENT = "appointment"
HOT = (Grade.O, Grade.H)

PLAN = f"""
    SELECT 'task', task.kind, lead.id, lead.grade, task.due_at, customer.name, lead.number
      FROM followups_task task JOIN leads_lead lead ON lead.id = task.lead_id
      JOIN leads_customer customer ON customer.id = lead.customer_id
     WHERE task.store_id = %(store)s AND task.assignee_id = %(user)s AND task.state = 'open'
       AND task.due_on = %(on)s AND task.kind NOT IN ({listed(RIDERS)})
     UNION ALL
    SELECT 'appointment', planned.kind, lead.id, lead.grade, planned.at, customer.name, lead.number
      FROM followups_appointment planned JOIN leads_lead lead ON lead.id = planned.lead_id
      JOIN leads_customer customer ON customer.id = lead.customer_id
     WHERE planned.store_id = %(store)s AND planned.state = 'planned' AND lead.owner_id = %(user)s
       AND planned.at BETWEEN %(start)s AND %(end)s"""


@dataclass(frozen=True)
class Planned:
    """One line: `what` is "task" or "appointment", `kind` its kind; `at` in UTC, `timed` by the hour.

    An hour was agreed, or a timer runs; a date alone has none (SPEC A62).
    """

    what: str
    kind: str
    lead_id: int
    grade: str
    at: dt.datetime
    name: str
    number: str
    timed: bool

    @property
    def kept(self) -> list:
        """As a report keeps it: codes, ids and times only."""
        return [self.what, self.kind, self.lead_id, self.grade, self.at.isoformat()]

    @property
    def label(self) -> str:
        kinds = Appointment.Kind if self.what == APPOINTMENT else TaskKind
        return str(kinds(self.kind).label)


def plan_of(user: User, store: Store, on: dt.date) -> list[Planned]:
    """The open tasks of a person due on a store day and the appointments of his leads, by time."""
    adapt, (start, end) = connection.ops.adapt_datetimefield_value, store.day(on)
    values = {"store": store.pk, "user": user.pk, "on": connection.ops.adapt_datefield_value(on)}
    values |= {"start": adapt(start), "end": adapt(end)}
    with connection.cursor() as cursor:
        cursor.execute(PLAN, values)
        rows = cursor.fetchall()
    items = [_line(store, *row[:4], read_instant(row[4]), *row[5:]) for row in rows]
    return sorted(items, key=_order)


def kept_plans(store: Store, *kept: list) -> list[list[Planned]]:
    """Plans of a store as they stood when a report was handed in, with today's names; one statement."""
    ids = {lead_id for plan in kept for _what, _kind, lead_id, _grade, _at in plan}
    leads = Lead.objects.filter(pk__in=ids).values_list("pk", "customer__name", "number") if ids else ()
    named = {pk: (name, number) for pk, name, number in leads}
    return [sorted((_read(store, row, named) for row in plan), key=_order) for plan in kept]


def _read(store: Store, row: list, named: dict[int, tuple[str, str]]) -> Planned:
    what, kind, lead_id, grade, at = row
    return _line(store, what, kind, lead_id, grade, dt.datetime.fromisoformat(at), *named[lead_id])


def _line(
    store: Store, what: str, kind: str, lead_id: int, grade: str, at: dt.datetime, name: str, number: str
) -> Planned:
    timed = what == APPOINTMENT or at != store.end_of_day(store.business_date(at))
    return Planned(what, kind, lead_id, grade, at, name, number, timed)


def _order(item: Planned) -> tuple:
    return (not item.timed, item.at, item.lead_id, item.kind)


def proposed_deals(plan: list[Planned]) -> int:
    """Deals to expect: hot customers who come in that day (SPEC A41)."""
    return len({item.lead_id for item in plan if item.what == APPOINTMENT and item.grade in HOT})


# --- plan and done ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What became of a line of the plan: the last that was done for the customer, if anything was.

    `done` is False of nothing and of tries only: a try is not a talk (SPEC A64).
    """

    item: Planned
    work: Work | None
    done: bool


def outcomes(plan: list[Planned], work: list[Work]) -> list[Outcome]:
    """The plan of a day beside what its author did for these customers that day, in its order."""
    by_lead: dict[int, list[Work]] = {}
    for line in work:
        by_lead.setdefault(line.lead_id, []).append(line)
    return [_outcome(item, by_lead.get(item.lead_id, [])) for item in plan]


def _outcome(item: Planned, lines: list[Work]) -> Outcome:
    told = [line for line in lines if line.kind != EventKind.CONTACT or line.reached]
    last = (told or lines)[-1:] or [None]
    return Outcome(item, last[0], bool(told))
