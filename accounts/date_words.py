"""Days and moments as people say them, in the reader's language: "Fri 13 Mar", 3月13日 周五."""

import datetime as dt

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from .wording import per_language

WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)


@per_language
def plain_day(on: dt.date, *, today: dt.date) -> str:
    """ "9 Mar"; with its year when that is not this one."""
    if on.year == today.year:
        return date_format(on, pgettext("day of this year", "j M"))
    return full_day(on)


def full_day(on: dt.date) -> str:
    """ "9 Mar 2026"."""
    return date_format(on, pgettext("day of another year", "j M Y"))


@per_language
def weekday_and_day(on: dt.date, *, today: dt.date) -> str:
    """ "Fri 13 Mar"."""
    parts = {"weekday": WEEKDAYS[on.weekday()], "day": plain_day(on, today=today)}
    return pgettext("weekday and day", "%(weekday)s %(day)s") % parts


def near_day(on: dt.date, *, today: dt.date) -> str:
    """ "Today", "Tomorrow" or "Yesterday", else the plain day."""
    match (on - today).days:
        case -1:
            return _("Yesterday")
        case 0:
            return _("Today")
        case 1:
            return _("Tomorrow")
    return plain_day(on, today=today)
