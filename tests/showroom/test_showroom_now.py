"""Showroom now: who is in the house, the first minutes, what two tablets agree on, names by role."""

import datetime as dt
import re
import uuid

import pytest
from django.test import Client

from accounts.rules import set_setting
from followups.appointments import make_appointment
from followups.models import Appointment
from leads.models import Customer
from showroom.bookings import block, book
from showroom.in_house import approach
from showroom.models import DemoCar, Visit
from showroom.needs import answer
from showroom.now_pulse import read_pulse
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.followups.worked_leads import make_lead
from tests.leads.test_organisations import organisation
from tests.showroom.test_rota import receives
from tests.showroom.up_list import open_list
from tests.statements import statements

pytestmark = pytest.mark.django_db

DAY = "2026-03-12"
URL = "/showroom/"


@pytest.fixture
def clock(settings):
    """The time of the day: `clock("14:03:00")`."""

    def turn(time):
        settings.DEALER_NOW = at(f"{DAY} {time}").isoformat()

    turn("14:00:00")
    return turn


@pytest.fixture
def read(client, clock):
    """What somebody sees: `read(li)`, `read(li, "/")`."""

    def page(user, url=URL, **query):
        client.force_login(user)
        answer = client.get(url, query)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return page


@pytest.fixture
def tap(client, clock):
    def post(user, url, **data):
        client.force_login(user)
        return client.post(url, data)

    return post


def comes(store, receiver, time="14:00:00", name="张伟先生", phone="13800000001", by=None, **facts) -> Visit:
    moment = at(f"{DAY} {time}")
    arrival = Arrival(phone_text=phone, name=name, **facts)
    visit, _new = log_visit(store, arrival, receiver=receiver, by=by or receiver, at=moment, now=moment)
    return visit


# --- the first three minutes (RECP-15) ---------------------------------------------------------


@pytest.mark.thorough
def test_the_receiver_is_reminded_after_three_minutes_to_the_second(store, read, clock, li, qian):
    comes(store, li, by=qian)
    for time, due in (("14:02:59", False), ("14:03:00", True), ("14:40:00", True)):
        clock(time)
        assert ("Time to go up, 李强" in read(qian)) is due
        assert ("Time to go up, 李强" in read(li)) is due
        assert ("Looked round long enough: go up now" in read(li, "/")) is due


def test_the_reminder_ends_when_somebody_is_with_the_customer(store, read, tap, clock, li):
    visit = comes(store, li)
    clock("14:03:00")
    answer = tap(li, f"/visits/{visit.pk}/with/", next="home")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    visit.refresh_from_db()
    assert visit.approached_at == at(f"{DAY} 14:03:00")
    assert "go up" not in read(li, "/")
    assert "Time to go up" not in read(li)
    clock("14:05:00")
    tap(li, f"/visits/{visit.pk}/with/")
    visit.refresh_from_db()
    assert visit.approached_at == at(f"{DAY} 14:03:00")


def test_the_reminder_ends_with_anything_that_is_logged(store, read, clock, li):
    visit = comes(store, li)
    answer(visit.lead_id, {"budget": {"chips": [], "text": "150000"}}, by=li, at=at(f"{DAY} 14:02"))
    clock("14:03:00")
    assert "Time to go up" not in read(li)


def test_the_store_may_give_more_time_or_none(store, read, clock, li, chen):
    comes(store, li)
    set_setting(store, "look_freely_minutes", 5, by=chen, at=at(f"{DAY} 13:00"))
    for time, due in (("14:04:59", False), ("14:05:00", True)):
        clock(time)
        assert ("Time to go up" in read(li)) is due


def test_other_business_is_never_reminded(store, read, clock, li):
    comes(store, li, other="service")
    clock("14:30:00")
    assert "Time to go up" not in read(li)


# --- hot visitors (RECP-19) ---------------------------------------------------------------------


def test_two_signals_ticked_on_the_spot_make_a_hot_visitor(store, read, tap, li, wang, chen, qian):
    visit = comes(store, li)
    tap(li, f"/visits/{visit.pk}/signals/", signal=["after_work"])
    assert "hot visitor" not in read(chen)
    tap(li, f"/visits/{visit.pk}/signals/", signal=["after_work", "gave_phone"])
    visit.refresh_from_db()
    assert visit.hot_signals == ["after_work", "gave_phone"]
    assert visit.lead.grade == "none"
    assert "hot visitor" in read(chen)
    assert "hot visitor" in read(li)
    assert "hot visitor" in read(li, "/")
    assert "hot visitor" not in read(wang)
    assert "hot visitor" not in read(chen, wall=1)


def test_the_closing_sheet_begins_with_what_was_ticked(store, read, tap, li):
    visit = comes(store, li)
    tap(li, f"/visits/{visit.pk}/signals/", signal=["bad_weather", "nonsense"])
    sheet = read(li, f"/visits/{visit.pk}/close/")
    assert re.findall(r'name="signals" value="(\w+)"[^>]* checked', sheet) == ["bad_weather"]


def test_who_has_left_is_not_ticked_any_more(store, tap, read, li):
    visit = comes(store, li)
    Visit.objects.update(left_at=at(f"{DAY} 14:00:00"), completed=True)
    assert tap(li, f"/visits/{visit.pk}/signals/", signal=["after_work"]).status_code == 302
    assert tap(li, f"/visits/{visit.pk}/with/").status_code == 302
    visit.refresh_from_db()
    assert (visit.hot_signals, visit.approached_at) == ([], None)
    assert "This customer has left already." in read(li)


# --- names (A71, A72) ---------------------------------------------------------------------------


def test_names_are_short_and_only_for_who_may_know_them(store, read, li, wang, chen, qian):
    comes(store, li)
    for user, named in ((qian, True), (chen, True), (li, True), (wang, False)):
        seen = read(user)
        assert ("张先生" in seen) is named
        assert "张伟" not in seen
        assert "13800000001" not in seen
        assert "with 李强" in seen
    assert "First visit" in read(wang)
    assert "张先生" in read(qian, wall=1)


def test_a_surname_alone_and_a_name_in_latin_letters(store, read, li, qian):
    comes(store, li, name="欧阳雪梅")
    comes(store, li, name="Anna Schmidt", phone="13800000002")
    seen = read(qian)
    assert "<b>欧阳</b>" in seen
    assert "<b>Schmidt</b>" in seen
    assert "Anna" not in seen


# --- the up list, who is expected, the cars -----------------------------------------------------


def test_who_is_next_and_what_keeps_the_others(store, read, li, wang, zhao, chen, qian):
    open_list(store, chen, DAY, wang, li, zhao)
    receives(store, wang, f"{DAY} 13:50", kind="return")
    seen = read(qian)
    assert "<b>李强</b><small>free · 王芳 is with a customer</small>" in seen
    assert '<b>赵敏</b><small>free</small></div><span class="turn-place">no. 2</span>' in seen
    assert '<b>王芳</b><small>with customers</small></div><span class="turn-place">skipped</span>' in seen


def test_one_tap_says_that_who_was_expected_has_arrived(store, read, tap, clock, li, qian):
    lead = make_lead(store, li, "H", visited="2026-03-01 10:00")
    Customer.objects.filter(pk=lead.customer_id).update(name="陈建国")
    coming = make_appointment(lead.pk, at(f"{DAY} 16:30"), by=li, now=at(f"{DAY} 09:00"))
    assert "<b>陈</b>" in read(qian)
    answer = tap(qian, f"/appointments/{coming.pk}/arrived/", next="now")
    assert (answer.status_code, answer.headers["Location"]) == (302, URL)
    coming.refresh_from_db()
    assert coming.state == Appointment.State.SHOWED
    assert Visit.objects.get(lead=lead).kind == "return"


def test_a_meeting_of_an_organisation_is_nobody_who_comes(store, read, li, chen):
    organisation(store, li, selection_on=dt.date.fromisoformat(DAY))
    assert "ACME" in read(chen, "/appointments/", on=DAY)
    assert "Expected today" not in read(chen)


def test_the_cars_of_the_day_stand_with_their_drivers(store, read, li, wang, chen, qian):
    car = DemoCar.objects.create(store=store, car_model=CarModelFactory(group=store.group), plate="沪A1")
    visit = comes(store, li)
    times = {"starts_at": at(f"{DAY} 15:00"), "ends_at": at(f"{DAY} 15:30")}
    book(car.pk, visit.lead_id, **times, by=li, now=at(f"{DAY} 14:00"))
    noon = {"starts_at": at(f"{DAY} 16:00"), "ends_at": at(f"{DAY} 18:00")}
    block(car.pk, **noon, reason="保养", by=chen, now=at(f"{DAY} 14:00"))
    assert "保养" in read(qian)
    wall = read(qian, wall=1)
    assert wall.count("张先生") == 2  # in the house, expected
    assert "<b>张</b>" in wall  # on the car
    assert "张先生" not in read(wang, wall=1)


# --- other business and groups that are only counted ---------------------------------------------


@pytest.mark.parametrize("what", Visit.Other.values)
def test_other_business_is_on_the_register_after_two_taps(store, tap, qian, what):
    assert tap(qian, "/showroom/other/", other=what).headers["Location"] == URL
    visit = Visit.objects.get()
    assert (visit.kind, visit.other, visit.flow_serial, visit.register_serial) == (
        "other_business",
        what,
        1,
        1,
    )
    assert (visit.receiver, visit.completed) == (None, True)
    pulse = read_pulse(store, now=at(f"{DAY} 14:00"))
    assert (pulse.batches, pulse.persons) == (0, 0)


def test_no_such_business_is_told(store, tap, read, qian):
    tap(qian, "/showroom/other/", other="lunch")
    assert not Visit.objects.exists()
    assert "Tap what the customer came for." in read(qian)


def test_a_group_is_counted_from_here(store, tap, qian):
    answer = tap(qian, "/register/tally/", token=str(uuid.uuid4()), persons="4", next="now")
    assert answer.headers["Location"] == URL
    assert read_pulse(store, now=at(f"{DAY} 14:00")).persons == 4


# --- two tablets ---------------------------------------------------------------------------------


@pytest.mark.thorough
def test_two_tablets_agree_at_the_next_asking(store, client, clock, li, wang, chen, qian):
    first, second = Client(), Client()
    first.force_login(qian)
    second.force_login(chen)
    visit = comes(store, li)
    part = {"headers": {"HX-Request": "true"}}

    def ask(tablet):
        return tablet.get(URL, query_params={"seen": read_pulse(store, now=at(f"{DAY} 14:00")).stamp}, **part)

    assert (ask(first).status_code, ask(second).status_code) == (204, 204)
    car = DemoCar.objects.create(store=store, car_model=CarModelFactory(group=store.group), plate="沪A1")
    times = {"starts_at": at(f"{DAY} 15:00"), "ends_at": at(f"{DAY} 15:30")}
    changes = (
        lambda: comes(store, wang, phone="13800000002"),
        lambda: approach(visit.pk, by=li, at=at(f"{DAY} 14:00")),
        lambda: first.post(f"/visits/{visit.pk}/signals/", {"signal": ["after_work", "gave_phone"]}),
        lambda: open_list(store, chen, DAY, li, wang),
        lambda: book(car.pk, visit.lead_id, **times, by=li, now=at(f"{DAY} 14:00")),
        lambda: Visit.objects.filter(pk=visit.pk).update(left_at=at(f"{DAY} 14:00"), completed=True),
    )
    for change in changes:
        seen = read_pulse(store, now=at(f"{DAY} 14:00")).stamp
        change()
        both = [tablet.get(URL, query_params={"seen": seen}, **part) for tablet in (first, second)]
        assert [answer.status_code for answer in both] == [200, 200]
        assert all('id="now"' in answer.content.decode() for answer in both)
        assert all("<html" not in answer.content.decode() for answer in both)
        assert all('hx-trigger="every 5s"' in answer.content.decode() for answer in both)
        assert (ask(first).status_code, ask(second).status_code) == (204, 204)


def test_the_phone_of_the_receiver_learns_of_a_visit_and_of_its_reminder(store, client, clock, li, qian):
    client.force_login(li)
    ask = lambda seen: client.get("/showroom/mine/", {"seen": seen})  # noqa: E731
    seen = ask("").context["stamp"]
    assert ask(seen).status_code == 204
    comes(store, li, by=qian)
    answer = ask(seen)
    assert (answer.status_code, len(answer.context["visits"])) == (200, 1)
    seen = answer.context["stamp"]
    clock("14:02:59")
    assert ask(seen).status_code == 204
    clock("14:03:00")
    assert "go up now" in ask(seen).content.decode()


def test_the_wall_has_no_navigation_and_nothing_to_tap(store, read, li, qian):
    comes(store, li)
    seen = read(qian, wall=1)
    assert 'data-theme="dark"' in seen
    assert 'class="rail"' not in seen
    assert 'class="dock"' not in seen
    assert '<p class="wall-clock"><time' in seen
    assert 'href="/walk-in/' not in seen
    assert "<form" not in seen.split("<main")[1].split("</main>")[0]
    assert "1 group today · 1 person · 0 drives · 0 deals" in seen


def test_the_page_asks_the_same_at_ten_and_at_two_hundred_visits(store, client, clock, li, chen, qian):
    open_list(store, chen, DAY, li)
    times = [at(f"{DAY} 09:00") + dt.timedelta(minutes=n) for n in range(200)]
    rows = [
        Visit(store=store, on=DAY, flow_serial=n, register_serial=n, kind="first", arrived_at=moment,
              recorded_at=moment, receiver=li, name_text="张伟", left_at=moment if n % 5 else None,
              completed=bool(n % 5))
        for n, moment in enumerate(times, start=1)
    ]  # fmt: skip
    client.force_login(qian)
    Visit.objects.bulk_create(rows[:10])
    client.get(URL)
    with statements() as few:
        client.get(URL)
    Visit.objects.bulk_create(rows[10:])
    with statements() as many:
        client.get(URL)
    assert len(few) == len(many) <= 10, "\n".join(many)
    seen = read_pulse(store, now=at(f"{DAY} 14:00")).stamp
    with statements() as nothing:
        client.get(URL, {"seen": seen}, headers={"HX-Request": "true"})
    assert len(nothing) <= 3, "\n".join(nothing)
