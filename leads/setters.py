"""Who got the customer to come: the setter, whose credit stays when the owner changes (SPEC A12)."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Membership, Store, User
from accounts.roles import RECEIVING, Role
from accounts.rules import setting

from .acts import known, write
from .giving import may_give
from .log import record
from .models import Lead
from .models.log import EventKind
from .moves import lock_lead


@transaction.atomic
def set_setter(lead_id: int, setter: User, *, by: User, at: dt.datetime) -> Lead:
    """Say which invitation agent invites this customer; the first visit settles it for ever.

    `at` UTC. NotAllowed: neither owner, setter nor who leads the store. Refused: they have been here,
    somebody who is no agent, or a store where consultants invite (`dcc_mode`).
    """
    lead = lock_lead(lead_id)
    if not may_give(lead, by, now=at):
        raise NotAllowed(_("Only the owner or the manager says who invites."))
    if lead.last_visit_at:
        raise Refused(_("They have been here: who invited them stays on record."))
    if setting(lead.store, "dcc_mode") == "consultants":
        raise Refused(_("In this store the consultants invite themselves."), field="setter")
    if not setter.is_active or Role.BDC_AGENT not in setter.roles_in(lead.store):
        raise Refused(_("Choose an invitation agent of this store."), field="setter")
    return _set(lead, setter.pk, by=by, at=at)


def _set(lead: Lead, setter_id: int, *, by, at: dt.datetime, source: str = "screen") -> Lead:
    before = lead.setter_id
    if before == setter_id:
        return lead
    lead.setter_id = setter_id
    lead.version += 1
    write(lead, "setter", "version")
    values = {"from_value": before or "", "to_value": setter_id}
    record(lead, EventKind.SETTER, at=at, recorded_at=at, by=by, source=source, **values)
    return lead


def agents_of(store: Store) -> list[User]:
    """The invitation agents of a store, by name."""
    return list(User.objects.filter(_in(store, Role.BDC_AGENT), is_active=True).order_by("full_name", "pk"))


def _in(store: Store, *roles: str) -> Q:
    rows = Membership.objects.filter(store=store, role__in=roles, ends_on=None)
    return Q(pk__in=rows.values("user_id"))


def is_with_the_desk(lead: Lead) -> bool:
    """Whether an invitation agent owns it still: whoever receives the customer becomes the owner.

    Asks the database only about leads nobody has met.
    """
    if lead.owner_id is None or lead.last_visit_at:
        return False
    if known(lead, "owner_receives"):
        return False
    return not User.objects.filter(_in(lead.store, *RECEIVING), pk=lead.owner_id).exists()


def on_lead_event(lead: Lead, event) -> None:
    """LEAD_LISTENERS: an agent who gets an appointment, or whose lead goes to a consultant, set it."""
    if lead.setter_id or lead.last_visit_at:
        return
    setter = None
    if event.kind == EventKind.APPOINTMENT and event.to_value == "planned" and event.by:
        setter = event.by_id if Role.BDC_AGENT in event.by.roles_in(lead.store) else None
    elif event.kind == EventKind.OWNER and event.from_value and lead.owner_id:
        setter = _desk_that_handed_over(lead, int(event.from_value))
    if setter:
        _set(lead, setter, by=event.by, at=event.recorded_at, source=event.source)


def _desk_that_handed_over(lead: Lead, before: int) -> int | None:
    """The owner before, when he is an agent who receives nobody and the new owner does."""
    if known(lead, "owner_receives"):
        return None
    roles: dict[int, set[str]] = {before: set(), lead.owner_id: set()}
    held = Membership.objects.filter(store=lead.store, ends_on=None, user__in=roles)
    for user, role in held.values_list("user", "role"):
        roles[user].add(role)
    receives = set(RECEIVING)
    from_the_desk = Role.BDC_AGENT in roles[before] and not roles[before] & receives
    return before if from_the_desk and roles[lead.owner_id] & receives else None
