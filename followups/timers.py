"""Timers beside the cadence: after a visit or call, after a contract, after the hand-over (DESIGN 5)."""

import datetime as dt

from leads.acts import insert
from leads.models import Lead
from leads.models.log import EventKind, Source
from leads.steps import Step

from .due_times import day_after_due, thank_you_due, week_call_due
from .models import Task
from .reachable import may_write_to
from .task_changes import Sql, change_tasks
from .task_kinds import TaskKind

AFTER_TALK = (TaskKind.DAY_AFTER, TaskKind.THANK_YOU)


def timer(lead: Lead, kind: TaskKind, due_at: dt.datetime, *, cause: str, **facts) -> Task:
    """An unsaved task of a lead's owner; one row of a cause can ever stand. `due_at` in UTC."""
    return Task(
        store_id=lead.store_id,
        lead=lead,
        kind=kind,
        due_at=due_at,
        due_on=lead.store.business_date(due_at),
        cause=f"{kind}:{cause}",
        **{"assignee_id": lead.owner_id, "why": kind} | facts,
    )


def day_after(lead: Lead, *, what: str, ref_id: int | str, ended_at: dt.datetime) -> Task:
    """The first follow-up after a visit or an enquiry call, unsaved (SPEC CAD-06, A65)."""
    return timer(lead, TaskKind.DAY_AFTER, day_after_due(lead.store, ended_at), cause=f"{what}:{ref_id}")


def open_timers(
    lead: Lead, *, what: str, ref_id: int | str, ended_at: dt.datetime, now: dt.datetime, again: bool = False
) -> list[Task]:
    """What a leaving without a deal, or the end of an enquiry call, starts (SPEC CAD-05, CAD-06, A65).

    The 24-hour follow-up, and the thank-you for whom one may write to, as long as its day is not over.
    `what` is "visit" or "call"; closed once more (`again`), nobody is thanked twice. All times UTC.
    """
    if not lead.is_active or lead.step >= Step.DEAL:
        return []
    tasks = [day_after(lead, what=what, ref_id=ref_id, ended_at=ended_at)]
    thanks = timer(lead, TaskKind.THANK_YOU, thank_you_due(lead.store, ended_at), cause=f"{what}:{ref_id}")
    today = lead.store.business_date(now)
    if thanks.due_on >= today and may_write_to(lead) and not (again and _is_thanked(lead, today)):
        tasks.append(thanks)
    return _opened(lead, tasks)


def _is_thanked(lead: Lead, on: dt.date) -> bool:
    thanks = Task.objects.filter(lead=lead, kind=TaskKind.THANK_YOU, state=Task.State.DONE)
    return thanks.filter(closed_at__gte=lead.store.start_of_day(on)).exists()


def _opened(lead: Lead, tasks: list[Task]) -> list[Task]:
    if lead.act:
        return [insert(lead, task) for task in tasks]
    return Task.objects.bulk_create(tasks)


def drop_timers(lead: Lead, *, what: str, ref_id: int | str, at: dt.datetime) -> None:
    """The leaving or the call never was: what it started is void, what was done of it stays (SPEC A74)."""
    causes = tuple(f"{kind}:{what}:{ref_id}" for kind in AFTER_TALK)
    change_tasks(lead, Sql("cause IN (%s, %s)", causes), state=Task.State.VOID, closed_at=at)


# --- what the leads floor tells us (LEAD_LISTENERS) ---------------------------------------------


def on_lead_event(lead: Lead, event) -> None:
    """A contract is thanked for the same day, a hand-over called about a week later (SPEC FUP-06, FUP-01).

    An import starts no timer (A59).
    """
    if event.kind != EventKind.STEP or event.source == Source.IMPORT:
        return
    on, place = lead.store.business_date(event.at), f"{lead.pk}:{lead.version}"
    if event.to_value == Step.DEAL.code and event.from_value != Step.DELIVERY.code and may_write_to(lead):
        thanks = timer(
            lead, TaskKind.THANK_YOU, lead.store.end_of_day(on), cause=f"contract:{place}", why="contract"
        )
        insert(lead, thanks)
    if event.to_value == Step.FOLLOW_UP.code:
        insert(lead, timer(lead, TaskKind.WEEK_CALL, week_call_due(lead.store, on), cause=place))
