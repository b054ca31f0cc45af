"""The files and copies of imported rows hold personal data: they are kept for a month (MODEL section 2)."""

import datetime as dt

from accounts.models import Store
from leads.importing import forget_raw_rows
from leads.upload_files import forget_files

from .chunks import Counts


def forget_old(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Empty them, and delete the files; what the rows became stays, so nothing of the business changes."""
    forget_raw_rows(store, on=on)
    forget_files(store, on=on)
    return Counts()
