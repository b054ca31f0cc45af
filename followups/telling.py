"""What the sweep tells people of, beside what the verbs tell at once (PDCA-14, A19)."""

import datetime as dt
import logging

from django.db.models import QuerySet

from accounts.models import Store

from .asking import ask_for_the_day
from .causes import tell_of_events
from .digest import tell_of_the_day
from .escalation import tell_of_enquiries
from .models import NightlyRun
from .night.chunks import describe

OF_THE_DAY = (tell_of_the_day, ask_for_the_day)  # counts, which are whole once the night is

log = logging.getLogger(__name__)


def tell_what_is_due(now: dt.datetime) -> None:
    """Every part for every store; safe at any hour and twice at once. What fails is tried again.

    The counts of a day wait for a night that somebody is just doing.
    """
    stores = Store.objects.order_by("pk")
    at_it = NightlyRun.objects.filter(state=NightlyRun.State.RUNNING, lease_until__gt=now)
    _tell(stores, (tell_of_enquiries,), now)
    _tell(stores.exclude(pk__in=at_it.values("store")), OF_THE_DAY, now)


def tell_what_happened(now: dt.datetime) -> None:
    """The same of what others did, every minute: some of it is urgent."""
    _tell(Store.objects.order_by("pk"), (tell_of_events,), now)


def _tell(stores: QuerySet[Store], parts: tuple, now: dt.datetime) -> None:
    for store in stores:
        for part in parts:
            try:
                part(store, now=now)
            except Exception as error:
                log.error("%s %s failed: %s", part.__name__, store.code, describe(error))
