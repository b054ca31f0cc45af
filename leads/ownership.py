"""Whose customer it is: the verbs that set an owner (SPEC 5, A69, A70)."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused

from .log import record
from .models import LapseProposal, Lead
from .moves import lock_lead
from .protection import SETTLED, settle


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
    lead.owner = owner
    lead.protected_from = lead.store.business_date(at) if owner else None
    lead.version += 1
    settle(lead)
    lead.save(update_fields=["owner", "protected_from", "version", *SETTLED])
    overtake_proposals(lead, at=recorded_at)
    record(
        lead,
        "owner",
        at=at,
        recorded_at=recorded_at,
        by=by,
        source=source,
        from_value=before or "",
        to_value=owner.pk if owner else "",
        reason=reason,
    )
    return lead


def overtake_proposals(lead: Lead, *, at: dt.datetime) -> None:
    """A contact, visit, agreed date or new owner takes an open proposal away (SPEC A69)."""
    LapseProposal.objects.filter(lead=lead, decision="").update(decision="overtaken", decided_at=at)


@transaction.atomic
def decide_lapse(proposal_id: int, decision: str, *, by, at: dt.datetime) -> LapseProposal:
    """The manager's answer to a lapse proposal: `pool` now, or `kept` for eight more days (SPEC A69).

    Refused when somebody decided before, or when a contact overtook the proposal.
    """
    lead_id = LapseProposal.objects.values_list("lead_id", flat=True).get(pk=proposal_id)
    lead = lock_lead(lead_id)
    proposal = LapseProposal.objects.get(pk=proposal_id)
    if proposal.decision:
        raise Refused(_("This proposal is settled already."))
    proposal.decision, proposal.decided_at, proposal.decided_by = decision, at, by
    proposal.save(update_fields=["decision", "decided_at", "decided_by"])
    if decision == LapseProposal.Decision.POOL:
        set_owner(lead, None, by=by, at=at, recorded_at=at, reason="lapsed")
    else:
        lead.protected_from = lead.store.business_date(at)
        settle(lead)
        lead.save(update_fields=["protected_from", *SETTLED])
    return proposal
