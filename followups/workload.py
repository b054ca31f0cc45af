"""Tomorrow's work of each person of a team: who has too much, who is off, who covers (UX: Team)."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from accounts.days_off import off_row, rows_of
from accounts.models import Store, User
from leads.models import Grade

from .models import Appointment, Task
from .task_kinds import RIDERS, TaskKind

DAY = dt.timedelta(days=1)
MOST = 200  # lines of a list


class What(StrEnum):
    """The columns; each is a list of tasks, but for the appointments."""

    APPOINTMENTS = "appointments"
    HOT = "hot"
    A = "a"
    REST = "rest"
    OTHER = "other"
    SHARE = "share"


GRADES = {What.HOT: (Grade.O, Grade.H), What.A: (Grade.A_PLUS, Grade.A)}
AHEAD = (*GRADES[What.HOT], *GRADES[What.A])
CADENCE = Q(kind=TaskKind.CADENCE, catch_up=False)
TASKS = {
    What.HOT: CADENCE & Q(lead__grade__in=GRADES[What.HOT]),
    What.A: CADENCE & Q(lead__grade__in=GRADES[What.A]),
    What.REST: CADENCE & ~Q(lead__grade__in=AHEAD),
    What.OTHER: Q(catch_up=False) & ~Q(kind=TaskKind.CADENCE),
    What.SHARE: Q(catch_up=True),
}


@dataclass(frozen=True)
class Load:
    """One person's day; `deputy` covers H, O and agreed when the person is off."""

    person: User
    counts: dict[What, int]
    off: bool
    deputy: str

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def loads_of(people: list[User], store: Store, on: dt.date) -> list[Load]:
    """The day of each, in their order; two statements."""
    counts: dict[int, Counter] = {person.pk: Counter() for person in people}
    due = tasks_of(people, store, on).order_by().values("assignee")
    for row in due.annotate(**{what: Count("pk", filter=rule) for what, rule in TASKS.items()}):
        counts[row.pop("assignee")].update(row)
    coming = appointments_of(people, store, on).order_by().values_list("lead__owner")
    for owner, number in coming.annotate(Count("pk")):
        counts[owner][What.APPOINTMENTS] = number
    names = {person.pk: person.full_name for person in people}
    return [_load(person, counts[person.pk], store, on, names) for person in people]


def _load(person: User, counts: Counter, store: Store, on: dt.date, names: dict[int, str]) -> Load:
    off = off_row(rows_of(store), person.pk, on)
    deputy = names.get(off.deputy_id, "") if off else ""
    return Load(person, {what: counts[what] for what in What}, off is not None, deputy)


def tasks_of(people: list[User], store: Store, on: dt.date) -> QuerySet:
    """What falls due on a store day and stands by itself."""
    day = store.day(on)
    tasks = Task.objects.filter(store=store, state=Task.State.OPEN, assignee__in=people, due_at__range=day)
    return tasks.exclude(kind__in=RIDERS)


def appointments_of(people: list[User], store: Store, on: dt.date) -> QuerySet:
    day = store.day(on)
    planned = Appointment.objects.filter(store=store, state=Appointment.State.PLANNED, at__range=day)
    return planned.filter(lead__owner__in=people)


def list_of(person: User, what: What, store: Store, on: dt.date) -> list[Task] | list[Appointment]:
    """The rows behind a number, by time."""
    if what == What.APPOINTMENTS:
        rows = appointments_of([person], store, on).order_by("at", "pk")
    else:
        rows = tasks_of([person], store, on).filter(TASKS[what]).order_by("due_at", "pk")
    return list(rows.select_related("lead__customer")[:MOST])
