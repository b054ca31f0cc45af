"""The evening duty list: calls of the ladder that fall in the evening, for whoever has duty (SPEC A19)."""

import datetime as dt

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import Store, User
from accounts.roles import SELLING
from accounts.rules import setting

from .evening_duty import on_duty
from .models import Task
from .task_kinds import TaskKind

SHOWN = 100


def evening_of(store: Store, on: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """From when to when a store day is evening, in UTC (setting `evening_duty_from`)."""
    begins = dt.time.fromisoformat(setting(store, "evening_duty_from"))
    return store.at_local(on, begins), store.end_of_day(on)


def calls_of(store: Store, on: dt.date) -> QuerySet:
    """The open calls of the ladder due in the evening of a store day, whosever the lead is."""
    calls = Task.objects.filter(store=store, kind=TaskKind.LADDER, due_at__range=evening_of(store, on))
    return calls.filter(state=Task.State.OPEN)


def calls_to_make(user: User, store: Store, *, now: dt.datetime) -> list[Task]:
    """The calls of tonight for who has duty, in the order of their time; a pool lead's too."""
    on = store.business_date(now)
    if on_duty(store, on) != user.pk:
        return []
    calls = calls_of(store, on).select_related("lead__customer", "lead__owner", "lead__store")
    return list(calls.order_by("due_at", "pk")[:SHOWN])


def covered_tonight(user: User, now: dt.datetime) -> Q:
    """LEAD_VIEWERS and LEAD_DEPUTIES: once the evening has begun, the leads of its calls are worked on by
    who has duty, those he has called tonight too; what he logs counts for the owner.
    """
    seen = Q(pk__in=[])
    for store in {m.store_id: m.store for m in user.current_memberships if m.role in SELLING}.values():
        on = store.business_date(now)
        begins, ends = evening_of(store, on)
        if now >= begins and on_duty(store, on) == user.pk:
            calls = Task.objects.filter(store=store, kind=TaskKind.LADDER, due_at__range=(begins, ends))
            mine = Q(state=Task.State.OPEN) | Q(state=Task.State.DONE, closed_by=user)
            seen |= Q(store=store, pk__in=calls.filter(mine).values("lead_id"))
    return seen


def home(request: HttpRequest) -> dict | None:
    """The panel on My day of who has duty tonight; None, without a statement, for everybody else."""
    store, on = request.store, request.store.business_date(request.now)
    if on_duty(store, on) != request.user.pk:
        return None
    begins, _ends = evening_of(store, on)
    context = {"calls": calls_of(store, on).count(), "begins": begins, "begun": request.now >= begins}
    return {"template": "followups/_evening_home.html", "context": context}
