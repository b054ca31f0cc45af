"""A rule changed in a big store: its leads are brought in line by the worker, some at a time (SPEC GRD-13).

The row says what is still to do, so a killed worker loses nothing: whoever comes next goes on behind
the last lead. Small stores are done at once, in the request.
"""

import datetime as dt
import logging

from django.db import transaction

from accounts.models import Store, User
from leads.giving import LIVE
from leads.models import Lead

from .models import Rework

log = logging.getLogger(__name__)
AT_ONCE = 2_000  # open leads that a request brings in line by itself


def is_for_the_worker(store: Store) -> bool:
    """Whether a store has more open leads than one request should touch."""
    return _leads(store)[AT_ONCE : AT_ONCE + 1].exists()


def hand_over(store: Store, *, at: dt.datetime, profile: str = "", by: User | None = None) -> Rework:
    """Have the worker count all dates anew, and map the letters to `profile`; a work under way begins anew.

    Inside the transaction that changed the rule.
    """
    facts = {"at": at, "of": _leads(store).count(), "done": 0, "behind": 0, "finished_at": None}
    if profile:
        facts |= {"profile": profile, "by": by}
    rework, _new = Rework.objects.update_or_create(store=store, defaults=facts)
    transaction.on_commit(wake_worker)
    return rework


def under_way(store: Store) -> Rework | None:
    """What the worker still has to do for a store."""
    return Rework.objects.filter(store=store, finished_at=None).first()


def wake_worker() -> None:
    """Say that there is work; when the queue is down, the next sweep finds it."""
    from .tasks import rework

    try:
        rework.delay()
    except Exception as error:
        log.warning("the queue did not take the wake-up: %s", type(error).__name__)


def next_leads(rework: Rework, count: int) -> list[int]:
    """The next open leads behind the last one that was brought in line."""
    rest = _leads(rework.store).filter(pk__gt=rework.behind).order_by("pk")
    return list(rest.values_list("pk", flat=True)[:count])


def _leads(store: Store):
    return Lead.objects.filter(store=store, status__in=LIVE)
