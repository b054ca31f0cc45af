"""Working days of a person: the store is open and the person is neither off nor absent (SPEC A61)."""

import datetime as dt
from collections.abc import Iterator

from .models import DayOff, Store
from .rules import is_open_on

# A store closed for a whole year has no working day worth waiting for.
HORIZON_DAYS = 366


class Calendar:
    """The days off of a store's people, read once for a whole night or import."""

    def __init__(self, store: Store):
        self.store = store
        self.weekly: dict[int, set[int]] = {}
        self.dated: dict[int, dict[dt.date, DayOff]] = {}
        for row in DayOff.objects.filter(store=store):
            if row.on:
                self.dated.setdefault(row.user_id, {})[row.on] = row
            elif row.off:
                self.weekly.setdefault(row.user_id, set()).add(row.weekday)

    def works(self, user_id: int, on: dt.date) -> bool:
        if not is_open_on(self.store, on):
            return False
        dated = self.dated.get(user_id, {}).get(on)
        if dated:
            return not dated.off
        return on.weekday() not in self.weekly.get(user_id, ())

    def is_absent(self, user_id: int, on: dt.date) -> bool:
        """Leave, not a weekly day off: holds a lapse back (SPEC A69)."""
        dated = self.dated.get(user_id, {}).get(on)
        return bool(dated and dated.absence)

    def working_days(self, user_id: int, start: dt.date) -> Iterator[dt.date]:
        """Endless working days from `start` on; a person with none gets calendar days."""
        never = not any(self.works(user_id, start + dt.timedelta(days=n)) for n in range(HORIZON_DAYS))
        on = start
        while True:
            if never or self.works(user_id, on):
                yield on
            on += dt.timedelta(days=1)
