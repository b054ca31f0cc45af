"""When a timer is due: exact durations and days of the store, as pure functions (SPEC 18, A61, A62).

No due time moves for opening hours, closing days or days off. Two kinds only count opening (duty)
hours, the call-back and the call ladder; quiet hours hold the sending of a message, not its due time.
"""

import datetime as dt

from accounts.duty import after_duty_minutes
from accounts.models import Store
from accounts.rules import setting

from .task_kinds import TASK_KINDS, TaskKind

MINUTE = dt.timedelta(minutes=1)


def after(kind: TaskKind, store: Store, since: dt.datetime, duration: dt.timedelta) -> dt.datetime:
    """So long after an instant (UTC); of a kind that waits for the store, so much opening time (A61)."""
    if TASK_KINDS[kind].in_opening_hours:
        return after_duty_minutes(store, since, duration // MINUTE)
    return since + duration


def thank_you_due(store: Store, ended_at: dt.datetime) -> dt.datetime:
    """`thank_you_minutes` after leaving or the end of a call (SPEC CAD-05, S12)."""
    return after(TaskKind.THANK_YOU, store, ended_at, setting(store, "thank_you_minutes") * MINUTE)


def day_after_due(store: Store, ended_at: dt.datetime) -> dt.datetime:
    """`follow_up_hours` after leaving or the end of a call (SPEC CAD-06)."""
    return after(TaskKind.DAY_AFTER, store, ended_at, 60 * setting(store, "follow_up_hours") * MINUTE)


def call_back_due(store: Store, called_at: dt.datetime) -> dt.datetime:
    """`call_back_minutes` of opening time after the call (SPEC CALL-03, S05)."""
    return after(TaskKind.CALL_BACK, store, called_at, setting(store, "call_back_minutes") * MINUTE)


def top_up_due(store: Store, received_at: dt.datetime) -> dt.datetime:
    """`top_up_hours` after a part of the deposit (SPEC DEP-03, K12, S27)."""
    return after(TaskKind.TOP_UP, store, received_at, 60 * setting(store, "top_up_hours") * MINUTE)


def hold_end_due(store: Store, received_on: dt.date) -> dt.datetime:
    """The end of the last day that a whole deposit keeps the car (SPEC DEP-04)."""
    return store.end_of_day(received_on + dt.timedelta(days=setting(store, "deposit_hold_days")))


def approval_due(store: Store, asked_at: dt.datetime) -> dt.datetime:
    """The end of the store day on which a discount is to be approved (SPEC QUOT-10)."""
    return store.end_of_day(store.business_date(asked_at))


def delivery_due(store: Store, announced_on: dt.date) -> dt.datetime:
    """The end of the announced day (SPEC DELV-01)."""
    return store.end_of_day(announced_on)


def week_call_due(store: Store, delivered_on: dt.date) -> dt.datetime:
    """The end of the day `week_call_days` after delivery (SPEC FUP-01)."""
    return store.end_of_day(delivered_on + dt.timedelta(days=setting(store, "week_call_days")))


def first_maintenance_due(store: Store, logged_on: dt.date) -> dt.datetime:
    """The end of the day of the first maintenance (SPEC FUP-02)."""
    return store.end_of_day(logged_on)


def birthday_in(year: int, born_on: dt.date) -> dt.date:
    """The birthday in a year; 29 February is the 28th in an ordinary one (SPEC CARD-11)."""
    if (born_on.month, born_on.day) == (2, 29):
        return dt.date(year, 3, 1) - dt.timedelta(days=1)
    return born_on.replace(year=year)


def birthday_due(store: Store, on: dt.date) -> dt.datetime:
    """`birthday_at`, store time, on a birthday (SPEC CARD-11)."""
    return store.at_local(on, dt.time.fromisoformat(setting(store, "birthday_at")))
