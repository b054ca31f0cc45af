"""Tomorrow's work of the team, each number with its list."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.roles import Role

from .models import Appointment
from .panels import team
from .task_kinds import TaskKind
from .workload import DAY, Load, What, list_of, loads_of

COLUMNS = {
    What.APPOINTMENTS: gettext_lazy("Appointments"),
    What.HOT: gettext_lazy("O, H"),
    What.A: pgettext_lazy("grade", "A"),
    What.REST: gettext_lazy("B, C"),
    What.OTHER: gettext_lazy("Other"),
    What.SHARE: pgettext_lazy("of piled-up customers", "Share"),
}


@require_safe
@login_required
def workload(request: HttpRequest) -> HttpResponse:
    """Of everybody in the team; `?person=&what=` the list behind a number."""
    if not request.store or not request.user.roles_in(request.store) & {Role.MANAGER, Role.SUPERVISOR}:
        raise PermissionDenied(_("Only who leads a team reads this."))
    on = request.store.business_date(request.now) + DAY
    if "person" in request.GET:
        return _list(request, on)
    people = list(team(request.user, request.store).order_by("full_name", "pk"))
    loads = loads_of(people, request.store, on)
    context = {"rows": [_row(load) for load in loads], "columns": COLUMNS.values(), "on": on}
    return render(request, "followups/workload.html", context)


def _row(load: Load) -> dict:
    start = f"{reverse('followups:workload')}?person={load.person.pk}&what="
    cells = [{"count": load.counts[what], "url": f"{start}{what}"} for what in COLUMNS]
    return {"load": load, "cells": cells}


def _list(request: HttpRequest, on: dt.date) -> HttpResponse:
    asked, what = request.GET["person"], request.GET.get("what", What.HOT)
    if not asked.isdecimal() or len(asked) > 18 or what not in list(What):
        raise Http404
    person: User = get_object_or_404(team(request.user, request.store), pk=asked)
    rows = list_of(person, What(what), request.store, on)
    context = {
        "lines": [{"lead": row.lead, "kind": _kind(row), "at": _at(row)} for row in rows],
        "person": person,
        "column": COLUMNS[What(what)],
        "on": on,
    }
    return render(request, "followups/workload_list.html", context)


def _kind(row) -> str:
    kinds = Appointment.Kind if isinstance(row, Appointment) else TaskKind
    return kinds(row.kind).label


def _at(row) -> dt.datetime | dt.date:
    """The hour of what has one."""
    if isinstance(row, Appointment):
        return row.at
    return row.due_on if row.kind == TaskKind.CADENCE else row.due_at
