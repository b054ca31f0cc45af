"""Days off on My day: what falls on them the day before, and whom one covers today (SPEC A08)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q
from django.http import HttpRequest

from accounts.models import DayOff, Store, User
from accounts.roles import RECEIVING
from leads.models import Grade, Lead

from .models import Task

DAY = dt.timedelta(days=1)
FAR = 14  # days off in a row that are looked at
SHOWN = 30  # customers of a panel
HOT = (Grade.O, Grade.H)


@dataclass(frozen=True)
class Away:
    """Days off that begin tomorrow, and what falls on them."""

    start: dt.date
    end: dt.date
    deputy: User | None
    covered: list[Task]  # H, O or agreed: the deputy's, if there is one
    waiting: list[Task]


def home(request: HttpRequest) -> dict | None:
    """The panel on My day; None when nobody is away. One statement then, four at most."""
    user, store = request.user, request.store
    if not user.roles_in(store) & set(RECEIVING):
        return None
    today = store.business_date(request.now)
    rows = list(_rows_about(user, store, today))
    away = _away([row for row in rows if row.user_id == user.pk], user, store, today)
    covering = _covering([row for row in rows if row.user_id != user.pk], request, today)
    if not (away or covering):
        return None
    return {"template": "followups/_days_off.html", "context": {"away": away, "covering": covering}}


def _rows_about(user: User, store: Store, today: dt.date):
    """One's own days off, and those of others that name one as deputy."""
    near = Q(on=None) | Q(on__range=(today, today + FAR * DAY))
    rows = DayOff.objects.filter(near, Q(user=user) | Q(deputy=user), store=store)
    return rows.select_related("user", "deputy").order_by("pk")


def off_row(rows: list[DayOff], on: dt.date) -> DayOff | None:
    """The row that makes a day free for the one person of these rows; a dated one outweighs the week."""
    dated = next((row for row in rows if row.on == on), None)
    if dated:
        return dated if dated.off else None
    return next((row for row in rows if row.weekday == on.weekday() and row.off), None)


# --- the day before --------------------------------------------------------------------------


def _away(rows: list[DayOff], user: User, store: Store, today: dt.date) -> Away | None:
    first = off_row(rows, today + DAY)
    if first is None or off_row(rows, today):
        return None  # who is off today has read it the day before
    end = today + DAY
    while end < today + FAR * DAY and off_row(rows, end + DAY):
        end += DAY
    tasks = Task.objects.filter(
        store=store, assignee=user, state=Task.State.OPEN, due_on__range=(today + DAY, end)
    )
    due = list(tasks.select_related("lead__customer").order_by("due_at", "pk")[: SHOWN + 1])
    goes = [task for task in due if task.lead and goes_to_deputy(task.lead, task.due_on)]
    deputy = first.deputy
    covered = goes if deputy else []
    return Away(today + DAY, end, deputy, covered, [task for task in due if task not in covered])


def goes_to_deputy(lead: Lead, on: dt.date) -> bool:
    """H, O or agreed for that day; all else waits for the owner."""
    return lead.grade in HOT or lead.agreed_on == on


# --- whom one covers today ---------------------------------------------------------------------


def _covering(rows: list[DayOff], request: HttpRequest, today: dt.date) -> list[dict]:
    """For each colleague who is off today: the H, O and agreed customers due, as far as one sees them."""
    off = _off_today(rows, request.store, today)
    if not off:
        return []
    visible = Lead.objects.visible_to(request.user, now=request.now)
    hot_or_agreed = Q(lead__grade__in=HOT) | Q(lead__agreed_on=F("due_on"))
    tasks = Task.objects.filter(
        hot_or_agreed, store=request.store, assignee__in=off, state=Task.State.OPEN, due_on__lte=today
    )
    due = tasks.filter(lead__in=visible.values("pk")).select_related("lead__customer")
    by_owner: dict[int, dict[int, Task]] = {}
    for task in due.order_by("due_at", "pk")[:SHOWN]:
        by_owner.setdefault(task.assignee_id, {}).setdefault(task.lead_id, task)
    return [{"person": person, "tasks": list(by_owner.get(pk, {}).values())} for pk, person in off.items()]


def _off_today(rows: list[DayOff], store: Store, today: dt.date) -> dict[int, User]:
    """Who is off today and named one as deputy; a dated row of theirs outweighs the weekly one."""
    people = {row.user_id: row.user for row in rows if row.on == today and row.off}
    weekly = {row.user_id: row.user for row in rows if row.weekday == today.weekday() and row.off}
    if weekly:
        dated = DayOff.objects.filter(store=store, on=today, user__in=weekly)
        overruled = set(dated.values_list("user_id", flat=True))
        people |= {pk: person for pk, person in weekly.items() if pk not in overruled}
    return people


def covered_today(user: User, now: dt.datetime) -> Q:
    """LEAD_VIEWERS: the H, O and agreed leads of who is off today and named the person as deputy.

    Leave is wider and decided where leads are (SPEC A71); this is the weekly day and the exchange.
    """
    seen = Q(pk__in=[])
    for store in {m.store_id: m.store for m in user.current_memberships if m.role in RECEIVING}.values():
        today = store.business_date(now)
        dated = DayOff.objects.filter(store=store, on=today)
        weekly = DayOff.objects.filter(store=store, weekday=today.weekday(), off=True, deputy=user)
        off = weekly.exclude(user__in=dated.values("user_id")).values("user_id")
        exchanged = dated.filter(off=True, absence=False, deputy=user).values("user_id")
        hot_or_agreed = Q(grade__in=HOT) | Q(agreed_on=today)
        seen |= Q(store=store) & (Q(owner_id__in=off) | Q(owner_id__in=exchanged)) & hot_or_agreed
    return seen
