"""Entries of the day before that look made up; their person is told (SPEC A42)."""

import datetime as dt

from accounts.models import Store
from accounts.sql import insert_new
from followups.models import Notice, Suspicion
from followups.notice_words import Kind
from followups.notices import tell_many
from followups.suspicions import found_on

from .chunks import Counts, long_transaction

DAY = dt.timedelta(days=1)


def find_suspicions(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """One row for each person, kind and day, and one notice; a second time writes nothing."""
    began = store.start_of_day(on)
    with long_transaction():
        rows = [
            Suspicion(store=store, user_id=user_id, kind=kind, figures=figures, on=on - DAY, found_at=began)
            for user_id, kind, figures in found_on(store, on - DAY)
        ]
        new = insert_new(rows, "user", "kind")
        tell_many(
            Notice(
                user_id=user_id,
                store=store,
                kind=Kind.SUSPICION,
                cause=f"suspicion:{store.pk}:{kind}:{on - DAY}",
                at=began,
            )
            for user_id, kind in new
        )
    return Counts(changed=len(new))
