"""A clock that a test sets and several machines read: it may run fast, and be put on or back meanwhile."""

import datetime as dt
import json
import time
from pathlib import Path


class Clock:
    """Kept in a file; `tests.faults.clocked` is the application that goes by it."""

    def __init__(self, file: Path):
        self.file = file

    def set(self, moment: dt.datetime, *, speed: float = 1.0, after: float = 0.0) -> None:
        """It shows a moment and runs on from there, `speed` times as fast, once `after` seconds have gone."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps([moment.timestamp(), time.time() + after, speed]))
        fresh.replace(self.file)  # at once: nobody reads half of it

    def now(self) -> dt.datetime:
        """The moment it shows, UTC."""
        shown, since, speed = json.loads(self.file.read_text())
        return dt.datetime.fromtimestamp(shown + max(time.time() - since, 0) * speed, dt.UTC)
