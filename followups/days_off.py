"""Days off on My day: what falls on them the day before, and whom one covers today (SPEC A08)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q
from django.http import HttpRequest

from accounts.days_off import off_row, rows_of
from accounts.models import Store, User
from accounts.roles import RECEIVING
from leads.models import Grade, Lead

from .models import Task
from .task_kinds import RIDERS, TASK_KINDS, TaskKind

DAY = dt.timedelta(days=1)
FAR = 14  # days off in a row that are looked at
SHOWN = 30  # customers of a panel
HOT = (Grade.O, Grade.H)
DEPUTIES_DO = [kind for kind, rule in TASK_KINDS.items() if rule.deputy]


@dataclass(frozen=True)
class Away:
    """Days off that begin tomorrow, and what falls on them."""

    start: dt.date
    end: dt.date
    deputy: User | None
    covered: list[Task]  # H, O or agreed: the deputy's, if there is one
    waiting: list[Task]


def home(request: HttpRequest) -> dict | None:
    """The panel on My day; None, without a statement, when nobody is away."""
    user, store = request.user, request.store
    if not user.roles_in(store) & set(RECEIVING):
        return None
    today = store.business_date(request.now)
    away = _away(user, store, today)
    covering = _covering(request, today)
    if not (away or covering):
        return None
    return {"template": "followups/_days_off.html", "context": {"away": away, "covering": covering}}


# --- the day before --------------------------------------------------------------------------


def _away(user: User, store: Store, today: dt.date) -> Away | None:
    rows = rows_of(store)
    first = off_row(rows, user.pk, today + DAY)
    if first is None or off_row(rows, user.pk, today):
        return None  # who is off today has read it the day before
    end = today + DAY
    while end < today + FAR * DAY and off_row(rows, user.pk, end + DAY):
        end += DAY
    tasks = Task.objects.filter(
        store=store, assignee=user, state=Task.State.OPEN, due_on__range=(today + DAY, end)
    ).exclude(kind__in=RIDERS)
    due = list(tasks.select_related("lead__customer").order_by("due_at", "pk")[: SHOWN + 1])
    deputy = User.objects.filter(pk=first.deputy_id).first() if first.deputy_id else None
    covered = [task for task in due if deputy and task.lead and _covers(task)]
    return Away(today + DAY, end, deputy, covered, [task for task in due if task not in covered])


def _covers(task: Task) -> bool:
    return TASK_KINDS[TaskKind(task.kind)].deputy and goes_to_deputy(task.lead, task.due_on)


def goes_to_deputy(lead: Lead, on: dt.date) -> bool:
    """H, O or agreed for that day; all else waits for the owner."""
    return lead.grade in HOT or lead.agreed_on == on


# --- whom one covers today ---------------------------------------------------------------------


def _covering(request: HttpRequest, today: dt.date) -> list[dict]:
    """For each colleague who is off today: the H, O and agreed customers due, as far as one sees them."""
    off = off_today(request.user, request.store, today)
    if not off:
        return []
    visible = Lead.objects.visible_to(request.user, now=request.now)
    hot_or_agreed = Q(lead__grade__in=HOT) | Q(lead__agreed_on=F("due_on"))
    tasks = Task.objects.filter(
        hot_or_agreed,
        store=request.store,
        assignee__in=off,
        kind__in=DEPUTIES_DO,
        state=Task.State.OPEN,
        due_on__lte=today,
    )
    due = tasks.filter(lead__in=visible.values("pk")).select_related("lead__customer")
    by_owner: dict[int, dict[int, Task]] = {}
    for task in due.order_by("due_at", "pk")[:SHOWN]:
        by_owner.setdefault(task.assignee_id, {}).setdefault(task.lead_id, task)
    people = User.objects.filter(pk__in=off).order_by("full_name", "pk")
    return [{"person": one, "tasks": list(by_owner.get(one.pk, {}).values())} for one in people]


def off_today(deputy: User, store: Store, today: dt.date) -> list[int]:
    """Ids of who is off on a day and named this person as deputy for it."""
    rows = rows_of(store)
    asked = {row.user_id for row in rows if row.deputy_id == deputy.pk}
    off = {pk: off_row(rows, pk, today) for pk in asked}
    return [pk for pk, row in off.items() if row and row.deputy_id == deputy.pk]


def covered_today(user: User, now: dt.datetime) -> Q:
    """LEAD_VIEWERS: the H, O and agreed leads of who is off today and named the person as deputy.

    Leave is wider and decided where leads are (SPEC A71); this is the weekly day and the exchange.
    """
    seen = Q(pk__in=[])
    for store in {m.store_id: m.store for m in user.current_memberships if m.role in RECEIVING}.values():
        today = store.business_date(now)
        off = off_today(user, store, today)
        if off:
            hot_or_agreed = Q(grade__in=HOT) | Q(agreed_on=today)
            seen |= Q(store=store, owner_id__in=off) & hot_or_agreed
    return seen
