"""A day's walk-ins and calls, what they add up to, the desk log and the tally (SPEC A14, A18)."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from leads.models import CarModel, Evidence, Term
from showroom.calls import Enquiry, log_call
from showroom.closing import Leaving, close_visit
from showroom.day_register import desk_log, media, numbers, visit_lines
from showroom.invariants import checks
from showroom.models import Call, Visit
from showroom.visits import Arrival, log_visit, tally
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.numbers import full_numbers
from tests.showroom.known import know
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = "2026-03-12 16:00"
URL = "/register/"
TODAY = dt.date(2026, 3, 12)


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = at(NOW).isoformat()


@pytest.fixture
def arrive(store, li):
    def come(clock, phone="", *, receiver=li, **facts):
        moment = at(f"2026-03-12 {clock}")
        arrival = Arrival(phone_text=phone, **facts)
        return log_visit(store, arrival, receiver=receiver, by=receiver, at=moment, now=moment)[0]

    return come


def leave(visit, clock, by, **facts):
    left = at(f"2026-03-12 {clock}")
    return close_visit(visit.pk, Leaving(**facts), by=by, at=left, now=left)


@pytest.fixture
def day(store, li, wang, arrive):
    """Nine arrivals of 12 March, of every kind, and two calls."""
    car = CarModelFactory(group=store.group)
    known = know(store, wang, "13500000009", name="彭丽", grade="B", car="Teana")
    expected = know(store, li, "13500000008", name="吴磊")
    type(expected).objects.filter(pk=expected.pk).update(last_visit_at=None)
    first = arrive("09:10", "13800000001", name="张三", persons=3, car_model=car)
    leave(first, "10:00", li, grade="A", grade_reason="x", manager_met=True)
    arrive("09:30", name="刘先生", declined=True, persons=2)
    leave(Visit.objects.get(flow_serial=2), "09:45", li)
    arrive("10:15", "13500000009", remark="义务")
    arrive("11:00", "13500000008")
    arrive("11:30", name="提车客户", other="delivery")
    tally(store, persons=2, by=li, at=at("2026-03-12 12:00"), now=at("2026-03-12 12:00"))
    forgotten = arrive("13:00", "13800000007", name="赵六")
    Visit.objects.filter(pk=forgotten.pk).update(left_at=at("2026-03-12 18:00"), completed=False)
    for clock, phone in (("09:05", "13900000001"), ("15:00", "13900000002")):
        moment = at(f"2026-03-12 {clock}")
        log_call(store, Enquiry(phone_text=phone, name="来电"), receiver=li, by=li, at=moment, now=moment)
    return known


def lines(store, user):
    return visit_lines(store, TODAY, user=user, now=at(NOW))


def test_what_a_day_adds_up_to(store, day, chen):
    found = numbers(lines(store, chen))
    assert (found.batches, found.persons) == (6, 10)
    assert (found.first, found.carded, found.returned, found.other) == (4, 1, 1, 1)
    assert (found.logged, found.log_rate) == (1, 25.0)  # not the declined, the counted, the not completed
    assert found.in_house == 2


def test_a_day_without_first_visits_has_no_log_rate(store, chen):
    assert numbers(lines(store, chen)).log_rate is None


def test_a_couple_with_a_child_is_one_batch_of_three_persons(store, arrive, chen):
    arrive("09:10", "13800000001", persons=3)
    found = numbers(lines(store, chen))
    assert (found.batches, found.persons) == (1, 3)


def test_who_comes_for_the_workshop_is_no_traffic(store, arrive, chen):
    arrive("09:10", name="保养", other="service")
    arrive("09:20", "13800000001", purpose="model")
    found = numbers(lines(store, chen))
    assert (found.batches, found.other) == (1, 1)


def test_visits_by_medium_sum_to_the_batches(store, arrive, chen, day):
    tv, web = (
        Term.objects.create(store=store, list="media", code=code, name_en=code, name_zh=code, rank=1)
        for code in ("TV", "Web")
    )
    arrive("14:00", "13800000011", media=tv)
    arrive("14:10", "13800000012", media=web)
    arrive("14:20", "13800000013", media=web)
    rows = lines(store, chen)
    assert media(rows) == [("Web", 2), ("TV", 1), ("not asked", 6)]
    assert sum(count for _name, count in media(rows)) == numbers(rows).batches == 9


def test_the_page_shows_each_row_masked_with_its_serial(client, day, chen):
    client.force_login(chen)
    page = client.get(URL).content.decode()
    assert full_numbers(page) == []
    for words in (
        "张三",
        "138****0001",
        "counted only",
        "Delivery",
        "no phone given",
        "not completed",
        "25.0%",
    ):
        assert words in page, words
    assert page.index("赵六") < page.index("张三")  # the newest first


def test_calls_have_a_register_of_their_own(client, day, chen):
    client.force_login(chen)
    page = client.get(URL + "?tab=calls").content.decode()
    assert (page.count('id="call-'), "139****0002" in page, full_numbers(page)) == (2, True, [])


@pytest.mark.thorough
def test_another_day_is_one_tap_away_and_the_future_is_today(client, day, chen):
    client.force_login(chen)
    assert "Nobody on this day" in client.get(URL + "?on=2026-03-11").content.decode()
    for odd in ("2026-03-13", "never", ""):
        assert "张三" in client.get(URL, {"on": odd}).content.decode()


def test_a_consultant_sees_his_rows_and_no_sums(client, day, wang):
    client.force_login(wang)
    page = client.get(URL).content.decode()
    assert ("彭丽" in page, "张三" in page, "Log rate" in page) == (True, False, False)


def test_who_received_and_who_helped_correct_the_row(client, day, wang):
    rows = Visit.objects.filter(flow_serial__in=(1, 2, 3)).order_by("flow_serial")
    rows.filter(flow_serial=1).update(assistant=wang)
    rows.filter(flow_serial=2).update(third=wang)
    client.force_login(wang)
    page = client.get(URL).content.decode()
    said = [reverse("showroom:edit_visit", args=[visit.pk]) in page for visit in rows]
    assert said == [True, True, False]
    assert page.count('<tr id="visit-') == 3  # the third of them is his customer's, whom Li received


def test_the_desk_log_is_for_those_who_run_the_floor(client, day, chen, qian, li):
    for user, sees in ((chen, True), (qian, False), (li, False)):
        client.force_login(user)
        page = client.get(URL + "?tab=desk").content.decode()
        assert ("Why not" in page) is sees


def test_the_desk_log_tells_drive_quote_deal_and_who_left_unmet(store, day, arrive, chen, li, wang):
    sold = Visit.objects.get(flow_serial=1)
    for kind in ("drive_started", "quote", "deposit"):
        Evidence.objects.create(
            lead=sold.lead, kind=kind, at=at("2026-03-12 09:40"), by=li, ref_kind="test", ref_id=1
        )
    returned = Visit.objects.get(lead=day)
    leave(returned, "11:15", li, grade="B", outcome="price", remark="差3000")
    desk = desk_log(store, TODAY, user=chen, now=at(NOW))
    rows = {line.visit.flow_serial: line for line in desk.lines}
    assert sorted(rows) == [1, 2, 3, 4, 7]  # neither other business nor the group counted only
    first = rows[1]
    assert (first.drove, first.quoted, first.sold, first.why_not, first.left_unmet) == (
        True,
        True,
        True,
        "",
        False,
    )
    assert (rows[3].sold, rows[3].why_not, rows[3].left_unmet) == (False, "Talks price · 差3000", True)
    assert (rows[4].is_here, rows[4].minutes, rows[4].left_unmet) == (True, 300, False)
    assert (desk.left, desk.met, desk.drives, desk.sold, desk.unmet) == (4, 1, 1, 1, 3)
    assert desk.numbers.log_rate == 25.0


def test_the_manager_met_them_with_one_tap_and_the_first_time_stays(client, day, chen, li, settings):
    here = Visit.objects.get(flow_serial=4)
    client.force_login(chen)
    assert "I met them" in client.get(URL + "?tab=desk").content.decode()
    answer = client.post(f"/register/visits/{here.pk}/met/")
    assert answer.headers["Location"] == "/register/?tab=desk&on=2026-03-12"
    settings.DEALER_NOW = at("2026-03-12 17:00").isoformat()
    client.post(f"/register/visits/{here.pk}/met/")
    here.refresh_from_db()
    assert (here.manager_met_at, here.manager_met_by) == (at(NOW), chen)
    client.force_login(li)
    assert client.post(f"/register/visits/{here.pk}/met/").status_code == 403


def test_evidence_of_another_day_is_not_of_this_visit(store, day, chen, li):
    lead = Visit.objects.get(flow_serial=1).lead
    Evidence.objects.create(lead=lead, kind="quote", at=at("2026-03-11 10:00"), ref_kind="test", ref_id=1)
    desk = desk_log(store, TODAY, user=chen, now=at(NOW))
    assert [line.quoted for line in desk.lines] == [False] * 5


# --- counted only -----------------------------------------------------------------------


def test_a_tally_takes_a_flow_serial_and_no_register_serial(client, store, day, qian):
    client.force_login(qian)
    answer = client.post("/register/tally/", {"token": str(uuid.uuid4()), "persons": "4"})
    counted = Visit.objects.get(flow_serial=8)
    assert answer.headers["Location"] == URL
    assert (counted.register_serial, counted.persons, counted.receiver, counted.lead) == (None, 4, None, None)
    assert (counted.kind, counted.completed, counted.left_at) == ("first", True, at(NOW))
    assert {check.name: check.bad for check in checks()}["serials_without_gaps"] == 0


def test_the_next_visit_takes_the_next_register_serial(store, arrive, day):
    visit = arrive("15:00", "13800000021")
    assert (visit.flow_serial, visit.register_serial) == (8, 7)


def test_the_list_beside_the_walk_in_sheet_has_no_row_for_it(client, store, qian):
    tally(store, persons=2, by=qian, at=at(NOW), now=at(NOW))
    client.force_login(qian)
    assert "Nobody yet today" in client.get("/walk-in/").content.decode()


def test_a_tally_sent_twice_counts_once(client, day, qian):
    client.force_login(qian)
    token = str(uuid.uuid4())
    for _ in range(2):
        client.post("/register/tally/", {"token": token, "persons": "1"})
    assert Visit.objects.filter(register_serial=None).count() == 2


@pytest.mark.parametrize("persons", ["0", "61", "two", ""])
def test_an_impossible_tally_counts_nobody(client, store, qian, persons):
    client.force_login(qian)
    client.post("/register/tally/", {"token": str(uuid.uuid4()), "persons": persons})
    assert Visit.objects.count() == 0


# --- statements -------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_page_asks_the_same_at_ten_and_a_thousand_rows(client, store, li, chen, qian):
    fill(store, li, 10)
    asked_by_tab(client, [chen])  # the store's rules are in memory from here on
    few = asked_by_tab(client, (chen, li, qian))
    fill(store, li, 990)
    many = asked_by_tab(client, (chen, li, qian))
    assert few == many
    assert {tab: count for tab, count in many.items() if count > 6} == {}


def asked_by_tab(client, readers) -> dict[tuple[str, str], int]:
    """Statements of each tab, for each reader."""
    found = {}
    for user in readers:
        client.force_login(user)
        for tab in ("visits", "calls", "desk"):
            with statements() as asked:
                assert client.get(URL, {"tab": tab}).status_code == 200
            found[user.username, tab] = len(asked)
    return found


def fill(store, li, count):
    first = Visit.objects.count()
    lead = know(store, li, f"138{first:08}", name="张伟")
    car = CarModel.objects.first() or CarModelFactory(group=store.group)
    row = {
        "store": store,
        "on": TODAY,
        "recorded_at": at(NOW),
        "receiver": li,
        "lead": lead,
        "car_model": car,
    }
    row["customer"] = lead.customer
    Visit.objects.bulk_create(
        Visit(flow_serial=first + n, register_serial=first + n, arrived_at=at(NOW), kind="first", **row)
        for n in range(1, count + 1)
    )
    Call.objects.bulk_create(Call(serial=first + n, at=at(NOW), **row) for n in range(1, count + 1))
