"""Opening hours as working time: only a call-back and the call ladder wait for them (SPEC A61)."""

import datetime as dt

from .models import Store
from .rules import is_open_on, opening

FURTHEST = 400  # days to look ahead: a store that never opens has no duty hours


def after_duty_minutes(store: Store, at: dt.datetime, minutes: int) -> dt.datetime:
    """The moment (UTC) at which so many minutes of opening hours have passed since `at`.

    Open 09:00-19:00: thirty minutes after 18:50 are 09:20 of the next open day. In a store that
    never opens the clock simply runs.
    """
    left = dt.timedelta(minutes=minutes)
    on = store.business_date(at)
    for _day in range(FURTHEST):
        if is_open_on(store, on):
            opens, closes = opening(store, on)
            begins = max(at, opens)
            if closes - begins >= left:
                return begins + left
            left -= max(closes - begins, dt.timedelta())
        on += dt.timedelta(days=1)
    return at + dt.timedelta(minutes=minutes)


def before_duty_minutes(store: Store, now: dt.datetime, minutes: int) -> dt.datetime:
    """The last moment (UTC) from which so many minutes of opening hours, at least one, have passed at `now`.

    `after_duty_minutes(store, at, minutes) <= now` for every `at` up to it, and for none after it.
    """
    left = dt.timedelta(minutes=minutes)
    on = store.business_date(now)
    for _day in range(FURTHEST):
        if is_open_on(store, on):
            opens, closes = opening(store, on)
            ends = min(now, closes)
            if ends - opens >= left:
                return ends - left
            left -= max(ends - opens, dt.timedelta())
        on -= dt.timedelta(days=1)
    return now - dt.timedelta(minutes=minutes)


def open_day_from(store: Store, on: dt.date) -> dt.date:
    """The first day, from a day on, on which the store opens; that day itself in one that never does."""
    days = (on + dt.timedelta(days=n) for n in range(FURTHEST))
    return next((day for day in days if is_open_on(store, day)), on)
