"""A beat whose machine's clock is put back goes on with its turns (RELIABILITY 21)."""

import datetime as dt

import time_machine

from dealer_crm.beat import Scheduler
from dealer_crm.celery import app

NOW = dt.datetime(2026, 3, 12, 2, 0, tzinfo=dt.UTC)
TURN = dt.timedelta(seconds=300)  # the longest interval of the schedule


class Noting(Scheduler):
    """It notes what it would send."""

    def __init__(self, *args, **kwargs):
        self.sent = []
        super().__init__(*args, **kwargs)

    def apply_entry(self, entry, producer=None):
        self.sent.append(entry.name)

    def turn(self) -> list[str]:
        """All that is due now."""
        self.sent = []
        while not self.tick():
            pass
        return sorted(self.sent)


def test_put_back_by_an_hour_or_a_day_it_wakes_at_its_next_turn():
    everything = sorted(app.conf.beat_schedule)
    with time_machine.travel(NOW, tick=False) as clock:
        beat = Noting(app=app)
        assert beat.turn() == []
        for back in (dt.timedelta(), dt.timedelta(hours=1), dt.timedelta(days=1)):
            clock.shift(-back)
            assert beat.turn() == []
            clock.shift(TURN)
            assert beat.turn() == everything


def test_put_on_by_a_day_it_wakes_once():
    with time_machine.travel(NOW, tick=False) as clock:
        beat = Noting(app=app)
        clock.shift(dt.timedelta(days=1))
        assert beat.turn() == sorted(app.conf.beat_schedule)
        assert beat.turn() == []
