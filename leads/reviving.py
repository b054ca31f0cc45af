"""A dormant, lost or invalid lead is live again (SPEC T31, T33, T41)."""

import datetime as dt

from .log import record
from .models import Lead
from .models.leads import Status
from .ownership import HANDED_OVER, hand_over, record_owner
from .protection import settle
from .steps import Step

REVIVED = ("status", "step", "step_entered_at", "void_reason", "wake_on", "revived", *HANDED_OVER)


def revive(lead: Lead, *, owner, by, at: dt.datetime, now: dt.datetime, source: str = "screen") -> Lead:
    """Make a lead active again at the same record; the caller holds its row.

    A dormant lead keeps its owner; a lost or invalid one goes to `owner`. An invalid lead starts
    again at reception. Its listeners open a cadence task due that day (SPEC A67).
    """
    status, step, had = lead.status, lead.step, lead.owner_id
    on = lead.store.business_date(at)
    _activate(lead, at=at)
    if status == Status.DORMANT and had:
        lead.protected_from = on
        lead.version += 1
        settle(lead)
    else:
        hand_over(lead, owner, on=on)
    lead.save(update_fields=REVIVED)
    facts = {"at": at, "recorded_at": now, "by": by, "source": source}
    if lead.step != step:
        codes = {"from_value": Step(step).code, "to_value": Step(lead.step).code}
        record(lead, "step", data={"skipped": [], "by_hand": False}, **codes, **facts)
    if lead.owner_id != had:
        record_owner(lead, had, **facts)
    record(lead, "status", from_value=status, to_value=lead.status, **facts)
    return lead


def _activate(lead: Lead, *, at: dt.datetime) -> None:
    if lead.status == Status.VOID:
        lead.step, lead.step_entered_at, lead.void_reason = Step.RECEPTION, at, ""
    lead.revived += lead.status != Status.DORMANT
    lead.status, lead.wake_on = Status.ACTIVE, None
