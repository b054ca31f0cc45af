"""Messages of callers: one's own on My day, all that are open on a page (SPEC CALL-02, S05)."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.prepared import Prepared
from accounts.roles import RECEIVING, Role
from followups.models import Task
from followups.task_kinds import TaskKind
from leads.access import may_work_on
from leads.models import Lead

from .models import CallMessage

SEES_ALL = (Role.MANAGER, Role.SUPERVISOR, Role.RECEPTIONIST)
MOST = 100


@dataclass(frozen=True)
class Line:
    """One open call-back; `lead` = the reader logs the contact there, `closes` = one tap says it is done."""

    message: CallMessage
    task: Task
    name: str
    lead: Lead | None
    mine: bool
    closes: bool
    is_late: bool


def home(request: HttpRequest) -> dict | None:
    """HOME_PANELS: what callers left for the reader; a manager has the number of late ones in his team panel.

    One statement, two when there is a message.
    """
    store, user = request.store, request.user
    roles = user.roles_in(store) & set(RECEIVING) if store else set()
    if not roles or Role.MANAGER in roles:
        return None
    lines = _lines(_left_for(user=user.pk, store=store.pk), request)
    return {"template": "showroom/_home_messages.html", "context": {"lines": lines}} if lines else None


def open_messages(request: HttpRequest) -> list[Line]:
    """Every open call-back of the store for who keeps an eye on them, else one's own; two statements."""
    user, store = request.user, request.store
    if user.roles_in(store) & set(SEES_ALL):
        return _lines(_left_in(store=store.pk), request)
    return _lines(_left_for(user=user.pk, store=store.pk), request)


@Prepared
def _left_in(*, store: int) -> QuerySet:
    return _call_backs(Task.objects.filter(store=store))


@Prepared
def _left_for(*, user: int, store: int) -> QuerySet:
    return _call_backs(Task.objects.filter(store=store, assignee=user))


def _call_backs(tasks: QuerySet) -> QuerySet:
    """The open ones, the earliest first."""
    due = tasks.filter(kind=TaskKind.CALL_BACK, state=Task.State.OPEN).order_by("due_at", "id")
    return due.select_related("assignee")[:MOST]


def _lines(tasks: list[Task], request: HttpRequest) -> list[Line]:
    if not tasks:
        return []
    messages = CallMessage.objects.filter(task_cause__in=[task.cause for task in tasks])
    messages = messages.select_related("call__lead__store", "call__customer")
    by_cause = {message.task_cause: message for message in messages}
    return [_line(by_cause[task.cause], task, request) for task in tasks if task.cause in by_cause]


def _line(message: CallMessage, task: Task, request: HttpRequest) -> Line:
    call, mine = message.call, task.assignee_id == request.user.pk
    works = bool(call.lead and mine and may_work_on(call.lead, request.user, now=request.now))
    return Line(
        message=message,
        task=task,
        name=(call.customer.name if call.customer else "") or call.name_text,
        lead=call.lead if works else None,
        mine=mine,
        closes=mine and not works,
        is_late=task.is_overdue(request.now),
    )
