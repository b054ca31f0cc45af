"""Three stores in three zones with work of every kind before them, and all that became of it."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction

from accounts.rules import set_setting
from followups.models import Contact, NightlyRun, Notice, Outbox, Task
from followups.notice_words import Kind
from followups.outbox.sending import send_due
from followups.outbox.thanks import queue_thanks
from followups.tasks import sweep_all
from followups.telling import tell_what_happened
from leads.models import Lead, LeadEvent
from tests.conftest import at
from tests.factories import CustomerFactory, LeadFactory, PhoneFactory, make_person, make_store
from tests.faults.machines import PATIENCE, wait_for
from tests.followups.outbox import make_customer, queued
from tests.followups.telling import put_in_team
from tests.followups.worked_leads import make_lead

ZONES = {
    "east": ("Asia/Shanghai", "CN"),
    "mitte": ("Europe/Berlin", "DE"),
    "york": ("America/New_York", "US"),
}
LEADS = 10  # of each kind in each store
TODAY = dt.date(2026, 3, 12)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


def stores() -> list:
    return [make_store(code, zone=zone, country=country) for code, (zone, country) in ZONES.items()]


def staffed(store):
    """A consultant of the store, with a supervisor and a manager above."""
    seller, sun, _chen = (
        make_person(store, f"{store.code}_{name}", name, role)
        for name, role in (("li", "consultant"), ("sun", "supervisor"), ("chen", "manager"))
    )
    put_in_team(store, sun, seller)
    return seller


def work_for_the_night(store, seller) -> None:
    """Calls of yesterday and of last week that nobody made, sleepers that wake and birthdays tomorrow."""
    tomorrow, midnight = TODAY + DAY, store.start_of_day(TODAY - DAY)
    done = {"state": "done", "started_at": midnight, "lease_until": midnight}
    NightlyRun.objects.create(store=store, on=TODAY - DAY, **done)
    for n in range(LEADS):
        make_lead(store, seller, "H", visited="2026-03-05 10:00", due="2026-03-12")
        make_lead(store, seller, "A", visited="2026-03-01 10:00", due="2026-03-06")
        asleep = CustomerFactory(group=store.group, number=20_000_000 + n)
        LeadFactory(
            store=store, customer=asleep, owner=seller, grade="B", status="dormant", wake_on=tomorrow,
            last_contact_at=at("2026-03-01 10:00"),
        )  # fmt: skip
        born = make_lead(store, seller, "C", visited="2026-03-10 10:00")
        PhoneFactory(customer=born.customer)
        born.customer.birthday = tomorrow.replace(year=1990)
        born.customer.save()


def enquiries(store, seller, since: dt.datetime) -> None:
    """First calls, one a minute, that nobody makes."""
    for n in range(LEADS):
        lead = make_lead(store, seller, "B", visited="2026-03-10 10:00")
        due_at = since + n * MINUTE
        Task.objects.create(
            store=store, lead=lead, kind="ladder", assignee=seller, due_at=due_at, due_on=TODAY,
            cause=f"ladder:test:{lead.pk}", why_args={"rung": 1, "since": due_at.isoformat()},
        )  # fmt: skip


def messages(store, seller, since: dt.datetime, *, each: int = LEADS) -> None:
    """Thanks that the machine says at once, and messages that go out one a minute."""
    set_setting(store, "thank_you_by", "sms", by=None, at=since)
    for n in range(each):
        thanked, waits = (
            make_customer(store, seller, number=f"+12125550{100 * kind + n:03}", address="")
            for kind in (1, 2)
        )
        due_at = since + n * MINUTE
        Task.objects.create(
            store=store, lead=thanked, kind="thank_you", assignee=seller, due_at=due_at,
            due_on=store.business_date(due_at), cause=f"thank_you:test:{thanked.pk}",
        )  # fmt: skip
        queued(waits, key=f"waits:{waits.pk}", now=since, not_before=due_at)


def by_one_hand(moments: Iterable[dt.datetime]) -> dict[str, list]:
    """What is there when the beat's tasks are done at these moments, one by one; nothing of it stays."""
    with transaction.atomic():
        for now in moments:
            sweep_all(now)
            tell_what_happened(now)
            queue_thanks(now)
            send_due(lambda moment=now: moment)
        state = everything()
        transaction.set_rollback(True)
    return state


def minutes(begins: dt.datetime, ends: dt.datetime, step: int) -> list[dt.datetime]:
    """From a moment to another, both with them, every so many minutes."""
    return [begins + n * MINUTE for n in range(0, (ends - begins) // MINUTE + 1, step)]


def everything() -> dict[str, list]:
    """All that beat and worker are there to write, row by row, without ids and moments of their own."""
    return {
        "tasks": _rows(Task, "lead", "kind", "cause", "state", "due_on", "missed_on", "told_up"),
        "leads": _rows(Lead, "pk", "status", "owner", "grade", "next_due_on", "lapses_on", "wake_on"),
        "events": _rows(LeadEvent, "lead", "kind", "from_value", "to_value"),
        # Whether the first backup comes before the first look for one is chance.
        "notices": _rows(Notice, "user", "kind", "lead", but={"kind": Kind.BACKUP_LATE}),
        "messages": _rows(Outbox, "key", "state", "reason"),
        "contacts": _rows(Contact, "lead", "kind"),
        "nights": _rows(NightlyRun, "store__code", "on", "state"),
    }


def _rows(model, *names: str, but: dict | None = None) -> list[tuple]:
    rows = model.objects.exclude(**but) if but else model.objects.all()
    return list(rows.values_list(*names))


def differences(expected: dict[str, list]) -> dict[str, tuple]:
    """By table: the rows that are missing, and those that are too many."""
    found = {}
    for name, rows in everything().items():
        here, wanted = Counter(rows), Counter(expected[name])
        if here != wanted:
            found[name] = (list((wanted - here).elements()), list((here - wanted).elements()))
    return found


def until_all_is(expected: dict[str, list], seconds: float = PATIENCE) -> float:
    """Wait until all that is there is what is expected; answers the seconds it took."""
    began = time.monotonic()
    with suppress(AssertionError):
        wait_for(lambda: not differences(expected), seconds)
    left = differences(expected)
    assert not left, left
    return time.monotonic() - began
