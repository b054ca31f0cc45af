"""A planned visit to the customer: when, how prepared, what came of it (SPEC DEV-08, DEV-10, DEV-11)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from leads.access import may_work_on
from leads.acts import acting
from leads.models import Lead
from leads.models.leads import Status
from leads.moves import lock_lead

from .contacts import Said, tell_contact, write_contact
from .models import Contact, Task
from .open_task import open_task
from .outcomes import NOT_MET, TALKED
from .preparations import PREPARATIONS
from .task_kinds import TaskKind
from .timers import timer


@dataclass(frozen=True)
class Result:
    """What came of a visit; `again_at` (UTC) when nobody was met."""

    outcome: str  # one of TALKED or NOT_MET
    again_at: dt.datetime | None = None
    text: str = ""


def planned_out_visit(lead: Lead) -> Task | None:
    """The visit to the customer that is planned, if there is one."""
    return open_task(lead, TaskKind.OUT_VISIT)


@transaction.atomic
def plan_out_visit(lead_id: int, at: dt.datetime, ready: Sequence[str], *, by, now: dt.datetime) -> Task:
    """Plan the visit at an instant, or give the planned one another time and other ticks.

    `ready` are codes of PREPARATIONS; others are passed over. Whoever plans goes, unless it is the
    owner's: then it follows the owner. Refused: a time in the past, a lead that is over. NotAllowed:
    a colleague's customer.
    """
    lead = _locked(lead_id, by=by, now=now)
    if at < now:
        raise Refused(_("The visit lies in the past. Pick a later time."), field="on")
    task = planned_out_visit(lead)
    if task is None:
        return _open(lead, at, ready, by=by, cause=f"{lead.pk}:{now.timestamp()}")
    task.due_at, task.due_on = at, lead.store.business_date(at)
    task.why_args = {**task.why_args, "ready": _known(ready)}
    task.missed_on, task.escalated, task.told_up = None, False, 0
    task.save(update_fields=["due_at", "due_on", "why_args", "missed_on", "escalated", "told_up"])
    return task


@transaction.atomic
def end_out_visit(lead_id: int, result: Result, *, by, now: dt.datetime) -> Contact:
    """What came of the planned visit: a talk, or nobody met and a day to go again (SPEC DEV-11).

    Refused: no result, nobody met without a later time to go again, no visit planned.
    """
    lead = _locked(lead_id, by=by, now=now)
    task = planned_out_visit(lead)
    if task is None:
        raise Refused(_("No visit is planned. Plan one first."))
    if result.outcome not in (*TALKED, *NOT_MET):
        raise Refused(_("Tap what came out of it."), field="outcome")
    if result.outcome in NOT_MET:
        _check_again(result, now=now)
    with acting(lead, met=result.outcome in TALKED):
        said = Said(result.outcome, channel=Contact.Channel.IN_PERSON, text=result.text)
        contact, changed = write_contact(lead, said, by=by, at=now, now=now)
        tell_contact(lead, contact, changed)
    task.state, task.closed_at, task.closed_by, task.contact = Task.State.DONE, now, by, contact
    task.save(update_fields=["state", "closed_at", "closed_by", "contact"])
    if result.outcome in NOT_MET:
        ready = task.why_args.get("ready", ())
        _open(lead, result.again_at, ready, by=by, cause=f"contact:{contact.pk}")
    return contact


def _check_again(result: Result, *, now: dt.datetime) -> None:
    if result.again_at is None:
        raise Refused(_("Nobody was met: say when you go again."), field="again_on")
    if result.again_at < now:
        raise Refused(_("The visit lies in the past. Pick a later time."), field="again_on")


def _locked(lead_id: int, *, by, now: dt.datetime) -> Lead:
    lead = lock_lead(lead_id)
    if not may_work_on(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if lead.status not in (Status.ACTIVE, Status.DORMANT):
        raise Refused(_("This lead is over. Bring it back first."))
    return lead


def _open(lead: Lead, at: dt.datetime, ready: Sequence[str], *, by, cause: str) -> Task:
    who = {"assignee_id": by.pk, "only_assignee": by.pk != lead.owner_id}
    task = timer(lead, TaskKind.OUT_VISIT, at, cause=cause, why_args={"ready": _known(ready)}, **who)
    task.save()
    return task


def _known(ready: Sequence[str]) -> list[str]:
    return [code for code in PREPARATIONS if code in ready]
