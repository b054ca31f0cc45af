"""What the two registers share: who it is that comes or calls, and whose he becomes (SPEC 4, OWN-01)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Membership, Store, User
from accounts.prepared import Prepared
from accounts.roles import LOGGING, RECEIVING
from followups.models import Appointment, Task
from followups.reachable import writable
from leads.models import Collaborator, Customer, Dispute, Lead, LeadEvent, LeadModel
from leads.models.log import EventKind
from leads.moves import lock_lead

from .judging import knowing_declined


def check_people(store: Store, *, receiver: User | None, by: User) -> None:
    """NotAllowed: a role that does not write registers. Refused: nobody who may receive."""
    if not by.roles_in(store) & set(LOGGING):
        raise NotAllowed(_("Your role does not write the registers."))
    if receiver is None or not receiver.roles_in(store) & set(RECEIVING):
        raise Refused(_("Choose who receives the customer."), field="receiver")


AHEAD = ("plan__pk", "plan__at", "plan__kind", "proof__kind")  # columns that `_lying_ahead` reads
NOBODY = 0
# The register row that says the same a second time: the relation to it, and its columns.
AGAIN = {
    "came_on": ("visits", {"visits__left_at": None, "visits__voided_at": None}, "visits__on"),
    "called_at": ("calls", {"calls__voided_at": None}, "calls__at"),
}


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


def what_stands(lead: Lead, receiver: User | None, **again: dt.date | dt.datetime) -> Standing:
    """Everything that receiving a known customer asks of his locked lead, read at once.

    `again` says what the same would be: `came_on` a store day, or `called_at` an instant (UTC).
    """
    found = _stands(*again, lead=lead.pk, receiver=receiver.pk if receiver else NOBODY, **again)
    one = found[0]
    lead.needs_declined = one["needs_declined"]
    read = {name: one[name] for name in FOR_THE_VERBS} | _lying_ahead(lead, found)
    return Standing(one["here__pk"], *(one[name] for name in CHANGED_HANDS), read=read)


@Prepared
def _stands(said: str, *, lead: int, receiver: int, **again) -> QuerySet:
    asked = {**_changed_hands(), **_for_the_verbs(receiver)}
    relation, columns, when = AGAIN[said]
    here = FilteredRelation(relation, condition=Q(**columns, **{when: again[said]}))
    rows = knowing_declined(_with_what_lies_ahead(lead)).annotate(here=here, **asked)
    return rows.values("here__pk", "needs_declined", *AHEAD, *asked).distinct()


def read_ahead(lead: Lead) -> dict:
    """Planned appointments and standing evidence of a locked lead, read at once for an act on it."""
    return _lying_ahead(lead, _ahead(lead=lead.pk))


@Prepared
def _ahead(*, lead: int) -> QuerySet:
    return _with_what_lies_ahead(lead).values(*AHEAD).distinct()


def _with_what_lies_ahead(lead_id: int) -> QuerySet:
    return Lead.objects.filter(pk=lead_id).annotate(
        plan=FilteredRelation("appointments", condition=Q(appointments__state=Appointment.State.PLANNED)),
        proof=FilteredRelation("evidence", condition=Q(evidence__revoked_at=None)),
    )


def _lying_ahead(lead: Lead, rows: list[dict]) -> dict:
    evidence = {row["proof__kind"] for row in rows if row["proof__kind"]}
    return {"planned": _appointments(lead, rows), "evidence": evidence}


CHANGED_HANDS = ("last_owner", "owner_at", "status_at")
FOR_THE_VERBS = ("has_tasks", "shared", "disputed", "has_models", "writable", "owner_receives")


def _changed_hands() -> dict:
    events = LeadEvent.objects.filter(lead=OuterRef("pk")).order_by("-at", "-id")
    owner, status = events.filter(kind=EventKind.OWNER), events.filter(kind=EventKind.STATUS)
    return {
        "last_owner": Subquery(owner.values("from_value")[:1]),
        "owner_at": Subquery(owner.values("at")[:1]),
        "status_at": Subquery(status.values("at")[:1]),
    }


def _for_the_verbs(receiver_id: int) -> dict:
    """What the listeners would look for if the lead went to the receiver, the grade and timers of a call."""
    lead = OuterRef("pk")
    sells = Membership.objects.filter(user=OuterRef("owner"), store=OuterRef("store"), ends_on=None)
    return {
        "has_tasks": Exists(Task.objects.filter(lead=lead, state=Task.State.OPEN)),
        "shared": Exists(Collaborator.objects.filter(lead=lead, user=receiver_id, ends_on=None)),
        "disputed": Exists(Dispute.objects.filter(lead=lead, decided_at=None)),
        "has_models": Exists(LeadModel.objects.filter(lead=lead)),
        "writable": Exists(writable(Customer.objects.filter(pk=OuterRef("customer")))),
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
