"""The sweep: whoever wakes it, the database says which nights are due (DESIGN section 5)."""

import datetime as dt
import logging
import time

from django.conf import settings

from accounts.models import Store
from accounts.stopping import Stopping

from .models import Heartbeat
from .night import NightResult, run_night
from .night.chunks import describe

log = logging.getLogger(__name__)


def sweep_is_late(last_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether two sweeps in a row and a minute have passed without one; both moments in UTC."""
    return now - last_at > patience()


def patience() -> dt.timedelta:
    """How long one waits for a sweep before calling it late."""
    return dt.timedelta(seconds=2 * settings.SWEEP_SECONDS + 60)


def sweep(now: dt.datetime) -> dict[str, NightResult]:
    """Say that somebody sweeps, then run tonight's night of every store that has not had it.

    Safe at any hour, however late, and twice at once. A store whose night fails is logged and
    tried again by the next sweep; the others go on. Answers the results by store code.
    """
    started = time.monotonic()
    beat("sweep", now)
    results = {}
    for store in Store.objects.order_by("pk"):
        on = store.business_date(now)
        try:
            results[store.code] = run_night(store, on, now=now)
        except Stopping:
            log.info("night %s %s left to the next worker", store.code, on)
            raise
        except Exception as error:
            log.error("night %s %s failed: %s", store.code, on, describe(error))
    beat("swept", now + dt.timedelta(seconds=time.monotonic() - started))
    return results


def beat(name: str, now: dt.datetime) -> None:
    """Say that somebody was there: "sweep" at the begin of one, "swept" at its end."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})
