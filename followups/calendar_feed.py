"""One's own due dates in the calendar of one's phone, by a private address that tells no customer's name.

A name on a lock screen is told to everybody who looks at it (SPEC A43): an entry carries the kind of
work, the lead's number and the way to it.
"""

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Iterator

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.devices import hash_of
from accounts.models import Store, User
from leads.models.terms import GRADE_RANK

from .models import Appointment, CalendarFeed, Task

AHEAD = dt.timedelta(days=30)
QUARTER, HOUR, DAY = dt.timedelta(minutes=15), dt.timedelta(hours=1), dt.timedelta(days=1)


def open_feed(user: User, *, now: dt.datetime) -> str:
    """A new secret for the address; the one before ends. It is told this once, and kept as a hash."""
    token = secrets.token_urlsafe(24)
    facts = {"token_hash": hash_of(token), "made_at": now}
    CalendarFeed.objects.update_or_create(user=user, defaults=facts)
    return token


def end_feed(user: User) -> None:
    """The address of a person answers nothing from now on."""
    CalendarFeed.objects.filter(user=user).delete()


def reader_of(token: str) -> User | None:
    """Whose calendar a secret opens; None for an unknown one, and for who no longer works here."""
    feed = CalendarFeed.objects.filter(token_hash=hash_of(token)).select_related("user").first()
    return feed.user if feed and feed.user.is_active and feed.user.current_memberships else None


def feed(user: User, *, now: dt.datetime, site: str) -> bytes:
    """The calendar (RFC 5545) in the person's language, as of `now` (UTC): today and 30 days ahead.

    What has an hour is an entry of its own; what is due some time of a day is counted in one entry for
    the whole day, and what is overdue stands on today's. `site` begins every address, "https://...".
    """
    from icalendar import Calendar

    with translation.override(user.language):
        calendar = Calendar()
        calendar.add("prodid", "-//Dealer CRM//Due dates//EN")
        calendar.add("version", "2.0")
        calendar.add("x-wr-calname", _("Dealer CRM, due dates"))
        for store in {m.store_id: m.store for m in user.current_memberships}.values():
            for entry in _entries(user, store, now):
                calendar.add_component(_event(entry, now=now, site=site))
        return calendar.to_ical()


def _entries(user: User, store: Store, now: dt.datetime) -> Iterator[dict]:
    until = now + AHEAD
    tasks = (
        Task.objects.filter(store=store, assignee=user, state=Task.State.OPEN, due_at__lte=until)
        .select_related("lead")
        .order_by("due_at", "id")
    )
    grades: dict[dt.date, Counter] = {}
    today = store.business_date(now)
    for task in tasks:
        if task.due_at == store.end_of_day(task.due_on):
            counted = grades.setdefault(max(task.due_on, today), Counter())
            counted[task.lead.grade if task.lead else ""] += 1
        else:
            yield _hour(task, max(task.due_at, now))
    yield from (_whole_day(store, on, counted) for on, counted in grades.items())
    yield from map(_meeting, _planned(user, store, now, until))


def _planned(user: User, store: Store, now: dt.datetime, until: dt.datetime):
    planned = Appointment.objects.filter(
        store=store,
        state=Appointment.State.PLANNED,
        lead__owner=user,
        at__gte=store.start_of_day(store.business_date(now)),
        at__lte=until,
    )
    return planned.select_related("lead").order_by("at", "id")


def _hour(task: Task, due_at: dt.datetime) -> dict:
    number = task.lead.number if task.lead else ""
    return {
        "uid": f"task-{task.pk}",
        "start": due_at - QUARTER,
        "end": due_at,
        "says": " ".join(filter(None, (task.get_kind_display(), number))),
        "path": reverse("leads:card", args=[number]) if number else reverse("home"),
    }


def _whole_day(store: Store, on: dt.date, grades: Counter) -> dict:
    count = sum(grades.values())
    ranked = sorted(grades.items(), key=lambda item: GRADE_RANK.get(item[0], len(GRADE_RANK)))
    parts = ", ".join(f"{grade} {n}" for grade, n in ranked if grade and grade != "none")
    says = ngettext("%(count)s to call", "%(count)s to call", count) % {"count": count}
    return {
        "uid": f"day-{store.pk}-{on.isoformat()}",
        "start": on,
        "end": on + DAY,
        "says": f"{says}: {parts}" if parts else says,
        "path": reverse("home"),
    }


def _meeting(planned: Appointment) -> dict:
    return {
        "uid": f"appointment-{planned.pk}",
        "start": planned.at,
        "end": planned.at + HOUR,
        "says": f"{planned.get_kind_display()} {planned.lead.number}",
        "path": reverse("leads:card", args=[planned.lead.number]),
    }


def _event(entry: dict, *, now: dt.datetime, site: str):
    from icalendar import Event

    event = Event()
    event.add("uid", f"{entry['uid']}@dealer-crm")
    event.add("dtstamp", now)
    event.add("dtstart", entry["start"])
    event.add("dtend", entry["end"])
    event.add("summary", entry["says"])
    event.add("url", site + entry["path"])
    return event
