"""What the day brings, told once at the opening: to each person at work, and to who leads (A08, A43)."""

import datetime as dt
from collections import Counter

from django.db import transaction
from django.db.models import Count, F, Q

from accounts.days_off import off_row, rows_of
from accounts.models import Store
from accounts.roles import Role
from accounts.rules import is_open_on, opening, setting
from leads.models import Dispute, LapseProposal, Lead, LostRecord
from leads.models.leads import Status

from .days_off import DAY, HOT
from .escalation import MANAGER, SUPERVISOR, Staff
from .models import Appointment, Heartbeat, Notice, Task
from .notice_words import Kind
from .notices import tell_many
from .staff_channels import send_to_groups
from .task_kinds import RIDERS

FOR_THE_MANAGER = ("escalated", "losses", "proposals", "disputes")
MINUTE = dt.timedelta(minutes=1)


@transaction.atomic
def tell_of_the_day(store: Store, *, now: dt.datetime) -> int:
    """The day's counts to everybody who works today, from `digest_minutes` after opening until closing.

    Once a store day; none on a closing day, none to who is off. Answers how many were told.
    """
    on = store.business_date(now)
    if not is_open_on(store, on):
        return 0
    opens, closes = opening(store, on)
    begins = opens + setting(store, "digest_minutes") * MINUTE
    if not begins <= now < closes or told_today("digest", store, now):
        return 0
    staff = Staff(store)
    own = _own_counts(store, staff, on, now)
    cause = f"digest:{store.pk}:{on}"
    people = [person for person in staff.names if off_row(rows_of(store), person, on) is None]
    told = tell_many(
        Notice(user_id=person, store=store, kind=Kind.DIGEST, cause=cause, args=dict(own[person]), at=now)
        for person in people
        if own[person]
    )
    send_to_groups(store, Kind.DIGEST, dict(own[None]), cause=cause, now=now)
    mark_told("digest", store, now)
    return told


def told_today(name: str, store: Store, now: dt.datetime) -> bool:
    """Whether this was told on the store day of `now`; the notices themselves stand once in any case."""
    at = Heartbeat.objects.filter(name=f"{name}:{store.pk}").values_list("at", flat=True).first()
    return at is not None and store.business_date(at) == store.business_date(now)


def mark_told(name: str, store: Store, now: dt.datetime) -> None:
    Heartbeat.objects.update_or_create(name=f"{name}:{store.pk}", defaults={"at": now})


def _own_counts(store: Store, staff: Staff, on: dt.date, now: dt.datetime) -> dict:
    """Counts that are not 0, by person; under None those of the whole store. Customers, not tasks."""
    counts = {person: Counter() for person in (*staff.names, None)}
    up, due = _due(store, on, now)
    for person, facts in [*due, *_expected(store, on), *_lapsing(store, on)]:
        for whom in {person, None} & counts.keys():
            counts[whom].update(facts)
    counts[None].update(_desk(store))
    counts[None]["escalated"] = sum(escalated for _told, escalated in up.values())
    for person, role, team, _name in staff.held:
        if role == Role.MANAGER:
            counts[person] |= {name: counts[None][name] for name in FOR_THE_MANAGER}
        elif role == Role.SUPERVISOR and team:
            counts[person]["escalated"] = sum(up[user][0] for user in staff.team(team) & up.keys() - {person})
    for deputy, customers in _covered(store, staff, on):
        counts[deputy]["covering"] += customers
    return {whom: +found for whom, found in counts.items()}


def _due(store: Store, on: dt.date, now: dt.datetime) -> tuple[dict[int, tuple], list[tuple[int, dict]]]:
    """What has come up and how much of it to the manager, and what is due today, by assignee."""
    _start, end = store.day(on)
    tasks = Task.objects.filter(store=store, state=Task.State.OPEN, due_at__lte=end, assignee__isnull=False)
    own = Q(catch_up=False)
    rows = tasks.exclude(kind__in=RIDERS).order_by().values("assignee").annotate(
        up=Count("pk", filter=Q(told_up__gte=SUPERVISOR)),
        escalated=Count("pk", filter=Q(told_up=MANAGER)),
        overdue=Count("lead", filter=own & Q(due_at__lt=now), distinct=True),
        today=Count("lead", filter=own & Q(due_at__gte=now), distinct=True),
        share=Count("lead", filter=~own, distinct=True),
    )  # fmt: skip
    up = {row["assignee"]: (row.pop("up"), row.pop("escalated")) for row in rows}
    return up, [(row.pop("assignee"), row) for row in rows]


def _expected(store: Store, on: dt.date) -> list[tuple[int, dict]]:
    planned = Appointment.objects.filter(
        store=store, state=Appointment.State.PLANNED, at__range=store.day(on)
    )
    rows = planned.order_by().values_list("lead__owner").annotate(Count("pk"))
    return [(owner, {"appointments": n}) for owner, n in rows]


def _lapsing(store: Store, on: dt.date) -> list[tuple[int, dict]]:
    """Customers whose protection ends within two days (SPEC A05)."""
    leads = Lead.objects.filter(store=store, status=Status.ACTIVE, owner__isnull=False)
    rows = leads.filter(lapses_on__range=(on, on + 2 * DAY)).order_by().values_list("owner")
    return [(owner, {"lapsing": n}) for owner, n in rows.annotate(Count("pk"))]


def _desk(store: Store) -> dict[str, int]:
    """What waits for the manager's word."""
    return {
        "losses": LostRecord.objects.filter(store=store, decision="").count(),
        "proposals": LapseProposal.objects.filter(store=store, decision="").count(),
        "disputes": Dispute.objects.filter(store=store, decided_at=None).count(),
    }


def _covered(store: Store, staff: Staff, on: dt.date) -> list[tuple[int, int]]:
    """Deputies at work here with how many customers due they cover for each who is off: H, O or agreed."""
    off = {person: off_row(rows_of(store), person, on) for person in staff.names}
    covers = {person: row.deputy_id for person, row in off.items() if row and row.deputy_id in staff.names}
    if not covers:
        return []
    hot_or_agreed = Q(lead__grade__in=HOT) | Q(lead__agreed_on=F("due_on"))
    due = Task.objects.filter(hot_or_agreed, store=store, state=Task.State.OPEN, due_on__lte=on)
    rows = due.filter(assignee__in=covers).order_by().values_list("assignee")
    return [(covers[person], n) for person, n in rows.annotate(Count("lead", distinct=True))]
