"""A call for somebody who does not answer: a message, and his task to call back (SPEC CALL-02, S05)."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import User
from accounts.sql import insert_together, update
from followups.due_times import call_back_due
from followups.models import Task
from followups.task_kinds import TaskKind
from leads.access import may_work_on
from leads.moves import lock_lead

from .models import Call, CallMessage


def take_message(call: Call, *, for_user: User, text: str, by: User) -> Task:
    """Keep what the caller says, and open the task to call back (in the transaction of the call).

    Due `call_back_minutes` of opening time after the call (A61); only the person asked for closes it.
    A caller without a number leaves a task without a lead.
    """
    cause = _cause(call)
    message = CallMessage(call=call, for_user=for_user, text=text, at=call.at, by=by, task_cause=cause)
    due_at = call_back_due(call.store, call.at)
    task = Task(
        store=call.store,
        lead=call.lead,
        kind=TaskKind.CALL_BACK,
        assignee=for_user,
        only_assignee=True,
        due_at=due_at,
        due_on=call.store.business_date(due_at),
        why="call_back",
        cause=cause,
    )
    insert_together([message], [task])
    return task


def drop_message(call: Call, *, at: dt.datetime) -> None:
    """A crossed-out call asks nobody to call back."""
    task = Task.objects.filter(cause=_cause(call), state=Task.State.OPEN)
    task.update(state=Task.State.VOID, closed_at=at)


def _cause(call: Call) -> str:
    return f"call_back:call:{call.pk}"


@transaction.atomic
def called_back(message_id: int, *, by: User, at: dt.datetime) -> Task:
    """Close a call-back that no contact can close: no number, or a colleague's customer. `at` UTC.

    Again on a closed one writes nothing. NotAllowed: anybody but the person asked for. Refused: their
    own customer, whose contact is logged instead. CallMessage.DoesNotExist: no such message.
    """
    message = CallMessage.objects.select_related("call").get(pk=message_id)
    lead = lock_lead(message.call.lead_id) if message.call.lead_id else None
    task = Task.objects.select_for_update(of=("self",), no_key=True).get(cause=message.task_cause)
    if task.assignee_id != by.pk:
        raise NotAllowed(_("Only who was asked for closes this call-back."))
    if task.state != Task.State.OPEN:
        return task
    if lead and may_work_on(lead, by, now=at):
        raise Refused(_("Log the contact with this customer: that closes the call-back."))
    task.state, task.closed_at, task.closed_by = Task.State.DONE, at, by
    update(task, ["state", "closed_at", "closed_by"])
    return task
