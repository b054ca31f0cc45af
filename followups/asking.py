"""Late in the afternoon the supervisors ask each member for the day, then the manager the teams (PDCA-14)."""

import datetime as dt

from django.db import transaction
from django.db.models import Count

from accounts.models import Store
from accounts.roles import Role
from accounts.rules import is_open_on, setting

from .digest import mark_told, told_today
from .escalation import Staff
from .models import Contact, Notice, Task
from .notice_words import Kind
from .notices import tell_many
from .task_kinds import RIDERS

Figures = dict[int, tuple[int, int]]  # person -> customers worked on today, and still open today


@transaction.atomic
def ask_for_the_day(store: Store, *, now: dt.datetime) -> int:
    """From `members_asked_at` supervisors read how each member's day stands, from `teams_asked_at` managers
    how the teams' does; store time, once each on a day the store is open. Answers how many were told.
    """
    on = store.business_date(now)
    told = 0
    for name, ask in (("members_asked_at", _members), ("teams_asked_at", _teams)):
        begins = store.at_local(on, dt.time.fromisoformat(setting(store, name)))
        if now < begins or not is_open_on(store, on) or told_today(name, store, now):
            continue
        staff = Staff(store)
        rows = ask(staff, _figures(store, staff, on, now))
        told += tell_many(
            Notice(user_id=user, store=store, kind=kind, cause=f"{kind}:{store.pk}:{on}", args=args, at=now)
            for user, kind, args in rows
        )
        mark_told(name, store, now)
    return told


def _members(staff: Staff, figures: Figures) -> list[tuple]:
    """For each supervisor the members of the team: name, done, open."""
    rows = []
    for user, role, team, _name in staff.held:
        members = sorted(staff.team(team) - {user}) if role == Role.SUPERVISOR and team else []
        if members:
            lines = [[staff.names[member], *figures[member]] for member in members]
            rows.append((user, Kind.ASK_MEMBERS, {"lines": lines}))
    return rows


def _teams(staff: Staff, figures: Figures) -> list[tuple]:
    """For each manager the teams of the store: name, done, open; without teams the people."""
    lines = [
        [name, *(sum(figures[one][place] for one in staff.team(team)) for place in (0, 1))]
        for team, name in staff.team_names.items()
    ]
    managers = sorted({user for user, role, _team, _name in staff.held if role == Role.MANAGER})
    if not lines:
        sellers = sorted(staff.names.keys() - {*managers})
        lines = [[staff.names[one], *figures[one]] for one in sellers]
    return [(user, Kind.ASK_TEAMS, {"lines": lines}) for user in managers if lines]


def _figures(store: Store, staff: Staff, on: dt.date, now: dt.datetime) -> Figures:
    """Customers one called or met today, and those still due until its end; two statements."""
    worked = Contact.objects.standing().exclude(kind=Contact.Kind.MESSAGE)
    worked = worked.filter(by__in=staff.names, at__range=(store.start_of_day(on), now), lead__store=store)
    done = dict(worked.order_by().values_list("by").annotate(Count("lead", distinct=True)))
    due = Task.objects.filter(store=store, state=Task.State.OPEN, due_at__lte=store.day(on)[1])
    due = due.filter(assignee__in=staff.names).exclude(kind__in=RIDERS)
    left = dict(due.order_by().values_list("assignee").annotate(Count("lead", distinct=True)))
    return {person: (done.get(person, 0), left.get(person, 0)) for person in staff.names}
