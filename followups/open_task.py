"""The open task of one kind that a lead has."""

from django.db.models import QuerySet

from accounts.prepared import Prepared
from leads.models import Lead

from .models import Task
from .task_kinds import TaskKind


def open_task(lead: Lead, kind: TaskKind) -> Task | None:
    """The oldest open task of a kind; None without one."""
    return _open.first(lead=lead.pk, kind=kind.value)


@Prepared
def _open(*, lead: int, kind: str) -> QuerySet:
    return Task.objects.filter(lead=lead, kind=kind, state=Task.State.OPEN).order_by("pk")[:1]
