"""One's own due dates in the calendar of a phone, by a secret address (SPEC A43, A61, A62)."""

import datetime as dt

import pytest
from django.urls import reverse
from icalendar import Calendar

from accounts.people import let_go
from followups.calendar_feed import end_feed, feed, open_feed
from followups.models import Appointment, CalendarFeed, Task
from leads.models import Customer
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 08:30")
SITE = "https://crm.example"


def entries(user, now=NOW) -> list[tuple]:
    """Start, summary and address path of every entry."""
    events = Calendar.from_ical(feed(user, now=now, site=SITE)).walk("VEVENT")
    return [(e["dtstart"].dt, str(e["summary"]), str(e["url"]).removeprefix(SITE)) for e in events]


@pytest.fixture
def english(li):
    li.language = "en"
    li.save(update_fields=["language"])
    return li


def test_a_day_says_how_many_are_due_and_an_hour_stands_by_itself(store, english):
    hot = make_lead(store, english, "H", due="2026-03-12")
    for grade, due in (("A", "2026-03-10"), ("A", "2026-03-12"), ("B", "2026-03-20")):
        make_lead(store, english, grade, due=due)
    Task.objects.create(
        store=store, lead=hot, kind="day_after", assignee=english, cause="x",
        due_at=at("2026-03-12 15:00"), due_on=dt.date(2026, 3, 12),
    )  # fmt: skip
    Appointment.objects.create(
        lead=hot, store=store, at=at("2026-03-13 10:00"), set_by=english, set_at=NOW, kind="drive"
    )
    assert entries(english) == [
        (at("2026-03-12 14:45"), f"First follow-up after a visit {hot.number}", f"/leads/{hot.number}/"),
        (dt.date(2026, 3, 12), "3 to call: H 1, A 2", "/"),  # the one of the 10th is overdue: it is today's
        (dt.date(2026, 3, 20), "1 to call: B 1", "/"),
        (at("2026-03-13 10:00"), f"Test drive {hot.number}", f"/leads/{hot.number}/"),
    ]


def test_it_names_no_customer(store, english):
    lead = make_lead(store, english, "H", due="2026-03-12")
    Customer.objects.filter(pk=lead.customer_id).update(name="陈建国")
    told = feed(english, now=NOW, site=SITE).decode()
    assert "BEGIN:VEVENT" in told
    assert "陈建国" not in told


def test_it_shows_ones_own_work_of_the_next_thirty_days(store, english, wang):
    make_lead(store, wang, "H", due="2026-03-12")
    make_lead(store, english, "C", due="2026-04-12")
    assert entries(english) == []
    assert len(entries(english, at("2026-03-14 08:30"))) == 1


def test_the_address_opens_it_without_a_session_until_another_is_made(client, store, english, settings):
    settings.DEALER_NOW = NOW.isoformat()
    make_lead(store, english, "H", due="2026-03-12")
    first = reverse("followups:calendar", args=[open_feed(english, now=NOW)])
    answer = client.get(first)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert (b"1 to call: H 1" in answer.content, answer["Cache-Control"]) == (True, "private, no-store")
    second = reverse("followups:calendar", args=[open_feed(english, now=NOW)])
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    end_feed(english)
    assert client.get(second).status_code == 404


def test_who_left_has_no_calendar_any_more(client, store, english, chen):
    address = reverse("followups:calendar", args=[open_feed(english, now=NOW)])
    let_go(english, store, by=chen, at=NOW)
    assert client.get(address).status_code == 404


def test_the_secret_is_kept_as_a_hash_and_shown_once(client, store, english):
    client.force_login(english)
    shown = client.post(reverse("followups:make_calendar")).content.decode()
    token = shown.split("/calendar/")[1].split(".ics")[0]
    assert len(CalendarFeed.objects.get().token_hash) == 64
    assert token not in CalendarFeed.objects.get().token_hash
    assert token not in client.get(reverse("accounts:me")).content.decode()
