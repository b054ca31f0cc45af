"""Whose customer it is: the verbs that set an owner (SPEC 5, A69, A70)."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.prepared import Prepared, Write
from accounts.sql import update

from .access import may_own
from .acts import acting, known, remember, write
from .log import record
from .models import Collaborator, Dispute, LapseProposal, Lead
from .moves import lock_lead
from .protection import SETTLED, settle

HANDED_OVER = ("owner", "protected_from", "version", *SETTLED)
NOBODY = 0


def set_owner(
    lead: Lead,
    owner,
    *,
    by,
    at: dt.datetime,
    recorded_at: dt.datetime,
    reason: str = "",
    source: str = "screen",
) -> Lead:
    """Give a lead to somebody, or to the pool with None; the caller holds the lead's row.

    A new owner is protected from that day on; every open proposal is overtaken.
    """
    before = lead.owner_id
    if before == (owner.pk if owner else None):
        return lead
    with acting(lead):
        hand_over(lead, owner, on=lead.store.business_date(at))
        write(lead, *HANDED_OVER)
        if before:  # the pool has neither proposals nor disputes
            _read_what_ends(lead)
            overtake_proposals(lead, at=recorded_at)
        record_owner(lead, before, by=by, at=at, recorded_at=recorded_at, reason=reason, source=source)
    return lead


def _read_what_ends(lead: Lead) -> None:
    """Let the act know at once which of the things stand that end with an owner."""
    if any(known(lead, what) is None for what in ("shared", "disputed")):
        for what, stands in _ends.first(lead=lead.pk, owner=lead.owner_id or NOBODY).items():
            remember(lead, what, stands)


@Prepared
def _ends(*, lead: int, owner: int) -> QuerySet:
    of_lead = {"lead": OuterRef("pk")}
    return Lead.objects.filter(pk=lead).values(
        shared=Exists(Collaborator.objects.filter(**of_lead, user=owner, ends_on=None)),
        disputed=Exists(Dispute.objects.filter(**of_lead, decided_at=None)),
        proposed=Exists(LapseProposal.objects.filter(**of_lead, decision="")),
    )


def own_by_number(lead: Lead, by, *, at: dt.datetime) -> Lead:
    """Whoever obtains the first way to reach somebody who was only named owns the lead (SPEC OWN-05, A21).

    The caller holds the lead's row and has written the contact point. A lead with an owner keeps him.
    """
    if lead.owner_id or not may_own(lead, by):
        return lead
    return set_owner(lead, by, by=by, at=at, recorded_at=at, reason="number")


def hand_over(lead: Lead, owner, *, on: dt.date) -> None:
    """Set the owner and his protection from a store day; the caller saves HANDED_OVER and records it."""
    lead.owner = owner
    lead.protected_from = on if owner else None
    lead.version += 1
    settle(lead)


def record_owner(lead: Lead, before: int | None, **facts) -> None:
    """Write that a lead changed hands; `facts` as for `record`."""
    record(lead, "owner", from_value=before or "", to_value=lead.owner_id or "", **facts)


def overtake_proposals(lead: Lead, *, at: dt.datetime) -> None:
    """A contact, visit, agreed date or new owner takes an open proposal away (SPEC A69)."""
    if known(lead, "proposed") is not False:
        _overtake.count(at, lead.pk)


_overtake = Write(
    "UPDATE leads_lapseproposal SET decision = 'overtaken', decided_at = %s"
    " WHERE lead_id = %s AND decision = ''"
)


@transaction.atomic
def decide_lapse(proposal_id: int, decision: str, *, by, at: dt.datetime) -> LapseProposal:
    """The manager's answer to a lapse proposal: `pool` now, or `kept` for eight more days (SPEC A69).

    Refused when somebody decided before, or when a contact overtook the proposal;
    LapseProposal.DoesNotExist if there is none.
    """
    lead = lock_lead(_proposal(proposal_id).lead_id)
    proposal = _proposal(proposal_id)  # as it stands under the lock
    if proposal.decision:
        raise Refused(_("This proposal is settled already."))
    proposal.decision, proposal.decided_at, proposal.decided_by = decision, at, by
    update(proposal, ["decision", "decided_at", "decided_by"])
    if decision == LapseProposal.Decision.POOL:
        set_owner(lead, None, by=by, at=at, recorded_at=at, reason="lapsed")
    else:
        lead.protected_from = lead.store.business_date(at)
        settle(lead)
        write(lead, "protected_from", *SETTLED)
    return proposal


def _proposal(proposal_id: int) -> LapseProposal:
    for proposal in _of_id(proposal=proposal_id):
        return proposal
    raise LapseProposal.DoesNotExist


@Prepared
def _of_id(*, proposal: int) -> QuerySet:
    return LapseProposal.objects.filter(pk=proposal)
