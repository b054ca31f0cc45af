"""The worker's part of a changed rule: chunk by chunk, each a short transaction."""

import datetime as dt
import logging
from collections.abc import Callable

from django.db import OperationalError, transaction

from accounts.stopping import is_stopping

from .models import Rework
from .profiles import Profile, remap
from .redating import redate_some
from .rework import next_leads

log = logging.getLogger(__name__)
CHUNK = 200  # leads of one transaction


def run_reworks(now: dt.datetime) -> int:
    """Bring the leads of every store in line whose rules changed; answers how many chunks it did.

    Safe at any time, and twice at once: a chunk is done by whoever holds the row.
    """
    open_ones = Rework.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True)
    done = 0
    for pk in list(open_ones):
        while not is_stopping() and _chunk(pk, now):
            done += 1
    return done


@transaction.atomic
def _chunk(pk: int, now: dt.datetime) -> bool:
    """The next leads of a work; false when it is done, or somebody else holds it."""
    rows = Rework.objects.select_for_update(skip_locked=True, of=("self",)).filter(finished_at=None)
    rework = rows.select_related("store", "by").filter(pk=pk).first()
    if rework is None:
        return False
    ids = next_leads(rework, CHUNK)
    if not ids:
        rework.finished_at, rework.profile = now, ""
        rework.save(update_fields=["finished_at", "profile"])
        return False
    _each(ids, lambda some: _bring_in_line(rework, some, now))
    rework.behind, rework.done = ids[-1], rework.done + len(ids)
    rework.save(update_fields=["behind", "done"])
    return True


def _bring_in_line(rework: Rework, ids: list[int], now: dt.datetime) -> None:
    redate_some(rework.store, ids, rework.store.business_date(now))
    if rework.profile:
        profile = Profile(rework.store, rework.profile)
        remap(ids, profile, rework.profile, by=rework.by, at=rework.at)


def _each(ids: list[int], work: Callable[[list[int]], None]) -> None:
    """The work for all of them; around a lead that fails, which is logged and left as it is."""
    try:
        with transaction.atomic():
            work(ids)
    except OperationalError:
        raise
    except Exception as error:
        if len(ids) == 1:
            log.error("rework: lead %d: %s", ids[0], type(error).__name__)
            return
        half = len(ids) // 2
        _each(ids[:half], work)
        _each(ids[half:], work)
