"""What stands on a person's list of a day: due tasks and appointments (SPEC PDCA-01, PDCA-13)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import CharField, F, Value

from accounts.models import Store, User
from followups.models import Appointment, Task
from followups.task_kinds import TaskKind
from leads.models import Grade, Lead

APPOINTMENT = "appointment"
HOT = (Grade.O, Grade.H)


@dataclass(frozen=True)
class Planned:
    """One line: `what` is "task" or "appointment", `kind` its kind; `at` in UTC, `timed` by the hour."""

    what: str
    kind: str
    lead_id: int
    grade: str
    at: dt.datetime
    name: str = ""
    number: str = ""

    @property
    def kept(self) -> list:
        """As a report keeps it: codes, ids and times only."""
        return [self.what, self.kind, self.lead_id, self.grade, self.at.isoformat()]

    @property
    def label(self) -> str:
        kinds = Appointment.Kind if self.what == APPOINTMENT else TaskKind
        return str(kinds(self.kind).label)

    @property
    def timed(self) -> bool:
        """An hour was agreed, or a timer runs; a date alone has none (SPEC A62)."""
        return self.what == APPOINTMENT or self.kind != TaskKind.CADENCE


def plan_of(user: User, store: Store, on: dt.date) -> list[Planned]:
    """The open tasks of a person due on a store day and the appointments of his leads, by time."""
    word = CharField()
    tasks = Task.objects.filter(
        store=store, assignee=user, state=Task.State.OPEN, due_on=on, lead__isnull=False
    )
    planned = Appointment.objects.filter(
        store=store,
        state=Appointment.State.PLANNED,
        at__range=(store.start_of_day(on), store.end_of_day(on)),
        lead__owner=user,
    )
    columns = ("kind", "lead_id", "lead__grade", F("moment"), "lead__customer__name", "lead__number")
    rows = tasks.annotate(moment=F("due_at")).order_by().values_list(Value("task", word), *columns)
    others = planned.annotate(moment=F("at")).order_by().values_list(Value(APPOINTMENT, word), *columns)
    return sorted((Planned(*row) for row in rows.union(others, all=True)), key=_order)


def kept_plan(kept: list) -> list[Planned]:
    """The plan as it stood when the report was handed in, with today's names."""
    ids = {lead_id for _what, _kind, lead_id, _grade, _at in kept}
    leads = Lead.objects.filter(pk__in=ids).values_list("pk", "customer__name", "number") if ids else ()
    named = {pk: (name, number) for pk, name, number in leads}
    items = [
        Planned(what, kind, lead_id, grade, dt.datetime.fromisoformat(at), *named[lead_id])
        for what, kind, lead_id, grade, at in kept
    ]
    return sorted(items, key=_order)


def _order(item: Planned) -> tuple:
    return (not item.timed, item.at, item.lead_id, item.kind)


def proposed_deals(plan: list[Planned]) -> int:
    """Deals to expect: hot customers who come in that day (SPEC A41)."""
    return len({item.lead_id for item in plan if item.what == APPOINTMENT and item.grade in HOT})
