"""A lead changes hands by hand: given to a colleague or to the pool, or taken from it (SPEC A67, A70)."""

import datetime as dt

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import User
from accounts.prepared import Prepared
from accounts.roles import RECEIVING, Role
from accounts.rules import setting

from .access import is_visible, may_own
from .models import Lead, LeadEvent
from .models.leads import Status
from .models.log import EventKind
from .moves import lock_lead
from .ownership import set_owner

LIVE = (Status.ACTIVE, Status.DORMANT, Status.LOST_PENDING)


@transaction.atomic
def give(lead_id: int, to: User | None, *, by: User, at: dt.datetime, reason: str = "") -> Lead:
    """Hand a lead to a colleague of its store, or to the pool with None; its tasks go along (SPEC A67).

    The owner gives his own, manager and supervisor any of theirs. `at` UTC. NotAllowed: somebody
    else's lead. Refused: a closed lead, or a person who may not own it.
    """
    lead = lock_lead(lead_id)
    if not may_give(lead, by, now=at):
        raise NotAllowed(_("Only the owner or the manager gives a customer to somebody else."))
    return hand(lead, to, by=by, at=at, reason=reason.strip() or "given")


def hand(lead: Lead, to: User | None, *, by: User, at: dt.datetime, reason: str) -> Lead:
    """What every giving away has in common; the caller holds the lead's row and knows that `by` may.

    Refused: a closed lead, or a person who may not own it.
    """
    if lead.status not in LIVE:
        raise Refused(_("This lead is closed. Revive it first."))
    if to is not None and not may_own(lead, to):
        raise Refused(
            _("%(name)s does not sell in this store. Choose somebody else.") % {"name": to}, field="to"
        )
    return set_owner(lead, to, by=by, at=at, recorded_at=at, reason=reason)


def may_give(lead: Lead, by: User, *, now: dt.datetime) -> bool:
    """The owner, the setter until the first visit, and who leads the store or the owner's team."""
    if by.is_active and (lead.owner_id == by.pk or (lead.setter_id == by.pk and not lead.last_visit_at)):
        return True
    if not by.roles_in(lead.store) & {Role.MANAGER, Role.SUPERVISOR}:
        return False
    return is_visible(lead, by, now=now)


@transaction.atomic
def take(lead_id: int, *, by: User, at: dt.datetime) -> Lead:
    """Take a lead from the pool (SPEC A70); taking one's own again changes nothing.

    Two at once: one has it, the other is told who was faster. Refused too: the store does not let
    people take (`pool_take`), a closed lead, and the one whose it was before the pool, who gets it
    back by a visit or from the manager only. NotAllowed: somebody who may not own in that store.
    """
    lead = lock_lead(lead_id)
    if lead.owner_id == by.pk:
        return lead
    check_take(lead, by)
    return set_owner(lead, by, by=by, at=at, recorded_at=at, reason="taken")


def check_take(lead: Lead, by: User) -> None:
    """Refused or NotAllowed with the reason why a person does not take a lead."""
    if not may_own(lead, by):
        raise NotAllowed(_("Your role does not take customers from the pool."))
    if lead.owner_id:
        raise Refused(_("%(name)s was faster. Take another one.") % {"name": lead.owner})
    if not lead.is_active:
        raise Refused(_("This lead is closed. Ask the manager to revive it."))
    if not setting(lead.store, "pool_take"):
        raise Refused(_("In this store the manager gives customers out of the pool. Ask for it."))
    if lead.referrer_id and not lead.customer.contact_points.filter(ended_at=None).exists():
        raise Refused(_("There is no number yet: whoever gets it owns the customer."))
    if _is_the_desks(lead, by):
        raise Refused(_("The invitation desk works new customers until they come."))
    if owner_before_the_pool(lead) == by.pk:
        raise Refused(_("It was yours before. Only a visit or the manager gives it back."))


def _is_the_desks(lead: Lead, by: User) -> bool:
    """With `dcc_mode` separate nobody else takes a customer who was never here (SPEC A12)."""
    if lead.last_visit_at or setting(lead.store, "dcc_mode") != "separate":
        return False
    return Role.BDC_AGENT not in by.roles_in(lead.store)


def owner_before_the_pool(lead: Lead) -> int | None:
    """Whose a lead was when it went to the pool; None when it never had an owner."""
    events = LeadEvent.objects.filter(lead=lead, kind=EventKind.OWNER).order_by("-at", "-id")
    before = events.values_list("from_value", flat=True).first()
    return int(before) if before else None


def may_be_given_to(lead: Lead) -> list[User]:
    """Who may own it, by name, each with his `open_leads` here; the owner himself left out."""
    people = _sellers(store=lead.store_id)
    return [person for person in people if person.pk != lead.owner_id]


@Prepared
def _sellers(*, store: int) -> QuerySet:
    sells = {"memberships__store": store, "memberships__role__in": RECEIVING}
    people = User.objects.filter(is_active=True, memberships__ends_on=None, **sells)
    open_here = Q(owned_leads__store=store, owned_leads__status=Status.ACTIVE)
    counted = people.annotate(open_leads=Count("owned_leads", filter=open_here, distinct=True))
    return counted.order_by("full_name", "pk")
