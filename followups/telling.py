"""What the sweep tells people of, beside what the verbs tell at once (PDCA-14, A19)."""

import datetime as dt
import logging

from accounts.models import Store

from .asking import ask_for_the_day
from .causes import tell_of_events
from .digest import tell_of_the_day
from .escalation import tell_of_enquiries
from .night.chunks import describe

PARTS = (tell_of_enquiries, tell_of_the_day, ask_for_the_day)

log = logging.getLogger(__name__)


def tell_what_is_due(now: dt.datetime) -> None:
    """Every part for every store; safe at any hour and twice at once. What fails is tried again."""
    _tell(PARTS, now)


def tell_what_happened(now: dt.datetime) -> None:
    """The same of what others did, every minute: some of it is urgent."""
    _tell((tell_of_events,), now)


def _tell(parts: tuple, now: dt.datetime) -> None:
    for store in Store.objects.order_by("pk"):
        for part in parts:
            try:
                part(store, now=now)
            except Exception as error:
                log.error("%s %s failed: %s", part.__name__, store.code, describe(error))
