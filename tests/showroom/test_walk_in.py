"""The walk-in sheet: one screen, one row, whoever sends it and however often."""

import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse

from accounts import drafts
from accounts.models import Draft
from followups.appointments import make_appointment
from followups.models import Appointment
from leads.models import Customer, Lead, LeadEvent, Term
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at, person
from tests.factories import CarModelFactory, make_store
from tests.numbers import full_numbers
from tests.showroom.known import KINDS_OF_KNOWN, know, known_as
from tests.statements import statements
from tests.test_invariants import broken

pytestmark = pytest.mark.django_db

NOW = "2026-03-12 14:06"
URL = "/walk-in/"

# Status and owner of somebody known after Li received him.
AFTER_A_VISIT = {
    "own": lambda li, wang: ("active", li),
    "colleague's": lambda li, wang: ("active", wang),
    "pool": lambda li, wang: ("active", li),
    "dormant": lambda li, wang: ("active", wang),
    "lost": lambda li, wang: ("active", li),
    "invalid": lambda li, wang: ("active", li),
}


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = at(NOW).isoformat()


@pytest.fixture
def sheet(client):
    """Sends the sheet as somebody: `sheet(li, phone="139...", name="张伟")`."""

    def send(user, *, htmx=False, token=None, **fields):
        client.force_login(user)
        headers = {"HX-Request": "true"} if htmx else {}
        data = {"token": str(token or uuid.uuid4()), "persons": "1", **fields}
        return client.post(URL, data, headers=headers)

    return send


def test_a_new_number_is_a_customer_a_lead_and_a_row(sheet, store, li):
    car = CarModelFactory(group=store.group)
    channel = Term.objects.get(store=store, list="channel", code="website")
    answer = sheet(li, phone="139 0518 6627", name="张 伟", persons="2", car_model=car.pk, channel=channel.pk)
    visit = Visit.objects.get()
    lead = visit.lead
    assert answer.headers["Location"] == reverse("leads:card", args=[lead.number])
    assert (visit.kind, visit.persons, visit.receiver, visit.arrived_at) == ("first", 2, li, at(NOW))
    assert (lead.owner, lead.step, lead.grade, lead.channel) == (li, 2, "none", channel)
    assert (lead.customer.name, lead.customer.contact_points.get().value) == ("张伟", "+8613905186627")
    assert [i.car_model for i in lead.interests.all()] == [car]


def test_fields_the_sheet_does_not_have_change_nothing(sheet, store, li, wang):
    sheet(
        li, phone="13905186627", name="张伟", receiver=wang.pk, owner=wang.pk, step="7", grade="O",
        arrived_at="2026-03-01", kind="return", courtesy="1", completed="1", register_serial="99",
    )  # fmt: skip
    visit = Visit.objects.get()
    assert (visit.receiver, visit.kind, visit.courtesy, visit.completed) == (li, "first", False, False)
    assert (visit.arrived_at, visit.register_serial) == (at(NOW), 1)
    assert (visit.lead.owner, visit.lead.step, visit.lead.grade) == (li, 2, "none")


def test_the_same_sheet_sent_twice_is_one_row(sheet, store, li):
    token = uuid.uuid4()
    first = sheet(li, phone="13905186627", name="张伟", token=token)
    second = sheet(li, phone="13905186627", name="张伟", token=token)
    assert first.headers["Location"] == second.headers["Location"]
    assert (Visit.objects.count(), Lead.objects.count(), Customer.objects.count()) == (1, 1, 1)


def test_two_sheets_about_one_group_in_the_house_are_one_row(sheet, store, li):
    sheet(li, phone="13905186627", name="张伟")
    again = sheet(li, phone="13905186627", name="张伟")
    assert Visit.objects.count() == 1
    assert again.headers["Location"] == reverse("leads:card", args=[Lead.objects.get().number])


def test_htmx_is_sent_on_by_its_own_header(sheet, store, li):
    answer = sheet(li, htmx=True, phone="13905186627", name="张伟")
    assert answer.headers["HX-Redirect"] == reverse("leads:card", args=[Lead.objects.get().number])


def test_without_a_number_only_the_register_row_stands(sheet, store, li):
    answer = sheet(li, name="刘先生", no_phone="1")
    visit = Visit.objects.get()
    assert (visit.lead, visit.customer, visit.name_text, visit.outcome) == (None, None, "刘先生", "declined")
    assert (visit.phone_text, Lead.objects.count(), answer.headers["Location"]) == ("", 0, "/")


def test_other_business_is_a_row_outside_every_rate(sheet, store, li):
    sheet(li, name="交车客户", other="delivery")
    visit = Visit.objects.get()
    assert (visit.kind, visit.other, visit.lead) == ("other_business", "delivery", None)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type the number, or tap “No phone given”."),
        ("139 0518 6", "3 digits short; a mobile has 11."),
        ("139 0518 662", "1 digit short; a mobile has 11."),
        ("8805", "This is no whole phone number."),
        ("139 0518 6627 1", "This is no whole phone number."),
    ],
)
def test_a_number_that_is_none_is_refused_and_everything_typed_stays(sheet, store, li, typed, said):
    answer = sheet(li, phone=typed, name="张伟", persons="3")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert f'value="{typed}"' in page
    assert 'value="张伟"' in page
    assert 'value="3"' in page
    assert (Visit.objects.count(), Customer.objects.count()) == (0, 0)


@pytest.mark.parametrize("persons", ["0", "-1", "61", "two", ""])
def test_an_impossible_number_of_persons_is_refused(sheet, store, li, persons):
    assert sheet(li, phone="13905186627", persons=persons).status_code == 422
    assert Visit.objects.count() == 0


def test_by_which_medium_and_in_which_car_they_came(sheet, store, li):
    tv = Term.objects.create(store=store, list="media", code="tv", name_en="TV", name_zh="电视", rank=1)
    sheet(li, phone="13905186627", name="张伟", media=tv.pk, came_by_car="on", current_car="卡罗拉 2015")
    visit = Visit.objects.get()
    assert (visit.media, visit.lead.media, visit.came_by_car) == (tv, tv, True)
    assert Customer.objects.get().current_car == "卡罗拉 2015"


def test_what_they_drive_is_not_written_over(sheet, store, li):
    lead = know(store, li, "13905186627")
    Customer.objects.filter(pk=lead.customer_id).update(current_car="高尔夫")
    sheet(li, phone="13905186627", current_car="卡罗拉")
    assert Customer.objects.get().current_car == "高尔夫"


def test_the_sheet_says_what_the_customer_gains_by_a_number(client, store, li):
    client.force_login(li)
    assert "Why leave a number: we call when the car is there" in client.get(URL).content.decode()


# --- somebody we know -------------------------------------------------------------------


def test_ones_own_customer_from_the_list_is_a_return_visit(sheet, store, li):
    lead = know(store, li, "13620878805")
    answer = sheet(li, phone="8805", lead=lead.pk)
    visit = Visit.objects.get()
    assert (visit.lead, visit.kind, visit.courtesy, visit.receiver) == (lead, "return", False, li)
    assert answer.headers["Location"] == reverse("leads:card", args=[lead.number])


def test_a_colleagues_customer_received_for_now_stays_the_colleagues(sheet, store, li, wang):
    lead = know(store, wang, "13905186627")
    sheet(li, phone="13905186627", lead=lead.pk)
    visit = Visit.objects.get()
    lead.refresh_from_db()
    assert (visit.receiver, visit.courtesy, lead.owner) == (li, True, wang)


def test_whoever_receives_a_lead_of_the_pool_owns_it(sheet, store, li):
    lead = know(store, None, "13519660273")
    sheet(li, lead=lead.pk)
    lead.refresh_from_db()
    assert (lead.owner, Visit.objects.get().courtesy) == (li, False)


def test_a_lead_of_another_store_cannot_be_picked(sheet, store, li):
    lead = know(make_store("west", group=store.group), None, "13519660273")
    assert sheet(li, lead=lead.pk).status_code == 404
    assert Visit.objects.count() == 0


# --- reception and managers -----------------------------------------------------------------


def test_reception_names_the_receiver(sheet, store, qian, li):
    refused = sheet(qian, phone="13905186627", name="张伟")
    assert refused.status_code == 422
    assert "Choose who receives the customer." in refused.content.decode()
    assert Visit.objects.count() == 0
    answer = sheet(qian, phone="13905186627", name="张伟", receiver=li.pk)
    assert answer.headers["Location"] == URL
    assert (Visit.objects.get().receiver, Lead.objects.get().owner) == (li, li)


def test_reception_cannot_receive_herself_or_name_a_stranger(sheet, store, qian):
    stranger = person(make_store("west"), "west", "西", "consultant")
    for receiver in (qian, stranger):
        assert sheet(qian, phone="13905186627", receiver=receiver.pk).status_code == 422
    assert Visit.objects.count() == 0


def test_reception_hands_a_known_customer_to_the_owner_with_one_tap(sheet, store, qian, li, wang):
    lead = know(store, wang, "13905186627")
    sheet(qian, phone="6627", owner_receives=lead.pk)
    visit = Visit.objects.get()
    assert (visit.receiver, visit.courtesy) == (wang, False)


def test_the_register_shows_reception_masked_numbers_and_who_is_here(client, store, qian, li):
    for phone, name in (("13905186627", "张伟"), ("0213 86253117", "陈建国")):
        log_visit(store, Arrival(phone_text=phone, name=name), receiver=li, by=qian, at=at(NOW), now=at(NOW))
    client.force_login(qian)
    page = client.get(URL).content.decode()
    assert "139****6627" in page
    assert "张伟" in page
    assert page.count("In the house") == 2
    assert full_numbers(page) == []
    assert "86253117" not in page


def test_beside_the_sheet_stand_who_is_here_and_the_newest_twenty(client, store, qian, li):
    rows(store, li, 40)
    Visit.objects.exclude(flow_serial=3).update(left_at=at(NOW))
    client.force_login(qian)
    answer = client.get(URL)
    shown = [row["serial"] for row in answer.context["rows"]]
    assert shown == [3, *range(40, 21, -1)]
    page = answer.content.decode()
    assert "20+" in page
    assert "The whole register" in page
    Visit.objects.filter(flow_serial__gt=20).delete()
    page = client.get(URL).content.decode()
    assert "20+" not in page
    assert "The whole register" not in page


def beside(client, user):
    """The rows beside the sheet, as they are read, and the page."""
    client.force_login(user)
    page = client.get(URL).content.decode()
    rows = re.findall(r'<li class="row" id="visit-.*?</li>', page, re.S)
    return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in rows], page


def test_a_row_beside_the_sheet_says_who_came_and_what_became_of_it(client, store, qian, chen, li):
    known = {"name": "张伟", "phone_text": "13905186627", "car_model": CarModelFactory(group=store.group)}
    log_visit(store, Arrival(**known), receiver=li, by=qian, at=at(NOW), now=at(NOW))
    rows(store, li, 3)
    told = {2: {"courtesy": True, "persons": 3}, 3: {"other": "paperwork", "left_at": at(NOW)}}
    for serial, columns in {**told, 4: {"outcome": "declined", "name_text": ""}}.items():
        Visit.objects.filter(flow_serial=serial).update(**columns)
    said, page = beside(client, qian)
    assert said == [
        "4 No name yet 14:06 · no phone given · 李强 In the house Leaves",
        "2 刘先生 14:06 · 李强 · courtesy In the house 3 persons Leaves",
        f"1 张伟 {known['car_model']} 14:06 · 139****6627 · 李强 In the house",
        "3 刘先生 Paperwork 14:06 · 李强 left 14:06",
    ]
    card = reverse("leads:card", args=[Lead.objects.get().number])
    assert f'class="row-main" href="{card}"' not in page
    said, page = beside(client, chen)
    assert said[2].endswith("In the house Leaves")
    assert f'class="row-main" href="{card}"' in page


def test_a_consultant_has_no_register_beside_the_sheet(client, store, li, wang):
    log_visit(store, Arrival(name="何先生"), receiver=wang, by=wang, at=at(NOW), now=at(NOW))
    client.force_login(li)
    answer = client.get(URL)
    assert answer.context["rows"] is None
    assert "何先生" not in answer.content.decode()


# --- the live answer ------------------------------------------------------------------------


def look_up(client, user, htmx=True, **fields):
    client.force_login(user)
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(reverse("showroom:lookup"), fields, headers=headers)


def test_the_answer_names_the_owner_and_the_fair_act(client, store, li, wang):
    know(store, wang, "13905186627", "张伟先生", grade="A")
    page = look_up(client, li, phone="139 0518 6627").content.decode()
    assert "<html" not in page
    assert "张**先生" in page
    assert "张伟" not in page
    assert "王芳 stays the owner." in page
    assert "I&#x27;ll receive for now" in page or "I'll receive for now" in page


@pytest.mark.parametrize("typed", ["13905186627", "6627", "张伟", "zhangwei"])
def test_no_answer_holds_a_number_of_ours(client, store, li, wang, typed):
    know(store, wang, "13905186627", "张伟")
    page = look_up(client, li, phone=typed).content.decode()
    assert full_numbers(page) == []
    assert "+86" not in page


def test_without_scripts_the_answer_stands_on_the_sheet_with_what_was_typed(client, store, li):
    know(store, li, "13905186627", "张伟")
    page = look_up(client, li, htmx=False, phone="13905186627", name="小张").content.decode()
    assert "<html" in page
    assert "Log the arrival, open the card" in page
    assert 'value="小张"' in page


def test_a_row_of_the_list_opens_the_answer_of_that_customer(client, store, li, wang):
    lead = know(store, wang, "13905186627", "张伟")
    page = look_up(client, li, phone="6627", lead=lead.pk).content.decode()
    assert "王芳 stays the owner." in page


def test_looking_up_writes_nothing(client, store, li):
    before = LeadEvent.objects.count()
    look_up(client, li, phone="13905186627")
    assert (Visit.objects.count(), Customer.objects.count(), LeadEvent.objects.count()) == (0, 0, before)


def test_a_number_is_never_asked_by_an_address(client, store, li):
    client.force_login(li)
    assert client.get(reverse("showroom:lookup"), {"phone": "13905186627"}).status_code == 405


@pytest.mark.parametrize("role", ["finance", "general_manager", "customer_service", "admin", "bdc_agent"])
def test_who_does_not_write_the_register_is_refused(client, store, role):
    client.force_login(person(store, "other", "外人", role))
    assert client.get(URL).status_code == 403
    assert client.post(URL, {"phone": "13905186627"}).status_code == 403
    assert client.post(reverse("showroom:lookup"), {"phone": "13905186627"}).status_code == 403


def test_a_stranger_is_sent_to_the_login(client, store):
    assert client.get(URL).headers["Location"] == "/login/?next=/walk-in/"


# --- the draft --------------------------------------------------------------------------------


def test_what_was_typed_and_not_saved_stands_on_the_sheet_again(client, store, li):
    drafts.keep(li, "walk-in", {"phone": "139 0518 6627", "name": "张伟", "persons": "4"}, at=at(NOW))
    client.force_login(li)
    page = client.get(URL).content.decode()
    assert 'value="139 0518 6627"' in page
    assert 'value="张伟"' in page
    assert 'value="4"' in page
    assert "New customer" in page


def test_a_draft_of_several_values_does_not_break_the_sheet(client, store, li):
    drafts.keep(li, "walk-in", {"phone": ["139", "138"], "name": "张伟"}, at=at(NOW))
    client.force_login(li)
    assert 'value="张伟"' in client.get(URL).content.decode()
    again = {"phone": ["139", "13905186627"], "lead": ["x", ""]}
    assert "New customer" in client.post(reverse("showroom:lookup"), again).content.decode()


@pytest.mark.parametrize(
    "odd", ["\x00", "\u202e", "😀" * 40, "'; drop table--", "<b>", "\ud800", "٣٤٥٦", "%"]
)
@pytest.mark.thorough
def test_odd_texts_are_answered_and_never_break(client, sheet, store, li, odd):
    odd = odd.encode("utf-8", "replace").decode()
    assert look_up(client, li, phone=odd).status_code == 200
    assert look_up(client, li, phone=odd, lead=odd).status_code in (200, 404)
    assert sheet(li, phone=odd, name=odd, persons=odd, lead=odd, car_model=odd).status_code in (422, 404)
    assert Visit.objects.count() == 0


def test_saving_forgets_the_draft(sheet, store, li):
    drafts.keep(li, "walk-in", {"phone": "139"}, at=at(NOW))
    sheet(li, phone="13905186627", name="张伟")
    assert Draft.objects.count() == 0


# --- expected today -----------------------------------------------------------------------------


@pytest.fixture
def expected(store, li):
    """Wu Lei of Li, expected at 14:15."""
    lead = know(store, li, "13620878805", "吴磊", grade="B")
    return make_appointment(lead.pk, at("2026-03-12 14:15"), by=li, now=at("2026-03-12 09:00"))


def arrive(client, user, appointment):
    client.force_login(user)
    return client.post(reverse("showroom:arrived", args=[appointment.pk]))


def test_one_tap_logs_the_arrival_and_keeps_the_appointment(client, store, li, expected):
    answer = arrive(client, li, expected)
    expected.refresh_from_db()
    visit = Visit.objects.get()
    assert (visit.lead, visit.receiver, visit.arrived_at) == (expected.lead, li, at(NOW))
    assert expected.state == Appointment.State.SHOWED
    assert answer.headers["Location"] == reverse("leads:card", args=[expected.lead.number])


def test_reception_gives_who_was_expected_to_the_owner(client, store, qian, li, expected):
    assert arrive(client, qian, expected).headers["Location"] == URL
    assert (Visit.objects.get().receiver, Visit.objects.get().courtesy) == (li, False)


def test_two_taps_are_one_visit(client, store, li, expected):
    first, second = arrive(client, li, expected), arrive(client, li, expected)
    assert Visit.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]


def test_an_appointment_of_another_day_is_not_kept_today(client, store, li):
    lead = know(store, li, "13620878805")
    later = make_appointment(lead.pk, at("2026-03-13 10:00"), by=li, now=at("2026-03-12 09:00"))
    assert arrive(client, li, later).headers["Location"] == URL
    later.refresh_from_db()
    assert (Visit.objects.count(), later.state) == (0, "planned")


def test_a_colleagues_appointment_does_not_exist_for_a_consultant(client, store, wang, expected):
    assert arrive(client, wang, expected).status_code == 404
    assert Visit.objects.count() == 0


def test_a_lead_received_three_times_today_is_found_once(store, li, wang):
    lead = know(store, wang, "13905186627")
    for hour in ("09:00", "11:00", "13:00"):
        when = at(f"2026-03-12 {hour}")
        visit, _new = log_visit(store, Arrival(lead_id=lead.pk), receiver=li, by=li, at=when, now=when)
        Visit.objects.filter(pk=visit.pk).update(left_at=when)
    for user in (li, wang):
        assert list(Lead.objects.visible_to(user, now=at(NOW))) == [lead]


# --- what it costs --------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "most"), [("li", 6), ("qian", 6)])
@pytest.mark.thorough
def test_the_sheet_asks_the_same_at_ten_and_a_thousand_rows(client, request, store, li, who, most):
    user = request.getfixturevalue(who)
    CarModelFactory(group=store.group)
    client.force_login(user)
    rows(store, li, 10)
    client.get(URL)  # what is kept in memory is read once
    with statements() as few:
        assert client.get(URL).status_code == 200
    rows(store, li, 990)
    with statements() as many:
        client.get(URL)
    assert len(few) == len(many) <= most


def rows(store, li, count):
    first = Visit.objects.count()
    Visit.objects.bulk_create(
        Visit(
            store=store, on=at(NOW).date(), flow_serial=first + n + 1, register_serial=first + n + 1,
            arrived_at=at(NOW), recorded_at=at(NOW), receiver=li, kind="first", name_text="刘先生",
        )
        for n in range(count)
    )  # fmt: skip


def save_statements(client, store, li, **fields):
    """The SQL of sending the walk-in sheet; the visit of it stands afterwards."""
    car = CarModelFactory(group=store.group)
    drafts.keep(li, "walk-in", {"phone": "139"}, at=at(NOW))
    client.force_login(li)
    client.get(URL)  # what is kept in memory is read once
    with statements() as asked:
        client.post(URL, {"token": str(uuid.uuid4()), "persons": "1", "car_model": car.pk, **fields})
    assert Visit.objects.filter(arrived_at=at(NOW)).count() == 1
    return asked


def test_saving_a_stranger_takes_fifteen_statements_at_most(client, store, li):
    asked = save_statements(client, store, li, phone="13905186628", name="何静")
    assert len(asked) <= 15, "\n".join(asked)


@pytest.mark.parametrize("kind", KINDS_OF_KNOWN)
@pytest.mark.thorough
def test_saving_whoever_we_know_takes_fifteen_statements_at_most(client, store, li, wang, kind):
    lead = known_as(kind, store, li, wang)
    asked = save_statements(client, store, li, lead=lead.pk)
    assert len(asked) <= 15, "\n".join(asked)
    lead.refresh_from_db()
    assert (lead.status, lead.owner, lead.next_due_on) == (
        *AFTER_A_VISIT[kind](li, wang),
        dt.date(2026, 3, 15),
    )
    assert broken() == {}


def test_who_was_invited_and_expected_today_is_saved_as_cheaply(client, store, li):
    lead = know(store, li, "13620878805", grade="A", step=1)
    Lead.objects.filter(pk=lead.pk).update(last_visit_at=None)
    make_appointment(lead.pk, at("2026-03-12 14:15"), by=li, now=at("2026-03-12 09:00"))
    asked = save_statements(client, store, li, lead=lead.pk)
    assert len(asked) <= 15, "\n".join(asked)
    lead.refresh_from_db()
    assert (lead.step, Appointment.objects.get().state) == (2, "showed")
