"""A lead is set aside: what lost, dormant and invalid leads have in common (SPEC A67)."""

import datetime as dt

from .acts import write
from .log import record
from .models import Lead
from .ownership import overtake_proposals
from .protection import SETTLED, settle

SET_ASIDE = ("status", "void_reason", "wake_on", "version", *SETTLED)


def set_aside(
    lead: Lead,
    status: str,
    *,
    by,
    at: dt.datetime,
    now: dt.datetime,
    reason: str = "",
    data: dict | None = None,
    void_reason: str = "",
    wake_on: dt.date | None = None,
) -> Lead:
    """Take a lead out of the work; the caller holds its row.

    Cadence and protection end, an open lapse proposal is overtaken, and the listeners void what
    is open. `reason` is a code: an event holds no personal data.
    """
    before, lead.status = lead.status, status
    lead.void_reason, lead.wake_on = void_reason, wake_on
    lead.version += 1
    settle(lead)
    write(lead, *SET_ASIDE)
    if lead.owner_id:
        overtake_proposals(lead, at=now)
    record(
        lead,
        "status",
        at=at,
        recorded_at=now,
        by=by,
        from_value=before,
        to_value=status,
        reason=reason,
        data=data,
    )
    return lead
