"""A dormant, lost or invalid lead is live again (SPEC T31, T33, T41)."""

import datetime as dt

from .log import record
from .models import Lead
from .models.leads import Status
from .ownership import set_owner
from .protection import SETTLED, settle
from .steps import Step


def revive(lead: Lead, *, owner, by, at: dt.datetime, now: dt.datetime, source: str = "screen") -> Lead:
    """Make a lead active again at the same record; the caller holds its row.

    A dormant lead keeps its owner; a lost or invalid one goes to `owner`. An invalid lead starts
    again at reception. Its listeners open a cadence task due that day (SPEC A67).
    """
    before, stood_at = lead.status, lead.step
    if before == Status.VOID:
        lead.step, lead.step_entered_at, lead.void_reason = Step.RECEPTION, at, ""
    lead.status, lead.wake_on = Status.ACTIVE, None
    lead.revived += before != Status.DORMANT
    lead.protected_from = lead.store.business_date(at)
    lead.version += 1
    settle(lead)
    lead.save(
        update_fields=[
            "status",
            "step",
            "step_entered_at",
            "void_reason",
            "wake_on",
            "revived",
            "protected_from",
            "version",
            *SETTLED,
        ]
    )
    if lead.step != stood_at:
        record(
            lead,
            "step",
            at=at,
            recorded_at=now,
            by=by,
            source=source,
            from_value=Step(stood_at).code,
            to_value=Step(lead.step).code,
            data={"skipped": [], "by_hand": False},
        )
    record(
        lead,
        "status",
        at=at,
        recorded_at=now,
        by=by,
        source=source,
        from_value=before,
        to_value=Status.ACTIVE,
    )
    if before != Status.DORMANT or lead.owner_id is None:
        set_owner(lead, owner, by=by, at=at, recorded_at=now, source=source)
    return lead
