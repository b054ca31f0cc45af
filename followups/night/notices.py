"""What was read of the bell is kept for a while, not for ever; what nobody read stays."""

import datetime as dt

from accounts.models import Store
from followups.models import Notice

from .chunks import Counts

KEPT = dt.timedelta(days=90)


def forget_read(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Delete read notices from before the last 90 store days; nothing of the business changes."""
    people = store.memberships.values("user_id")  # by their index, whatever the table holds
    old = Notice.objects.filter(user__in=people, store=store, at__lt=store.start_of_day(on - KEPT))
    old.filter(read_at__isnull=False).delete()
    return Counts()
