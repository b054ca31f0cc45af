"""The call ladder: planned tries at a lead that nobody has reached yet, in opening hours (SPEC A19)."""

import datetime as dt

from accounts.duty import open_day_from
from accounts.models import Store
from accounts.rules import opening, setting
from leads.models import Lead

from .cadence import open_tasks
from .due_times import MINUTE, after
from .models import Contact, Task
from .open_task import open_task
from .task_kinds import TaskKind

RUNGS = range(1, 6)


def rung_due(store: Store, rung: int, *, since: dt.datetime) -> dt.datetime:
    """When a try is due, counted from the enquiry (UTC): minutes, hours, the other half of the next
    open day, and the closing times of two later days.
    """
    on = store.business_date(since)
    match rung:
        case 1:
            return after(TaskKind.LADDER, store, since, setting(store, "ladder_first_minutes") * MINUTE)
        case 2:
            return after(TaskKind.LADDER, store, since, setting(store, "ladder_second_minutes") * MINUTE)
        case 3:
            return _other_half(store, since)
        case 4:
            return _closing(store, on + dt.timedelta(days=setting(store, "ladder_fourth_days")))
    return _closing(store, on + dt.timedelta(days=setting(store, "ladder_fifth_days")))


def _other_half(store: Store, since: dt.datetime) -> dt.datetime:
    """The next open day: until noon for who asked in the afternoon, until closing for who asked before."""
    today = store.business_date(since)
    tomorrow = open_day_from(store, today + dt.timedelta(days=1))
    opens, closes = opening(store, tomorrow)
    noon = opens + (closes - opens) / 2
    asked_at = dt.datetime.combine(tomorrow, since.astimezone(store.zone).time(), tzinfo=store.zone)
    return closes if asked_at < noon else noon


def _closing(store: Store, on: dt.date) -> dt.datetime:
    return opening(store, open_day_from(store, on))[1]


def start_ladder(lead: Lead, *, since: dt.datetime, cause: str, asked_again: bool = False) -> Task | None:
    """Open the first try of a lead that asked at `since`; one that is on the ladder stays where it is.

    The caller holds the lead's row; `cause` names what asked, such as "created:12".
    """
    if not lead.is_active or open_tasks(lead).filter(kind=TaskKind.LADDER).exists():
        return None
    return _open(lead, 1, since=since, cause=cause, asked_again=asked_again)


def climb(lead: Lead, contact: Contact) -> Task | None:
    """A try was made: its rung is done, and the next one that still lies ahead is opened."""
    task = open_task(lead, TaskKind.LADDER)
    if task is None:
        return None
    task.state, task.closed_at = Task.State.DONE, contact.at
    task.closed_by, task.contact = contact.by, contact
    task.save(update_fields=["state", "closed_at", "closed_by", "contact"])
    since = dt.datetime.fromisoformat(task.why_args["since"])
    ahead = (rung for rung in RUNGS if rung > task.why_args["rung"])
    rung = next((rung for rung in ahead if rung_due(lead.store, rung, since=since) > contact.at), None)
    return _open(lead, rung, since=since, cause=f"contact:{contact.pk}") if rung else None


def step_down(lead: Lead, contact: Contact, *, undoing: int, at: dt.datetime) -> None:
    """A try was undone: its rung is open again as a new row, unless later tries went on from there."""
    done = Task.objects.filter(lead=lead, kind=TaskKind.LADDER, contact=contact).first()
    ladder = Task.objects.filter(lead=lead, kind=TaskKind.LADDER)
    if done is None or ladder.filter(closed_at__gt=contact.at, state=Task.State.DONE).exists():
        return
    open_tasks(lead).filter(kind=TaskKind.LADDER).update(state=Task.State.VOID, closed_at=at)
    since = dt.datetime.fromisoformat(done.why_args["since"])
    again = done.why == "asked_again"
    _open(lead, done.why_args["rung"], since=since, cause=f"undo:{undoing}", asked_again=again)


def _open(lead: Lead, rung: int, *, since: dt.datetime, cause: str, asked_again: bool = False) -> Task:
    due_at = rung_due(lead.store, rung, since=since)
    return Task.objects.create(
        store_id=lead.store_id,
        lead=lead,
        kind=TaskKind.LADDER,
        assignee_id=lead.owner_id,
        due_at=due_at,
        due_on=lead.store.business_date(due_at),
        cause=f"ladder:{cause}",
        why="asked_again" if asked_again else "ladder",
        why_args={"rung": rung, "since": since.isoformat()},
    )
