"""Three stores over the days of 2026-27 on which the clocks of Berlin and New York change."""

import datetime as dt
from itertools import count

import pytest

from followups.cadence import cadence_date, open_cadence
from leads.protection import settle
from tests.conftest import at
from tests.factories import CustomerFactory, LeadFactory

ZONES = {
    "shanghai": ("Asia/Shanghai", "CN"),
    "berlin": ("Europe/Berlin", "DE"),
    "new_york": ("America/New_York", "US"),
}
# A store day: its first instant, the last second of its last minute, and how many hours it has.
DAYS = {
    ("shanghai", "2026-10-25"): ("2026-10-24 16:00:00", "2026-10-25 15:59:59", 24),
    ("berlin", "2026-10-25"): ("2026-10-24 22:00:00", "2026-10-25 22:59:59", 25),
    ("new_york", "2026-10-25"): ("2026-10-25 04:00:00", "2026-10-26 03:59:59", 24),
    ("shanghai", "2026-11-01"): ("2026-10-31 16:00:00", "2026-11-01 15:59:59", 24),
    ("berlin", "2026-11-01"): ("2026-10-31 23:00:00", "2026-11-01 22:59:59", 24),
    ("new_york", "2026-11-01"): ("2026-11-01 04:00:00", "2026-11-02 04:59:59", 25),
    ("shanghai", "2027-03-14"): ("2027-03-13 16:00:00", "2027-03-14 15:59:59", 24),
    ("berlin", "2027-03-14"): ("2027-03-13 23:00:00", "2027-03-14 22:59:59", 24),
    ("new_york", "2027-03-14"): ("2027-03-14 05:00:00", "2027-03-15 03:59:59", 23),
    ("shanghai", "2027-03-28"): ("2027-03-27 16:00:00", "2027-03-28 15:59:59", 24),
    ("berlin", "2027-03-28"): ("2027-03-27 23:00:00", "2027-03-28 21:59:59", 23),
    ("new_york", "2027-03-28"): ("2027-03-28 04:00:00", "2027-03-29 03:59:59", 24),
}
# The four that are longer or shorter, and Shanghai beside them.
TURNS = [key for key, (_first, _last, hours) in DAYS.items() if hours != 24 or key[0] == "shanghai"]
# What the short suite asks: a long day, a short one, and one as always.
SHORT = {("berlin", "2026-10-25"), ("new_york", "2027-03-14"), ("shanghai", "2026-10-25")}
NUMBERS = count(20_000_000)  # out of the way of the factories
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)


def over(keys):
    """A test for each store and day of them; the short suite asks those of SHORT."""
    rest = pytest.mark.thorough
    return pytest.mark.parametrize(
        ("where", "on"), [pytest.param(*key, marks=() if key in SHORT else rest) for key in keys]
    )


def utc(text: str) -> dt.datetime:
    return at(text, dt.UTC)


def day(text: str, *, days: int = 0) -> dt.date:
    return dt.date.fromisoformat(text) + dt.timedelta(days=days)


def here(store, on: dt.date | str, clock: str) -> dt.datetime:
    """The instant at which the clock on the store's wall shows so; of an hour that comes twice the first."""
    return at(f"{on} {clock}", store.zone)


def shown(store, moment: dt.datetime) -> str:
    """What the clock on the store's wall shows."""
    return f"{moment.astimezone(store.zone):%Y-%m-%d %H:%M:%S}"


def lead_of(store, owner, grade="B", *, visited=None, contacted=None, due=None, **facts):
    """An active lead with its cadence task; `visited` and `contacted` are instants, `due` a store day."""
    facts.setdefault("created_at", visited or contacted or here(store, "2026-10-01", "10:00"))
    customer = facts.pop("customer", None) or CustomerFactory(group=store.group, number=next(NUMBERS))
    lead = LeadFactory(
        store=store, customer=customer, owner=owner, grade=grade,
        last_visit_at=visited, last_contact_at=contacted, **facts,
    )  # fmt: skip
    settle(lead)
    open_cadence(lead, due or cadence_date(lead), cause=f"test:{lead.pk}")
    return lead
