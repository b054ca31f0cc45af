"""The beat's turns, also on a machine whose clock is put back (RELIABILITY 21)."""

import time

from celery import beat


class Scheduler(beat.Scheduler):
    """Celery keeps the next turns as moments: put back by an hour, its beat would be silent for an hour."""

    seen = 0.0

    def tick(self, *args, **kwargs) -> float:
        now = time.time()
        if now < self.seen:
            for entry in self.schedule.values():
                entry.last_run_at = entry.default_now()
            self._heap = None  # it is made anew from them
        self.seen = now
        return super().tick(*args, **kwargs)
