"""What a merge of two cards moves on this floor: tasks, appointments, the next date (SPEC A67)."""

from leads.merging import Folding
from leads.models import Lead, LeadEvent
from leads.models.log import EventKind
from leads.protection import lapses_on

from .cadence import DATES, cadence_date, open_tasks
from .models import Appointment, Task
from .task_kinds import TaskKind
from .undoing import agreed_on, last_talk


def fold(folding: Folding) -> None:
    """MERGERS: tasks of the folded lead are void, its appointments move, the kept one is dated anew."""
    for folded, kept in folding.pairs:
        for task in open_tasks(folded):
            folding.ledger.put(task, state=Task.State.VOID, closed_at=folding.at)
        for planned in Appointment.objects.filter(lead=folded, state=Appointment.State.PLANNED):
            folding.ledger.put(planned, lead_id=kept.pk)
        _date_anew(folding, folded, kept)


def _date_anew(folding: Folding, folded: Lead, kept: Lead) -> None:
    """From both histories; a lead that was met last itself keeps its dates, appointments apart."""
    agreed = agreed_on(kept)
    met_last = [kept.last_visit_at, kept.last_contact_at]
    from_folded = any(
        moment and moment in (folded.last_visit_at, folded.last_contact_at) for moment in met_last
    )
    if not from_folded and agreed in (None, kept.agreed_on):
        return
    due_on = agreed or cadence_date(kept)
    folding.ledger.put(kept, agreed_on=agreed)
    if not (kept.has_cadence and due_on):
        return
    folding.ledger.put(kept, next_due_on=due_on)
    task = open_tasks(kept).get(kind=TaskKind.CADENCE)
    dates = {"due_on": due_on, "due_at": kept.store.end_of_day(due_on)}
    folding.ledger.put(task, catch_up=False, missed_on=None, escalated=False, told_up=0, **dates)


def on_lead_event(lead: Lead, event: LeadEvent) -> None:
    """LEAD_LISTENERS: after an unmerge a lead that was worked on since is dated by its own history."""
    if event.kind != EventKind.UNDO or event.to_value != "merge" or not lead.has_cadence:
        return
    task = open_tasks(lead).get(kind=TaskKind.CADENCE)
    agreed = agreed_on(lead) if lead.agreed_on else None
    if (agreed, task.due_on) == (lead.agreed_on, lead.next_due_on):
        return
    talk = last_talk(lead)
    due_on = agreed or (talk and talk.next_on) or cadence_date(lead) or task.due_on
    lead.agreed_on, lead.next_due_on = agreed, due_on
    lead.lapses_on = lapses_on(lead)
    lead.save(update_fields=DATES)
    task.due_on, task.due_at = due_on, lead.store.end_of_day(due_on)
    task.save(update_fields=["due_on", "due_at"])
