"""The reminder of the first minutes: look freely, then the receiver goes up (SPEC RECP-15)."""

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Store
from accounts.rules import setting
from leads.models import Evidence, LeadEvent

from .models import NeedsReport, Visit


def look_freely(store: Store) -> dt.timedelta:
    """How long a customer looks round before the receiver is reminded."""
    return dt.timedelta(minutes=setting(store, "look_freely_minutes"))


def with_what_is_logged(visits: QuerySet) -> QuerySet:
    """Visits, each with whether anything is logged for its customer since the arrival (`is_logged`)."""
    since = LeadEvent.objects.filter(lead=OuterRef("lead_id"), recorded_at__gt=OuterRef("recorded_at"))
    proof = Evidence.objects.filter(lead=OuterRef("lead_id"), at__gt=OuterRef("arrived_at"))
    asked = NeedsReport.objects.filter(visit=OuterRef("pk"))
    return visits.annotate(is_logged=Exists(since) | Exists(proof) | Exists(asked))


def is_due(visit: Visit, *, now: dt.datetime) -> bool:
    """Whether the receiver should go up at an instant (UTC): of a row of `with_what_is_logged`."""
    counts = visit.kind != Visit.Kind.OTHER_BUSINESS and visit.left_at is None
    begun = visit.approached_at or visit.manager_met_at or visit.hot_signals or visit.is_logged
    return counts and not begun and now >= visit.arrived_at + look_freely(visit.store)
