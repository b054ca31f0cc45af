"""Quiet hours hold the sending, never a due time (SPEC A61)."""

import datetime as dt

from accounts.models import Store
from accounts.rules import setting


def sending_from(store: Store, at: dt.datetime) -> dt.datetime:
    """The first moment from `at` on, both in UTC, at which the store lets a message go out."""
    local = at.astimezone(store.zone)
    until, since = (dt.time.fromisoformat(setting(store, key)) for key in ("quiet_until", "quiet_from"))
    if local.time() < until:
        return store.at_local(local.date(), until)
    if local.time() >= since:
        return store.at_local(local.date() + dt.timedelta(days=1), until)
    return at
