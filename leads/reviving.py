"""A dormant, lost or invalid lead is live again (SPEC T31, T33, T41)."""

import datetime as dt

from .acts import write
from .log import record
from .models import Lead, LostRecord
from .models.leads import Status
from .ownership import HANDED_OVER, hand_over, record_owner
from .protection import settle
from .steps import Step

REVIVED = ("status", "step", "step_entered_at", "void_reason", "wake_on", "revived", *HANDED_OVER)
STILL_THE_OWNERS = (Status.DORMANT, Status.LOST_PENDING)


def revive(
    lead: Lead,
    *,
    owner,
    by,
    at: dt.datetime,
    now: dt.datetime,
    source: str = "screen",
    reason: str = "",
    came: bool = True,
) -> Lead:
    """Make a lead active again at the same record; the caller holds its row.

    A dormant lead keeps its owner, and so does one whose loss nobody confirmed: that record is taken
    back. A lost or invalid one goes to `owner`. An invalid one whose customer `came` starts again
    at reception. The listeners open a cadence task due that day (SPEC A67).
    """
    status, step, had = lead.status, lead.step, lead.owner_id
    was = {"void_reason": lead.void_reason} if lead.void_reason else {}
    if lead.wake_on:
        was["wake_on"] = lead.wake_on.isoformat()
    on = lead.store.business_date(at)
    if status == Status.LOST_PENDING:
        _take_back_the_loss(lead, by=by, now=now)
    _activate(lead, at=at, came=came)
    if status in STILL_THE_OWNERS and had:
        lead.protected_from = on
        lead.version += 1
        settle(lead)
    else:
        hand_over(lead, owner, on=on)
    write(lead, *REVIVED)
    facts = {"at": at, "recorded_at": now, "by": by, "source": source}
    if lead.step != step:
        codes = {"from_value": Step(step).code, "to_value": Step(lead.step).code}
        record(lead, "step", data={"skipped": [], "by_hand": False}, **codes, **facts)
    if lead.owner_id != had:
        record_owner(lead, had, **facts)
    record(lead, "status", from_value=status, to_value=lead.status, reason=reason, data=was, **facts)
    return lead


def _take_back_the_loss(lead: Lead, *, by, now: dt.datetime) -> None:
    """The customer is here: nobody is to confirm that he is gone."""
    undecided = LostRecord.objects.filter(lead=lead, decision="")
    undecided.update(decision=LostRecord.Decision.UNDONE, decided_at=now, decided_by=by)


def _activate(lead: Lead, *, at: dt.datetime, came: bool) -> None:
    if lead.status == Status.VOID:
        lead.void_reason = ""
        if came:
            lead.step, lead.step_entered_at = Step.RECEPTION, at
    lead.revived += lead.status not in STILL_THE_OWNERS
    lead.status, lead.wake_on = Status.ACTIVE, None
