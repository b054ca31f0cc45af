"""The call sheet: one screen, one row, whoever sends it and however often (SPEC CALL-06, CALL-07)."""

import datetime as dt
import uuid

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts import drafts
from accounts.models import Draft
from followups.models import Contact
from leads.models import Customer, Lead, Term
from showroom.models import Call, Visit
from tests.conftest import at
from tests.factories import CarModelFactory
from tests.numbers import full_numbers
from tests.showroom.known import KINDS_OF_KNOWN, know, known_as
from tests.statements import statements
from tests.test_invariants import broken

pytestmark = pytest.mark.django_db

NOW = "2026-03-12 14:06"
URL = "/call/"

# Status, owner and next date of somebody known after Li took the call: a contact only if he may work on it.
TALKED, RANG = dt.date(2026, 3, 15), dt.date(2026, 3, 12)
AFTER_A_CALL = {
    "own": lambda li, wang: ("active", li, TALKED),
    "colleague's": lambda li, wang: ("active", wang, RANG),
    "pool": lambda li, wang: ("active", li, TALKED),
    "dormant": lambda li, wang: ("active", wang, RANG),
    "lost": lambda li, wang: ("active", li, TALKED),
    "invalid": lambda li, wang: ("active", li, TALKED),
}


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = at(NOW).isoformat()


@pytest.fixture
def sheet(client):
    """Sends the sheet as somebody: `sheet(li, phone="139...", name="张伟")`."""

    def send(user, *, token=None, **fields):
        client.force_login(user)
        data = {"token": str(token or uuid.uuid4()), "outcome": "looking", **fields}
        return client.post(URL, data)

    return send


def said(answer):
    return [(message.level_tag, message.message) for message in get_messages(answer.wsgi_request)]


def test_a_new_number_is_a_customer_a_lead_and_a_row(sheet, store, li):
    car = CarModelFactory(group=store.group)
    channel = Term.objects.get(store=store, list="channel", code="website")
    answer = sheet(
        li, phone="139 0518 6627", name="张 伟", car_model=car.pk, channel=channel.pk, read_back="on",
        outcome="price", address="城东路8号", remark="问置换",
    )  # fmt: skip
    call = Call.objects.get()
    assert answer.headers["Location"] == reverse("leads:card", args=[call.lead.number])
    assert (call.serial, call.receiver, call.at, call.ended_at) == (1, li, at(NOW), at(NOW))
    assert (call.outcome, call.address, call.remark, call.car_model) == ("price", "城东路8号", "问置换", car)
    assert (call.lead.owner, call.lead.step, call.lead.channel) == (li, 2, channel)
    assert call.customer.contact_points.get().verified_at == at(NOW)
    assert said(answer) == [("success", "张伟 is on record.")]


def test_a_number_not_read_back_is_saved_with_a_warning(sheet, store, li):
    answer = sheet(li, phone="13905186627", name="张伟")
    assert said(answer) == [
        ("warning", "张伟 is on record. The number was not read back: check it with the next call.")
    ]
    assert Call.objects.get().read_back_at is None


def test_the_call_lasted_from_opening_the_sheet_to_saving_it(sheet, store, li):
    sheet(li, phone="13905186627", opened=int(at("2026-03-12 14:01:30").timestamp()))
    call = Call.objects.get()
    assert (call.at, call.ended_at) == (at("2026-03-12 14:01:30"), at(NOW))


def test_a_sheet_left_open_for_hours_does_not_say_when_it_rang(sheet, store, li):
    sheet(li, phone="13905186627", opened=int(at("2026-03-12 09:01").timestamp()))
    assert Call.objects.get().at == at(NOW)


def test_a_call_of_this_morning_is_written_down_later(sheet, store, li):
    sheet(li, phone="13905186627", called_at="09:30")
    call = Call.objects.get()
    assert (call.at, call.ended_at, call.recorded_at) == (
        at("2026-03-12 09:30"),
        at("2026-03-12 09:30"),
        at(NOW),
    )


def test_a_call_of_the_future_is_refused_and_everything_typed_stays(sheet, store, li):
    answer = sheet(li, phone="13905186627", name="张伟", called_at="14:07", remark="问置换")
    page = answer.content.decode()
    assert (answer.status_code, Call.objects.count(), Customer.objects.count()) == (422, 0, 0)
    for words in (
        "A call cannot lie in the future.",
        'value="13905186627"',
        'value="张伟"',
        'value="问置换"',
    ):
        assert words in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"phone": ""}, "Type the number, or tap “No phone given”."),
        ({"phone": "139 0518 662"}, "1 digit short; a mobile has 11."),
        ({"phone": "13905186627", "outcome": ""}, "Tap what came out of it."),
    ],
)
def test_what_is_missing_is_said(sheet, store, li, fields, words):
    answer = sheet(li, **fields)
    assert (answer.status_code, Call.objects.count()) == (422, 0)
    assert words in answer.content.decode()


def test_without_a_number_only_the_register_row_stands(sheet, store, li):
    answer = sheet(li, name="刘先生", no_phone="1")
    call = Call.objects.get()
    assert (call.lead, call.name_text, call.outcome, answer.headers["Location"]) == (
        None,
        "刘先生",
        "declined",
        "/",
    )


def test_the_same_sheet_sent_twice_is_one_call(sheet, store, li):
    token = uuid.uuid4()
    first, second = (sheet(li, phone="13905186627", token=token) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert (Call.objects.count(), Lead.objects.count()) == (1, 1)


def test_a_known_caller_is_picked_from_the_list(sheet, store, li):
    lead = know(store, li, "13620878805")
    answer = sheet(li, phone="8805", lead=lead.pk, outcome="coming")
    call = Call.objects.get()
    assert (call.lead, Contact.objects.get().outcome) == (lead, "coming")
    assert said(answer) == [("success", "张伟 is on record.")]


def test_reception_names_who_takes_the_call_and_stays_at_the_sheet(sheet, store, li, wang, qian):
    lead = know(store, wang, "13620878805")
    assert "Choose who receives" in sheet(qian, phone="13905186627").content.decode()
    answer = sheet(qian, phone="13905186627", receiver=li.pk)
    assert (Call.objects.get().receiver, answer.headers["Location"]) == (li, URL)
    sheet(qian, phone="8805", owner_receives=lead.pk)
    assert Call.objects.get(lead=lead).receiver == wang


def test_the_answer_says_whose_it_is_and_who_calls_back(client, store, li, wang):
    lead = know(store, wang, "13620878805", name="彭丽女士")
    client.force_login(li)
    listed = client.post("/call/lookup/", {"phone": "8805"}, headers={"HX-Request": "true"}).content.decode()
    assert f'name="lead" value="{lead.pk}" formaction="/call/lookup/"' in listed
    page = client.post("/call/lookup/", {"phone": "13620878805"}, headers={"HX-Request": "true"})
    page = page.content.decode()
    assert "王芳 stays the owner and <b>calls back within 24 hours</b>." in page
    assert ("彭**女士" in page, full_numbers(page)) == (True, [])
    assert Call.objects.count() == 0


def test_without_scripts_the_lookup_answers_with_the_whole_sheet(client, store, li):
    client.force_login(li)
    page = client.post("/call/lookup/", {"phone": "13905186627", "name": "张伟"}).content.decode()
    assert ("Nobody has this number." in page, 'value="张伟"' in page) == (True, True)


def test_what_was_typed_stands_there_again_until_it_is_saved(client, store, li, sheet):
    drafts.keep(li, "call", {"phone": "1390518", "name": "张伟"}, at=at(NOW))
    client.force_login(li)
    page = client.get(URL).content.decode()
    assert ('value="1390518"' in page, 'value="张伟"' in page) == (True, True)
    sheet(li, phone="13905186627")
    assert not Draft.objects.exists()


def test_who_called_a_week_ago_belongs_to_whoever_receives(client, store, li, wang, sheet):
    lead = know(store, wang, "13620878805", phone_only_since="2026-03-04")
    Lead.objects.filter(pk=lead.pk).update(last_visit_at=None)
    client.force_login(li)
    page = client.post("/walk-in/lookup/", {"phone": "13620878805"}, headers={"HX-Request": "true"})
    assert "No owner today. <b>Whoever receives owns.</b>" in page.content.decode()
    assert "called, did not come" in page.content.decode()
    client.post("/walk-in/", {"token": str(uuid.uuid4()), "persons": "1", "lead": lead.pk})
    assert Visit.objects.get().lead.owner == li


def test_the_sheet_asks_when_they_buy_and_when_they_come(client, sheet, store, li):
    client.force_login(li)
    page = client.get(URL).content.decode()
    assert ("H 7 days" in page, 'name="coming_at"' in page, 'value="O"' in page) == (True, True, False)
    car = CarModelFactory(group=store.group)
    told = {"car_model": car.pk, "grade": "B", "coming_at": "2026-03-15T10:30", "agreed": "on"}
    sheet(li, phone="13905186627", name="张伟", outcome="coming", **told)
    lead = Lead.objects.get()
    assert (lead.grade, lead.agreed_on, lead.appointments.get().at) == (
        "B",
        dt.date(2026, 3, 15),
        at("2026-03-15 10:30"),
    )


def test_a_time_that_has_passed_is_refused_and_everything_typed_stays(sheet, store, li):
    answer = sheet(li, phone="13905186627", name="张伟", coming_at="2026-03-12T10:30")
    page = answer.content.decode()
    assert (answer.status_code, Call.objects.count()) == (422, 0)
    for words in ("The appointment lies in the past.", 'value="2026-03-12T10:30"', 'value="张伟"'):
        assert words in page


def save_statements(client, store, li, **fields):
    """The SQL of sending the call sheet, opened a minute ago; the call of it stands afterwards."""
    fields.setdefault("car_model", CarModelFactory(group=store.group).pk)
    drafts.keep(li, "call", {"phone": "139"}, at=at(NOW))
    client.force_login(li)
    client.get(URL)  # what is kept in memory is read once
    opened = int(at("2026-03-12 14:05").timestamp())
    with statements() as asked:
        client.post(URL, {"token": str(uuid.uuid4()), "outcome": "looking", "opened": opened, **fields})
    assert Call.objects.filter(recorded_at=at(NOW)).count() == 1
    return asked


def test_saving_a_stranger_takes_fifteen_statements_at_most(client, store, li):
    asked = save_statements(client, store, li, phone="13905186628", name="何静", read_back="on")
    assert len(asked) <= 15, "\n".join(asked)


@pytest.mark.parametrize("kind", KINDS_OF_KNOWN)
@pytest.mark.thorough
def test_saving_whoever_we_know_takes_fifteen_statements_at_most(client, store, li, wang, kind):
    lead = known_as(kind, store, li, wang)
    asked = save_statements(client, store, li, lead=lead.pk)
    assert len(asked) <= 15, "\n".join(asked)
    lead.refresh_from_db()
    assert (lead.status, lead.owner, lead.next_due_on) == AFTER_A_CALL[kind](li, wang)
    assert broken() == {}
