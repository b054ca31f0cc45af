"""The appointments of a day or a week: who comes when, and what became of it (SPEC A13)."""

import re

import pytest

from followups.agenda import appointments_visible_to, sees_appointment
from followups.appointments import cancel_appointment, confirm_appointment, make_appointment, move_appointment
from followups.models import Appointment
from leads.models import Customer
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 09:46")  # a Thursday


@pytest.fixture(autouse=True)
def _morning(settings):
    settings.DEALER_NOW = NOW.isoformat()


def comes(store, owner, when, name="陈建国"):
    lead = make_lead(store, owner, "A", visited="2026-03-01 10:00", contacted="2026-03-11 10:00")
    Customer.objects.filter(pk=lead.customer_id).update(name=name)
    return make_appointment(lead.pk, at(when), by=owner, now=at("2026-03-11 10:00"))


def page(client, user, query=""):
    client.force_login(user, backend="accounts.backends.StaffBackend")
    return client.get(f"/appointments/{query}")


def names(response) -> list[str]:
    return re.findall(r"<b>(陈建国|彭丽|周雅琴)</b>", response.content.decode())


def test_a_day_lists_who_comes_by_the_hour(client, store, li):
    comes(store, li, "2026-03-12 16:30", "周雅琴")
    comes(store, li, "2026-03-12 10:00", "陈建国")
    comes(store, li, "2026-03-13 10:00", "彭丽")
    assert names(page(client, li)) == ["陈建国", "周雅琴"]
    assert names(page(client, li, "?on=2026-03-13")) == ["彭丽"]


@pytest.mark.parametrize(("when", "day"), [("2026-03-12 23:59:59", 12), ("2026-03-13 00:00", 13)])
def test_the_day_turns_at_midnight_of_the_store(client, store, li, when, day):
    comes(store, li, when)
    assert names(page(client, li, f"?on=2026-03-{day}")) == ["陈建国"]
    assert names(page(client, li, f"?on=2026-03-{25 - day}")) == []


def test_a_week_runs_from_monday_to_sunday(client, store, li):
    for day in ("08", "09", "15", "16"):
        planned = comes(store, li, "2026-03-12 10:00")
        Appointment.objects.filter(pk=planned.pk).update(at=at(f"2026-03-{day} 10:00"))
    html = page(client, li, "?span=week").content.decode()
    assert re.findall(r'aria-label="(2026-03-\d\d)"', html) == [f"2026-03-{day:02}" for day in range(9, 16)]
    assert html.count("<b>陈建国</b>") == 2


def test_a_consultant_sees_his_own_and_the_manager_everybodys(client, store, li, wang, chen):
    comes(store, li, "2026-03-12 10:00", "陈建国")
    comes(store, wang, "2026-03-12 11:00", "彭丽")
    assert names(page(client, li)) == ["陈建国"]
    assert names(page(client, chen)) == ["陈建国", "彭丽"]


def test_reception_sees_who_comes_and_opens_no_card(client, store, li, qian):
    comes(store, li, "2026-03-12 10:00")
    html = page(client, qian).content.decode()
    assert "<b>陈建国</b>" in html
    assert "/leads/L-" not in html
    assert "Arrived" in html


def test_each_outcome_is_counted_and_one_that_moved_where_it_went(client, store, li):
    confirmed, cancelled, moved, no_show = (
        comes(store, li, f"2026-03-12 {hour}:00") for hour in ("10", "11", "12", "13")
    )
    confirm_appointment(confirmed.pk, by=li, now=NOW)
    cancel_appointment(cancelled.pk, by=li, now=NOW)
    move_appointment(moved.pk, at("2026-03-12 17:00"), by=li, now=NOW)
    Appointment.objects.filter(pk=no_show.pk).update(state="no_show")
    html = page(client, li).content.decode()
    assert re.findall(r"· ([A-Z][a-z- ]+) <b>(\d)</b>", html) == [
        ("Planned", "2"),
        ("No-show", "1"),
        ("Cancelled", "1"),
    ]
    assert "moved to <time" in html


def test_confirming_twice_writes_one_event(client, store, li):
    planned = comes(store, li, "2026-03-13 10:00")
    for _time in range(2):
        page(client, li)
        assert client.post(f"/appointments/{planned.pk}/confirm/").status_code == 302
    planned.refresh_from_db()
    assert planned.confirmed_at == NOW
    assert planned.lead.events.filter(kind="appointment", to_value="confirmed").count() == 1


def test_a_settled_appointment_is_not_confirmed(client, store, li):
    planned = comes(store, li, "2026-03-13 10:00")
    cancel_appointment(planned.pk, by=li, now=NOW)
    page(client, li)
    answer = client.post(f"/appointments/{planned.pk}/confirm/", follow=True)
    assert "This appointment is settled already." in answer.content.decode()


def test_one_is_seen_by_whoever_finds_it_among_all(store, li, wang, chen, qian):
    planned = comes(store, li, "2026-03-13 10:00")
    west = make_store("west", group=store.group)
    far = make_person(west, "far", "远", "manager", "receptionist")
    boss = make_person(west, "boss", "总", "general_manager")
    gone = make_person(store, "gone", "离", "manager")
    gone.is_active = False
    people = (li, wang, chen, qian, far, boss, gone)
    seen = {person for person in people if sees_appointment(planned, person, now=NOW)}
    assert seen == {p for p in people if appointments_visible_to(p, now=NOW).filter(pk=planned.pk).exists()}
    assert seen == {li, chen, qian, boss}


@pytest.mark.parametrize(("name", "status"), [("wang", 404), ("qian", 403)])
def test_only_who_works_on_the_lead_confirms(client, store, li, request, name, status):
    planned = comes(store, li, "2026-03-13 10:00")
    page(client, request.getfixturevalue(name))
    assert client.post(f"/appointments/{planned.pk}/confirm/").status_code == status
    planned.refresh_from_db()
    assert planned.confirmed_at is None


@pytest.mark.parametrize("pk", [0, 2**63 - 1, 2**63, 10**30])
def test_an_appointment_that_is_none_is_not_found(client, li, pk):
    page(client, li)
    assert client.post(f"/appointments/{pk}/confirm/").status_code == 404
    assert client.get(f"/appointments/{pk}/").status_code == 404


@pytest.mark.parametrize(
    "query", ["?on=x", "?on=9999-12-31", "?on=0001-01-01", "?span=year", "?on=&span=week"]
)
@pytest.mark.thorough
def test_a_date_nobody_plans_for_answers_with_today(client, store, li, query):
    comes(store, li, "2026-03-12 10:00")
    assert names(page(client, li, query)) == ["陈建国"]


@pytest.mark.parametrize("query", ["", "?span=week"])
@pytest.mark.thorough
def test_the_page_asks_the_same_for_ten_and_a_thousand(client, store, chen, li, query):
    lead = comes(store, li, "2026-03-12 10:00").lead

    def add(count):
        rows = [
            Appointment(lead=lead, store=store, at=at("2026-03-12 11:00"), set_by=li, set_at=NOW)
            for _n in range(count)
        ]
        Appointment.objects.bulk_create(rows)

    add(9)
    page(client, chen, query)
    with statements() as few:
        client.get(f"/appointments/{query}")
    add(990)
    with statements() as many:
        client.get(f"/appointments/{query}")
    assert len(few) == len(many) <= 6
