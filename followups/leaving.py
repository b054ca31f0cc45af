"""Who leaves calls nobody back: what only they owed goes to the owner of the lead (SPEC OWN-12, A67)."""

import datetime as dt

from accounts.models import Membership, Store, User
from accounts.roles import RECEIVING, Role
from leads.log import record
from leads.models.log import EventKind
from leads.moves import locked_leads

from .cadence import open_tasks
from .models import Task

CALL_BACK = "call_back"  # in the log: a task for one person only changed hands


def pass_on_call_backs(person: User, store: Store, *, by: User, at: dt.datetime) -> None:
    """LEAVING_ACTS: the owner of each lead gets the tasks that were the leaver's alone, with a note on it.

    Their dates stay; of a lead in the pool nobody's own. What has no lead, a message of a stranger, goes
    to whoever lets them go, or the manager. `at` UTC.
    """
    owed = Task.objects.filter(store=store, assignee=person, state=Task.State.OPEN)
    strangers = owed.filter(lead=None)
    if strangers.exists():
        strangers.update(assignee=_in_their_place(store, by, but=person))
    for lead in locked_leads().filter(pk__in=owed.exclude(lead=None).values("lead")).order_by("pk"):
        open_tasks(lead).filter(assignee=person).update(assignee=lead.owner_id, only_assignee=False)
        note = {"to_value": CALL_BACK, "from_value": person.pk, "reason": "handover"}
        record(lead, EventKind.EDIT, at=at, recorded_at=at, by=by, **note)


def _in_their_place(store: Store, by: User, *, but: User) -> User | None:
    if by.roles_in(store) & set(RECEIVING):
        return by
    managers = Membership.objects.filter(store=store, role=Role.MANAGER, ends_on=None, user__is_active=True)
    first = managers.exclude(user=but).select_related("user").order_by("user_id").first()
    return first.user if first else None
