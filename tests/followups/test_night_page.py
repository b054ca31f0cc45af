"""The night page: what the night did, what is late, what stands aside."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse

from followups.models import Heartbeat, NightlyRun, Parked
from tests.conftest import at
from tests.factories import LeadFactory, make_person, make_store

pytestmark = pytest.mark.django_db

NIGHT = "/night/"
TODAY = dt.date(2026, 3, 12)
COUNTS = {
    "changed": 96,
    "lapse_proposed": 2,
    "lapsed": 0,
    "missed": 5,
    "escalated": 1,
    "parked": 0,
    "seconds": 17.2,
}


@pytest.fixture(autouse=True)
def at_nine_forty():
    with time_machine.travel(at("2026-03-12 09:40"), tick=False):
        yield


@pytest.fixture
def client(client, chen):
    client.force_login(chen)
    return client


def ran(store, on, *, started="00:00:04", state="done", lease="2026-03-12 09:00"):
    return NightlyRun.objects.create(
        store=store,
        on=dt.date.fromisoformat(on),
        state=state,
        started_at=at(f"{on} {started}"),
        lease_until=at(lease),
        counts=COUNTS if state == "done" else {},
    )


def swept(when="2026-03-12 09:35"):
    Heartbeat.objects.create(name="sweep", at=at(when))


def park(store, *, attempts=3, **fields):
    fields = {"job": "lapse_or_propose", "ref_kind": "lead", "ref_id": 1, **fields}
    return Parked.objects.create(
        store=store, attempts=attempts, error="IntegrityError: x", at=at("2026-03-11 06:12"), **fields
    )


def page(client) -> str:
    response = client.get(NIGHT)
    assert response.status_code == 200
    return response.content.decode()


def rows(text: str) -> list[list[str]]:
    """The cells of the first table."""
    body = re.search(r"<tbody>(.*?)</tbody>", text, re.DOTALL)[1]
    lines = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", line, re.DOTALL) for line in lines]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in line] for line in cells]


def test_a_good_night_is_done_and_nothing_is_red(client, store):
    ran(store, "2026-03-12")
    swept()
    text = page(client)
    assert "strip-danger" not in text
    assert "Run the sweep now" not in text
    assert rows(text) == [
        ["Thu 12 Mar", "Done", "00:00:04", "17.20", "96", "2", "0", "5", "1", "0"],
    ]


def test_a_missed_night_stands_as_missed_and_names_who_caught_it_up(client, store):
    ran(store, "2026-03-09")
    ran(store, "2026-03-12")
    swept()
    assert [row[:3] for row in rows(page(client))] == [
        ["Thu 12 Mar", "Done 3 nights in one", "00:00:04"],
        ["Wed 11 Mar", "Missed Caught up by Thu 12 Mar", "–"],
        ["Tue 10 Mar", "Missed Caught up by Thu 12 Mar", "–"],
        ["Mon 9 Mar", "Done", "00:00:04"],
    ]


def test_a_night_that_began_late_says_by_how_much(client, store):
    ran(store, "2026-03-12", started="06:12:40")
    swept()
    assert rows(page(client))[0][1:3] == ["Done, 6 h late", "06:12:40"]


def test_the_table_goes_back_fourteen_nights(client, store):
    for day in range(20):
        ran(store, (TODAY - dt.timedelta(day)).isoformat())
    swept()
    nights = rows(page(client))
    assert len(nights) == 14
    assert nights[-1][0] == "Fri 27 Feb"


@pytest.mark.parametrize(
    ("last", "late"),
    [("2026-03-12 09:29:00", False), ("2026-03-12 09:28:59", True)],
)
def test_two_missing_sweeps_and_a_minute_are_red(client, store, settings, last, late):
    settings.SWEEP_SECONDS = 300
    ran(store, "2026-03-12")
    swept(last)
    assert ("strip-danger" in page(client)) is late


def test_the_red_strip_says_since_when_and_that_nothing_is_lost(client, store):
    ran(store, "2026-03-12")
    swept("2026-03-12 09:11")
    text = page(client)
    assert "Reminders are late: the last sweep was 29 minutes ago." in text
    assert "Nothing is lost" in text
    assert "Run the sweep now" in text


def test_a_missing_run_is_red_though_the_sweep_comes(client, store):
    ran(store, "2026-03-11")
    swept()
    text = page(client)
    assert "the night does not finish" in text
    assert rows(text)[0][1] == "Missed"


def test_a_run_in_hand_is_not_late(client, store):
    ran(store, "2026-03-12", state="running", lease="2026-03-12 09:45")
    swept()
    text = page(client)
    assert "strip-danger" not in text
    assert rows(text)[0][1] == "Running"


def test_a_run_whose_lease_is_over_is_late(client, store):
    ran(store, "2026-03-12", state="running", lease="2026-03-12 09:39")
    swept()
    assert "strip-danger" in page(client)


def test_before_the_first_sweep_of_the_night_nothing_is_late(client, store):
    ran(store, "2026-03-11")
    with time_machine.travel(at("2026-03-12 00:05"), tick=False):
        swept("2026-03-12 00:04")
        text = page(client)
    assert "strip-danger" not in text
    assert rows(text)[0][1] == "Due now"


def test_running_the_sweep_by_hand_prepares_the_day(client, store):
    response = client.post(reverse("followups:night_run"))
    assert response["Location"] == NIGHT
    assert NightlyRun.objects.get(store=store).on == TODAY
    assert "strip-danger" not in page(client)


def test_when_nothing_is_late_the_button_does_nothing(client, store):
    ran(store, "2026-03-12")
    swept()
    client.post(reverse("followups:night_run"))
    assert Heartbeat.objects.get().at == at("2026-03-12 09:35")


def test_a_parked_row_names_its_lead_and_why_it_stopped(client, store, li):
    lead = LeadFactory(store=store, owner=li)
    park(store, ref_id=lead.pk)
    text = page(client)
    assert f'<a class="opens" href="/leads/{lead.number}/">{lead.number}</a>' in text
    assert "IntegrityError: x" in text
    assert "Yesterday 06:12" in text


def test_trying_again_gives_a_parked_row_new_tries(client, store):
    parked = park(store)
    client.post(reverse("followups:night_retry", args=[parked.pk]))
    parked.refresh_from_db()
    assert parked.attempts == 0
    assert "again tonight" in page(client)


def test_a_row_of_another_store_cannot_be_tried_and_is_not_shown(client, store):
    west = make_store("west", group=store.group)
    parked = park(west)
    assert client.post(reverse("followups:night_retry", args=[parked.pk])).status_code == 404
    parked.refresh_from_db()
    assert parked.attempts == 3
    assert "IntegrityError" not in page(client)


def test_an_administrator_sees_the_page_without_ways_to_customers(client, store, li):
    lead = LeadFactory(store=store, owner=li)
    park(store, ref_id=lead.pk)
    client.force_login(make_person(store, "admin", "管理员", "admin"))
    text = page(client)
    assert lead.number in text
    assert f"/leads/{lead.number}/" not in text


@pytest.mark.parametrize("role", ["consultant", "supervisor", "receptionist", "finance", "bdc_agent"])
def test_who_does_not_run_the_store_has_no_night_page(client, store, role):
    client.force_login(make_person(store, "x", "何静", role))
    parked = park(store)
    assert client.get(NIGHT).status_code == 403
    assert client.post(reverse("followups:night_run")).status_code == 403
    assert client.post(reverse("followups:night_retry", args=[parked.pk])).status_code == 403
    assert (NightlyRun.objects.count(), Heartbeat.objects.count()) == (0, 0)
    parked.refresh_from_db()
    assert parked.attempts == 3


def test_statements_do_not_grow_with_the_rows(client, store, li, django_assert_max_num_queries):
    lead = LeadFactory(store=store, owner=li)
    swept()
    park(store, ref_id=lead.pk)
    client.get(NIGHT)
    with django_assert_max_num_queries(5):
        client.get(NIGHT)
    for n in range(100):
        park(store, ref_id=lead.pk, job=f"job{n}")
        ran(store, (TODAY - dt.timedelta(n)).isoformat())
    with django_assert_max_num_queries(5):
        client.get(NIGHT)
