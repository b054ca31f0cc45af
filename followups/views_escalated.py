"""The work that has come up to a supervisor or the manager, with what they can do about it (PDCA-14)."""

import datetime as dt
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.roles import Role
from leads.models import Lead

from .escalation import MANAGER, told_up_to
from .models import Task
from .panels import team
from .task_kinds import TaskKind

SHOWN = 40


@require_safe
@login_required
def escalated(request: HttpRequest) -> HttpResponse:
    """Open tasks that have come up, the oldest first; `?person=` those of one of the team."""
    if not request.store or not request.user.roles_in(request.store) & {Role.MANAGER, Role.SUPERVISOR}:
        raise PermissionDenied(_("Only who leads a team reads this."))
    person = _asked(request)
    tasks = _tasks(request, person)
    if place := request.GET.get("after"):
        tasks = tasks.filter(_behind(place))
    rows = list(tasks.order_by("due_at", "pk")[: SHOWN + 1])
    shown = rows[:SHOWN]
    context = {
        "lines": [_line(task, request) for task in shown],
        "next": f"{shown[-1].due_at.isoformat()}_{shown[-1].pk}" if len(rows) > SHOWN else "",
        "person": person,
    }
    return render(request, "followups/escalated.html", context)


def _asked(request: HttpRequest) -> User | None:
    asked = request.GET.get("person", "")
    if not asked:
        return None
    if not asked.isdecimal() or len(asked) > 18:
        raise Http404
    return get_object_or_404(team(request.user, request.store), pk=asked)


def _tasks(request: HttpRequest, person: User | None) -> QuerySet:
    user, store = request.user, request.store
    tasks = Task.objects.filter(store=store, state=Task.State.OPEN, told_up__gte=told_up_to(user, store))
    visible = Lead.objects.visible_to(user, now=request.now)
    whose = Q(assignee=person) if person else Q(assignee__in=team(user, store).values("pk"))
    found = tasks.filter(whose, lead__in=visible.values("pk"), due_at__lte=request.now)
    return found.select_related("lead__customer", "assignee")


def _behind(place: str) -> Q:
    """What follows a line, as the link "more" carries its time and id; 404 for one that nobody wrote."""
    moment, _sign, pk = place.rpartition("_")
    try:
        at = dt.datetime.fromisoformat(moment)
        if at.tzinfo is None or len(pk) > 18:
            raise ValueError
        return Q(due_at__gt=at) | Q(due_at=at, pk__gt=int(pk))
    except (ValueError, OverflowError):
        raise Http404 from None


def _line(task: Task, request: HttpRequest) -> dict:
    today = request.store.business_date(request.now)
    back = urlencode({"next": request.get_full_path()}, safe="/")
    return {
        "task": task,
        "kind": TaskKind(task.kind).label,
        "days": (today - task.due_on).days,
        "to_manager": task.told_up == MANAGER,
        "give": f"{reverse('leads:give', args=[task.lead.number])}?{back}",
    }
