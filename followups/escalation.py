"""The ladder on which work that stays undone goes up: to the supervisor, then to the manager (PDCA-14, A19).

Its rungs are data. A new enquiry that nobody tries climbs in minutes of opening hours, by the sweep; work
whose day went by climbs in whole days, by the night (SPEC A62). Pool and catch-up never climb (A60, A70),
what is snoozed waits. `told_up` says how far a task has come; 2 and `escalated` are one thing.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.days_off import off_row, rows_of
from accounts.duty import before_duty_minutes
from accounts.models import Membership, Store, User
from accounts.roles import SELLING, Role
from accounts.rules import setting
from leads.models import Grade

from .days_off import goes_to_deputy
from .models import Notice, Task
from .notice_words import Kind
from .notices import tell_many
from .task_kinds import TaskKind

NOBODY, SUPERVISOR, MANAGER = range(3)  # Task.told_up
COUNTED = (Grade.O, Grade.H, Grade.A_PLUS, Grade.A)  # whose cadence the supervisor hears of
FOR_THE_SUPERVISOR = Q(kind__in=[TaskKind.DAY_AFTER, TaskKind.CALL_BACK]) | Q(
    kind=TaskKind.CADENCE, lead__grade__in=COUNTED
)


@dataclass(frozen=True)
class Rung:
    """Whom it tells, the setting that says when, and of what."""

    told_up: int
    role: Role
    setting: str
    of: Q = field(default_factory=Q, compare=False)


BY_MINUTES = (
    Rung(SUPERVISOR, Role.SUPERVISOR, "enquiry_supervisor_minutes"),
    Rung(MANAGER, Role.MANAGER, "enquiry_manager_minutes"),
)
BY_DAYS = (  # the highest first: what comes to the manager does not come to the supervisor in one night
    Rung(MANAGER, Role.MANAGER, "escalate_after_days"),
    Rung(SUPERVISOR, Role.SUPERVISOR, "supervisor_after_days", FOR_THE_SUPERVISOR),
)


def marks(told_up: int) -> dict:
    """The columns of a task that has come so far."""
    return {"told_up": told_up, "escalated": told_up == MANAGER}


def awake(tasks: QuerySet, now: dt.datetime) -> QuerySet:
    """Without those that somebody put off until later."""
    return tasks.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))


def told_up_to(user: User, store: Store) -> int:
    """From which rung on work is a person's: a manager's from the second, a supervisor's from the first."""
    return MANAGER if Role.MANAGER in user.roles_in(store) else SUPERVISOR


class Staff:
    """Who leads whom in a store; one statement."""

    def __init__(self, store: Store):
        rows = Membership.objects.filter(store=store, role__in=SELLING, ends_on=None, user__is_active=True)
        columns = ("user_id", "role", "team_id", "user__full_name", "team__name")
        found = list(rows.order_by("user_id").values_list(*columns))
        self.held = [row[:4] for row in found]
        self.team_names = {row[2]: row[4] for row in found if row[2]}
        self.names = {user: name for user, _role, _team, name in self.held}

    def team(self, team: int) -> set[int]:
        return {user for user, _role, own, _name in self.held if own == team}

    def above(self, person: int, role: str) -> list[int]:
        """Who hears of a person's work: the managers, or the supervisors of the teams; never the person."""
        teams = {team for user, _role, team, _name in self.held if user == person and team}
        return [
            user
            for user, held, team, _name in self.held
            if held == role and user != person and (role == Role.MANAGER or team in teams)
        ]


# --- work whose day went by: whole days, by the night ------------------------------------------------


def overdue(store: Store, on: dt.date, rung: Rung) -> QuerySet:
    """The missed tasks of somebody that come to a rung in the night of `on`."""
    starts = store.start_of_day(on - dt.timedelta(days=setting(store, rung.setting)))
    tasks = Task.objects.filter(store=store, state=Task.State.OPEN, catch_up=False, due_at__lt=starts)
    tasks = tasks.filter(rung.of, missed_on__isnull=False, assignee__isnull=False, told_up__lt=rung.told_up)
    return awake(tasks, store.start_of_day(on))


def tell_of_overdue(store: Store, rung: Rung, counts: Mapping[int, int], *, on: dt.date) -> None:
    """One notice for each person above, with how many tasks of others come up to them in this night, as of
    its beginning.
    """
    staff = Staff(store)
    sums: dict[int, int] = {}
    for person, count in counts.items():
        for user in staff.above(person, rung.role):
            sums[user] = sums.get(user, 0) + count
    cause, began = f"{Kind.OVERDUE_UP}:{rung.told_up}:{store.pk}:{on}", store.start_of_day(on)
    tell_many(
        Notice(user_id=user, store=store, kind=Kind.OVERDUE_UP, cause=cause, args={"n": n}, at=began)
        for user, n in sums.items()
    )


# --- a new enquiry that nobody tries: minutes of opening hours, by the sweep --------------------------


@transaction.atomic
def tell_of_enquiries(store: Store, *, now: dt.datetime) -> int:
    """Tell of each untried enquiry who is to call, then who leads, then the manager; answers how many
    tasks climbed.

    Who is off is not asked: the deputy is, where there is one. Two at once: each task is one's.
    """
    found = list(_untried(store, now))
    if not found:
        return 0
    staff, notices, climbed = Staff(store), [], {SUPERVISOR: [], MANAGER: []}
    latest = {rung: before_duty_minutes(store, now, setting(store, rung.setting)) for rung in BY_MINUTES}
    for task in found:
        rungs = [rung for rung, at in latest.items() if task.due_at <= at and rung.told_up > task.told_up]
        notices += _notices(store, task, rungs, staff, now)
        if rungs:
            climbed[rungs[-1].told_up].append(task.pk)
    for told_up, ids in climbed.items():
        if ids:
            Task.objects.filter(pk__in=ids).update(**marks(told_up))
    tell_many(notices)
    return sum(map(len, climbed.values()))


def _untried(store: Store, now: dt.datetime) -> QuerySet:
    """First calls of the ladder that are due, and of which the manager has not heard."""
    tasks = Task.objects.filter(
        store=store,
        state=Task.State.OPEN,
        kind=TaskKind.LADDER,
        why_args__rung=1,
        assignee__isnull=False,
        told_up__lt=MANAGER,
        due_at__lte=now,
    )
    rows = awake(tasks, now).select_for_update(of=("self",), skip_locked=True, no_key=True)
    return rows.select_related("lead").order_by("pk")


def _notices(store: Store, task: Task, rungs: Iterable[Rung], staff: Staff, now: dt.datetime) -> list[Notice]:
    def notice(user: int, kind: str, told_up: int, **args) -> Notice:
        cause = f"enquiry:{task.pk}:{told_up}"
        return Notice(user_id=user, store=store, kind=kind, cause=cause, lead=task.lead, args=args, at=now)

    caller = _to_call(store, task, store.business_date(now))
    told = [notice(caller, Kind.ENQUIRY_DUE, NOBODY)] if caller and task.told_up == NOBODY else []
    who = staff.names.get(task.assignee_id, "")
    for rung in rungs:
        args = {"who": who, "n": setting(store, rung.setting)}
        told += [
            notice(user, Kind.ENQUIRY_LATE, rung.told_up, **args)
            for user in staff.above(task.assignee_id, rung.role)
        ]
    return told


def _to_call(store: Store, task: Task, on: dt.date) -> int | None:
    """The assignee; on a day off the deputy, as far as he covers this customer (SPEC A08), else nobody."""
    off = off_row(rows_of(store), task.assignee_id, on)
    if off is None:
        return task.assignee_id
    return off.deputy_id if off.absence or goes_to_deputy(task.lead, on) else None
