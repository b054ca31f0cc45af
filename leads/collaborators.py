"""A second person on a lead, told of each contact (SPEC OWN-10)."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import User
from accounts.sql import insert_unless_there

from .access import may_own
from .acts import known
from .giving import may_give
from .log import record
from .models import Collaborator, Lead
from .models.log import EventKind
from .moves import lock_lead


@transaction.atomic
def add_collaborator(lead_id: int, user: User, *, by: User, at: dt.datetime) -> None:
    """Share a lead with a colleague from today on; the same one again changes nothing.

    `at` UTC. NotAllowed: neither the owner nor who leads the store. Refused: the owner, or
    somebody who may not own a lead here.
    """
    lead = lock_lead(lead_id)
    if not may_give(lead, by, now=at):
        raise NotAllowed(_("Only the owner or the manager shares a customer."))
    if user.pk == lead.owner_id:
        raise Refused(_("%(name)s is the owner already.") % {"name": user}, field="user")
    if not may_own(lead, user):
        raise Refused(
            _("%(name)s does not sell in this store. Choose somebody else.") % {"name": user}, field="user"
        )
    row = Collaborator(lead=lead, user=user, starts_on=lead.store.business_date(at), added_by=by)
    if insert_unless_there(row):
        record(lead, EventKind.COLLABORATOR, at=at, recorded_at=at, by=by, to_value=user.pk)


@transaction.atomic
def end_collaboration(lead_id: int, user: User, *, by: User, at: dt.datetime) -> None:
    """End it as of today: the owner, the manager, or the collaborator himself; ended already is no error."""
    lead = lock_lead(lead_id)
    if by.pk != user.pk and not may_give(lead, by, now=at):
        raise NotAllowed(_("Only the owner or the manager shares a customer."))
    if _end(lead, user.pk, on=lead.store.business_date(at)):
        record(lead, EventKind.COLLABORATOR, at=at, recorded_at=at, by=by, from_value=user.pk)


def _end(lead: Lead, user_id: int, *, on: dt.date) -> int:
    return Collaborator.objects.filter(lead=lead, user=user_id, ends_on=None).update(ends_on=on)


def on_lead_event(lead: Lead, event) -> None:
    """LEAD_LISTENERS: who becomes the owner is no collaborator any more."""
    if event.kind == EventKind.OWNER and lead.owner_id and known(lead, "shared") is not False:
        _end(lead, lead.owner_id, on=lead.store.business_date(event.recorded_at))


def collaborators_of(lead: Lead) -> list[Collaborator]:
    """Who shares the lead now, the first one first."""
    rows = Collaborator.objects.filter(lead=lead, ends_on=None)
    return list(rows.select_related("user").order_by("starts_on", "pk"))
