"""What the two registers share: who it is that comes or calls, and whose he becomes (SPEC 4, OWN-01)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, FilteredRelation, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Membership, Store, User
from accounts.roles import LOGGING, RECEIVING
from followups.models import Appointment, Task
from leads.models import Collaborator, Dispute, Lead, LeadEvent
from leads.models.log import EventKind
from leads.moves import lock_lead


def check_people(store: Store, *, receiver: User | None, by: User) -> None:
    """NotAllowed: a role that does not write registers. Refused: nobody who may receive."""
    if not by.roles_in(store) & set(LOGGING):
        raise NotAllowed(_("Your role does not write the registers."))
    if receiver is None or not receiver.roles_in(store) & set(RECEIVING):
        raise Refused(_("Choose who receives the customer."), field="receiver")


@dataclass(frozen=True)
class Standing:
    """What stands about a locked lead when its customer comes or calls; one statement has read it."""

    again: int | None  # the row that says the same: still in the house, the same call
    last_owner: str | None  # whose it was before it changed hands last; None = it never did
    owner_at: dt.datetime | None  # when it changed hands last
    status_at: dt.datetime | None
    read: dict  # what the verbs need not ask again (leads.acts)

    def settled_since(self, kind: str, at: dt.datetime, now: dt.datetime) -> bool:
        """Whether somebody decided on the lead after a visit or call that is written down late."""
        last = self.owner_at if kind == EventKind.OWNER else self.status_at
        return at < now and last is not None and last > at


def lock_known(store: Store, lead_id: int) -> Lead:
    """A lead of the store, or the one it was folded into, locked; Lead.DoesNotExist of another store."""
    lead = lock_lead(lead_id)
    if lead.merged_into_id:
        lead = lock_lead(lead.merged_into_id)
    if lead.store_id != store.pk:
        raise Lead.DoesNotExist
    return lead


def what_stands(lead: Lead, receiver: User | None, *, again: FilteredRelation) -> Standing:
    """Everything that receiving a known customer asks of his locked lead, read at once.

    `again` is the relation to the register row that would say the same a second time.
    """
    asked = {**_changed_hands(), **_for_a_new_owner(receiver)}
    rows = Lead.objects.filter(pk=lead.pk).annotate(
        here=again,
        plan=FilteredRelation("appointments", condition=Q(appointments__state=Appointment.State.PLANNED)),
        proof=FilteredRelation("evidence", condition=Q(evidence__revoked_at=None)),
        **asked,
    )
    of_others = ("here__pk", "plan__pk", "plan__at", "plan__kind", "proof__kind")
    found = list(rows.values(*of_others, *asked).distinct())
    one = found[0]
    read = {name: one[name] for name in _for_a_new_owner(receiver)}
    read["planned"] = _appointments(lead, found)
    read["evidence"] = {row["proof__kind"] for row in found if row["proof__kind"]}
    return Standing(one["here__pk"], *(one[name] for name in _changed_hands()), read=read)


def _changed_hands() -> dict:
    events = LeadEvent.objects.filter(lead=OuterRef("pk")).order_by("-at", "-id")
    owner, status = events.filter(kind=EventKind.OWNER), events.filter(kind=EventKind.STATUS)
    return {
        "last_owner": Subquery(owner.values("from_value")[:1]),
        "owner_at": Subquery(owner.values("at")[:1]),
        "status_at": Subquery(status.values("at")[:1]),
    }


def _for_a_new_owner(receiver: User | None) -> dict:
    """What the listeners would look for if the lead went to the receiver."""
    lead = OuterRef("pk")
    sells = Membership.objects.filter(user=OuterRef("owner"), store=OuterRef("store"), ends_on=None)
    return {
        "has_tasks": Exists(Task.objects.filter(lead=lead, state=Task.State.OPEN)),
        "shared": Exists(Collaborator.objects.filter(lead=lead, user=receiver, ends_on=None)),
        "disputed": Exists(Dispute.objects.filter(lead=lead, decided_at=None)),
        "owner_receives": Exists(sells.filter(role__in=RECEIVING)),
    }


def _appointments(lead: Lead, rows: list[dict]) -> list[Appointment]:
    names = ["id", "lead_id", "store_id", "at", "kind", "state"]  # in the order of the model
    planned = {row["plan__pk"]: (row["plan__at"], row["plan__kind"]) for row in rows if row["plan__pk"]}
    state = Appointment.State.PLANNED
    made = [
        Appointment.from_db(lead._state.db, names, (pk, lead.pk, lead.store_id, *plan, state))
        for pk, plan in planned.items()
    ]
    return sorted(made, key=lambda appointment: appointment.at)


def may_take_on(store: Store, receiver: User | None) -> bool:
    """Whether a lead that is nobody's becomes this receiver's."""
    return bool(receiver and receiver.is_active and receiver.roles_in(store) & set(RECEIVING))


def phone_text(typed: str, lead: Lead | None) -> str:
    """A number that became a contact point is not kept a second time; a cut-off one stays as text."""
    return "" if lead else typed
