"""The one writer of the event log, and the ear of the higher floors (MODEL section 5)."""

import datetime as dt
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from .acts import insert
from .models import Lead, LeadEvent


@lru_cache(maxsize=1)
def _listeners(names: tuple[str, ...]) -> list:
    return [import_string(name) for name in names]


def record(
    lead: Lead,
    kind: str,
    *,
    at: dt.datetime,
    recorded_at: dt.datetime,
    by=None,
    source: str = "screen",
    from_value: object = "",
    to_value: object = "",
    reason: str = "",
    data: dict | None = None,
    undoes_id: int | None = None,
) -> LeadEvent:
    """Write what happened (`at`) and when we knew it (`recorded_at`), then tell the listeners.

    Codes, ids and numbers only: no personal data may stand in an event. Inside an act it is written
    at its end: the listeners hear it now, before it has a number.
    """
    event = LeadEvent(
        lead=lead,
        store_id=lead.store_id,
        kind=kind,
        at=at,
        recorded_at=recorded_at,
        by=by,
        source=source,
        from_value=str(from_value),
        to_value=str(to_value),
        reason=reason,
        data=data or {},
        undoes_id=undoes_id,
    )
    insert(lead, event)
    for listener in _listeners(tuple(settings.LEAD_LISTENERS)):
        listener(lead, event)
    return event
