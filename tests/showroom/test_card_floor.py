"""The floor on the card: one timeline entry for each thing that happened, in one statement."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from leads.steps import Step
from showroom.bookings import cancel_booking
from showroom.drives import Feedback, give_feedback
from showroom.models import Visit
from showroom.needs import Finish, add_companion, answer, decline_report, finish_report
from showroom.price_talks import (
    Talk,
    answer_concession,
    ask_concession,
    keep_talk,
    note_objection,
    solve_objection,
)
from showroom.visits import Arrival, log_visit
from showroom.walking import Shown, keep_walkaround
from tests.conftest import at, person
from tests.factories import CarModelFactory, LeadFactory
from tests.showroom.cars import booked, driven, make_car
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-07 11:00")
SIX = ("front", "driver", "rear_seat", "boot", "side", "engine")


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li, step=Step.RECEPTION, grade="H", next_due_on="2026-03-08")


@pytest.fixture
def card(client, li, lead, settings):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li)
    return lambda: client.get(reverse("leads:card", args=[lead.number]))


def entries(card):
    return [(item.title, item.text, item.tags) for item in card().context["timeline"] if item.soft]


def test_needs_walkaround_and_drive_are_told(card, lead, li, store):
    car = make_car(store)
    answer(lead.pk, {"main_use": {"chips": ["school"], "text": ""}}, by=li, at=at("2026-03-07 09:10"))
    told = Finish(confirmed=True, summary="School run", models=[car.car_model])
    finish_report(lead.pk, told, by=li, at=at("2026-03-07 09:20"))
    shown = Shown(car.car_model, SIX, brochure_given=True, drive_wanted=True, signals=["touches"])
    keep_walkaround(lead.pk, shown, by=li, at=at("2026-03-07 09:40"))
    booking = booked(car, lead, li)
    driven(booking, li)
    give_feedback(booking.pk, Feedback(overall=5, signals=("pleased",)), by=li, at=at("2026-03-07 10:40"))
    by = f"By {li.full_name}."
    assert entries(card) == [
        (
            "Test drive · Sylphy",
            f"12 minutes at the wheel. All in all 5 of 5. Pleased with the drive. {by}",
            (("ok", "valid"),),
        ),
        (
            "Walkaround · Sylphy",
            f"6 positions shown. Brochure given. Wants to drive. Touches and tries again and again. {by}",
            (),
        ),
        ("Needs agreed on", f"School run. {by}", ()),
        ("Needs report begun", by, ()),
    ]


def test_a_declined_report_a_short_drive_and_one_called_off(card, lead, li, store):
    decline_report(lead.pk, by=li, at=at("2026-03-07 09:20"))
    car = make_car(store)
    driven(booked(car, lead, li), li, minutes=5)
    later = booked(car, lead, li, "15:00", "15:30")
    cancel_booking(later.pk, reason="snow", by=li, now=NOW)
    told = entries(card)
    assert [title for title, _text, _tags in told] == [
        "Test drive · Sylphy", "Test drive · Sylphy", "Needs report declined",
    ]  # fmt: skip
    assert [tags for _title, _text, tags in told[:2]] == [(("", "Cancelled"),), (("", "does not count"),)]
    assert told[0][1].startswith("snow.")


def test_talks_objections_and_requests_are_told(card, lead, li, chen):
    talk = Talk(acceptance=70, decision="undecided", resistance="price", signals=["loan_papers"])
    keep_talk(lead.pk, talk, by=li, at=at("2026-03-07 10:00"))
    first = note_objection(
        lead.pk, cause="not_convinced", obstacle="price", text="Too dear", by=li, at=at("2026-03-07 10:10")
    )
    solve_objection(first.pk, technique="compensate", by=li, at=at("2026-03-07 10:20"))
    asked = {"kind": "price", "asked": "", "amount": Decimal("2000")}
    row = ask_concession(lead.pk, **asked, by=li, at=at("2026-03-07 10:30"))
    answer_concession(row.pk, granted=True, text="with the loan", by=chen, at=NOW)
    by = f"By {li.full_name}."
    assert entries(card) == [
        (
            "They ask for something",
            f"Price · 2,000 CNY. with the loan. Answered by {chen.full_name}. {by}",
            (("ok", "Granted"),),
        ),
        ("Objection", f"Too dear. Not convinced. Price. Compensating. {by}", (("ok", "out of the way"),)),
        ("Price talk · 70%", f"Undecided. Price. Asks for the loan papers. {by}", ()),
    ]


def test_who_came_along_what_was_recommended_and_the_next_drive(card, lead, li, store):
    car = make_car(store)
    answer(lead.pk, {"main_use": {"chips": ["school"], "text": ""}}, by=li, at=NOW)
    other = CarModelFactory(group=store.group, name_en="X-Trail")
    finish_report(lead.pk, Finish(confirmed=True, models=[other, car.car_model]), by=li, at=NOW)
    add_companion(lead.pk, relation="child", by=li, at=NOW)
    add_companion(lead.pk, relation="spouse", name="王丽", decides=True, by=li, at=NOW)
    booking = booked(car, lead, li, "15:00", "15:30")
    page = card().content.decode()
    assert "王丽 (Spouse), Child" in page
    assert "decides: 王丽 (Spouse)" in page
    assert "X-Trail · Sylphy" in page
    assert reverse("showroom:booking", args=[booking.pk]) in page


@pytest.mark.parametrize(("grade", "told"), [("H", True), ("B", False)])
def test_nego_12_a_lead_at_h_shows_how_many_obstacles_stand(card, lead, li, grade, told):
    lead.grade = grade
    lead.save()
    solved = note_objection(lead.pk, cause="other_opinion", by=li, at=NOW)
    for obstacle in ("models", "price"):
        note_objection(lead.pk, cause="not_convinced", obstacle=obstacle, by=li, at=NOW)
    solve_objection(solved.pk, by=li, at=NOW)
    assert ("2 open objections" in card().content.decode()) is told


FLOOR_LINES = {"Needs report", "Walkaround", "Book a test drive", "Price talk"}


def floor_lines(client, person, lead) -> set[str]:
    client.force_login(person)
    page = client.get(reverse("leads:card", args=[lead.number]))
    return FLOOR_LINES & {action.label for action in page.context["actions"]}


def test_who_receives_a_colleagues_customer_has_the_floor_in_the_menu_while_they_are_here(
    client, store, li, wang, lead, settings
):
    settings.DEALER_NOW = NOW.isoformat()
    log_visit(store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=NOW, now=NOW)
    for who in (wang, li):
        assert floor_lines(client, who, lead) == FLOOR_LINES
    Visit.objects.update(left_at=NOW)
    assert [floor_lines(client, who, lead) for who in (wang, li)] == [set(), FLOOR_LINES]


def test_an_invitation_agent_has_no_demo_cars_in_the_menu(client, store, lead, settings):
    settings.DEALER_NOW = NOW.isoformat()
    mei = person(store, "mei", "梅兰", "bdc_agent")
    type(lead).objects.filter(pk=lead.pk).update(owner=None, setter=mei)
    assert floor_lines(client, mei, lead) == FLOOR_LINES - {"Book a test drive"}


@pytest.mark.thorough
def test_the_card_asks_ten_times_at_most_however_much_happened(card, lead, li, store):
    card()
    with statements() as few:
        card()
    for day in range(1, 29):
        when = at("2026-02-01 10:00") + dt.timedelta(days=day)
        keep_walkaround(lead.pk, Shown(positions=SIX, brochure_given=True), by=li, at=when)
        keep_talk(lead.pk, Talk(acceptance=50), by=li, at=when)
        note_objection(lead.pk, cause="other_opinion", by=li, at=when)
    with statements() as many:
        card()
    assert len(few) == len(many) <= 10, "\n".join(many)
