"""The pages of the demo cars: the grid, the booking sheet, a drive from the checks to the feedback."""

import base64
import datetime as dt

import pytest
from django.urls import reverse

from accounts.days_off import Kind, set_days
from accounts.roles import Role
from leads.collaborators import add_collaborator
from leads.models import Lead
from leads.steps import Step
from showroom.day_grid import day_grid, free_times
from showroom.drives import (
    Feedback,
    Papers,
    check_car,
    end_drive,
    give_feedback,
    keep_papers,
    start_drive,
    start_ride,
)
from showroom.models import Booking, Drive, DrivePaper
from showroom.serving import may_book, may_serve
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CustomerFactory, LeadFactory
from tests.showroom.cars import PNG, READY, booked, driven, make_car, signed
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = "2026-03-07T09:00:00+08:00"
MORNING = at("2026-03-07 09:00")


@pytest.fixture
def car(store):
    return make_car(store)


@pytest.fixture
def lead(store, li):
    return LeadFactory(store=store, owner=li, grade="B", step=Step.WALKAROUND, arrived_at=MORNING)


@pytest.fixture
def as_li(client, li, settings):
    settings.DEALER_NOW = NOW
    client.force_login(li)
    return client


def post_booking(client, lead, car, given):
    form = client.get(reverse("showroom:book_drive"), {"lead": lead.number}).context["form"]
    fields = {"token": form["token"].value(), "car": car.pk, "on": "2026-03-07", "time": "10:00"}
    return client.post(
        reverse("showroom:book_drive") + f"?lead={lead.number}", fields | {"minutes": 40} | given
    )


def test_a_drive_is_booked_from_the_card_once_however_often_it_is_sent(as_li, lead, car):
    form = as_li.get(reverse("showroom:book_drive"), {"lead": lead.number}).context["form"]
    assert (form["car"].value(), form["time"].value()) == (str(car.pk), dt.time(9, 0))
    fields = {
        "token": form["token"].value(),
        "car": car.pk,
        "on": "2026-03-07",
        "time": "10:00",
        "minutes": 40,
    }
    for _sent in range(2):
        answer = as_li.post(reverse("showroom:book_drive") + f"?lead={lead.number}", fields | {"minutes": 40})
        assert answer["Location"] == reverse("leads:card", args=[lead.number])
    booking = Booking.objects.get()
    assert (booking.starts_at, booking.ends_at) == (at("2026-03-07 10:00"), at("2026-03-07 10:40"))


def test_a_drive_that_begins_at_once_goes_on_at_the_car(as_li, lead, car, settings):
    settings.DEALER_NOW = "2026-03-07T09:30:00+08:00"
    answer = post_booking(as_li, lead, car, {})
    assert answer["Location"] == reverse("showroom:drive", args=[Booking.objects.get().pk])


def test_a_taken_time_is_said_at_the_time_and_what_was_typed_stays(as_li, lead, car, li):
    booked(car, lead, li, "10:20", "10:50")
    answer = post_booking(as_li, lead, car, {})
    assert answer.status_code == 422
    assert "taken from 10:20 to 10:50" in answer.context["form"].errors["time"][0]
    assert 'value="10:00"' in answer.content.decode()


@pytest.mark.parametrize(
    "given",
    [
        {"time": "25:00"},
        {"on": "2026-02-30"},
        {"minutes": "x"},
        {"minutes": 9},
        {"minutes": 10**30},
        {"car": "0"},
        {"on": "0001-01-01"},
        {"on": "9999-12-31"},
    ],
)
@pytest.mark.thorough
def test_bad_input_is_told_at_its_field(as_li, lead, car, given):
    answer = post_booking(as_li, lead, car, given)
    assert answer.status_code == 422
    assert next(iter(given)) in answer.context["form"].errors
    assert not Booking.objects.exists()


def test_the_past_is_refused(as_li, lead, car):
    answer = post_booking(as_li, lead, car, {"time": "08:00"})
    assert answer.status_code == 422
    assert "lies in the past" in answer.content.decode()


@pytest.mark.parametrize(("step", "leads_on"), [(Step.NEGOTIATION, True), (Step.DEAL, False)])
@pytest.mark.thorough
def test_after_the_feedback_the_price_talk_follows_until_the_deal(
    as_li, lead, car, li, settings, step, leads_on
):
    booking = booked(car, lead, li)
    driven(booking, li)
    settings.DEALER_NOW = "2026-03-07T11:00:00+08:00"
    page = reverse("showroom:drive", args=[booking.pk])
    talk = reverse("showroom:price_talk", args=[lead.number])
    assert talk not in as_li.get(page).content.decode()
    give_feedback(booking.pk, Feedback(overall=5), by=li, at=at("2026-03-07 10:50"))
    Lead.objects.update(step=step)
    assert (talk in as_li.get(page).content.decode()) is leads_on


def test_a_whole_drive_from_the_checks_to_the_feedback(as_li, lead, car, li, settings):
    booking = booked(car, lead, li)
    page = reverse("showroom:drive", args=[booking.pk])
    drawn = "data:image/png;base64," + base64.b64encode(PNG).decode()
    acts = [
        ("10:00", {"act": "check", "clean": "on", "condition": "on", "route": "on"}),
        ("10:01", {"act": "papers", "driver_name": "张三", "licence": "on", "signature": drawn}),
        ("10:02", {"act": "ride"}),
        ("10:10", {"act": "wheel"}),
        ("10:25", {"act": "end"}),
        ("10:28", {"act": "feedback", "overall": "5", "mark_quiet": "4", "signals": ["pleased"]}),
    ]
    for clock, fields in acts:
        settings.DEALER_NOW = f"2026-03-07T{clock}:00+08:00"
        assert as_li.post(page, fields)["Location"] == page
    drive = Drive.objects.get()
    assert (drive.ratings, drive.overall, drive.signals) == ({"quiet": 4}, 5, ["pleased"])
    assert drive.ended_at - drive.drive_started_at == dt.timedelta(minutes=15)
    lead.refresh_from_db()
    assert lead.step == Step.NEGOTIATION
    assert Booking.objects.get().ends_at == at("2026-03-07 10:25")  # the car is free again


def test_a_refusal_stands_on_the_page_and_what_was_typed_stays(as_li, lead, car, li):
    booking = booked(car, lead, li)
    answer = as_li.post(
        reverse("showroom:drive", args=[booking.pk]),
        {"act": "papers", "driver_name": "王小明", "licence": ""},
    )
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Look at the driving licence first." in text
    assert "王小明" in text


def test_two_check_the_car_and_no_tick_is_lost(as_li, lead, car, li):
    page = reverse("showroom:drive", args=[booked(car, lead, li).pk])
    opened = {"act": "check", "seen": as_li.get(page).context["checks"]["seen"].value()}
    assert as_li.post(page, opened | {"clean": "on"}).status_code == 302
    answer = as_li.post(page, opened | {"route": "on"})
    form = answer.context["checks"]
    assert (answer.status_code, form.clashes) == (409, ())
    assert "Somebody saved this meanwhile." in answer.content.decode()
    drive = Drive.objects.get()
    assert (drive.clean, drive.route) == (True, False)
    ticked = {name: "on" for name in ("clean", "condition", "route") if form[name].value()}
    again = {"act": "check", "seen": form["seen"].value(), **ticked}
    assert as_li.post(page, again).status_code == 302
    drive.refresh_from_db()
    assert (drive.clean, drive.condition, drive.route) == (True, False, True)


def test_a_picture_of_the_papers_is_private_and_each_look_is_on_record(as_li, client, lead, car, li, wang):
    booking = booked(car, lead, li)
    drive = Drive.objects.create(booking=booking, lead=lead)
    DrivePaper.objects.create(
        drive=drive, kind="signature", content=PNG, content_type="image/png", at=MORNING, by=li,
        expires_on="2026-05-06",
    )  # fmt: skip
    url = reverse("showroom:drive_paper", args=[booking.pk, "signature"])
    answer = as_li.get(url)
    assert (answer.content, answer["Content-Type"], answer["Cache-Control"]) == (
        PNG,
        "image/png",
        "private, no-store",
    )
    client.force_login(wang)
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("name", ["booking", "drive"])
@pytest.mark.parametrize("reader", ["li", "wang", "zhao", "chen", "qian"])
def test_a_booking_opens_for_who_sees_the_customer_and_at_reception(
    client, store, lead, car, li, reader, name, settings, request
):
    settings.DEALER_NOW, person = NOW, request.getfixturevalue(reader)
    url = reverse(f"showroom:{name}", args=[booked(car, lead, li).pk])
    client.force_login(person)
    seen = Lead.objects.visible_to(person, now=MORNING).filter(pk=lead.pk).exists()
    serves = may_book if name == "booking" else may_serve
    at_reception = Role.RECEPTIONIST in person.roles_in(store)
    allowed = 200 if serves(lead, person, now=MORNING) else 403
    assert client.get(url).status_code == (allowed if seen or at_reception else 404)


@pytest.mark.parametrize("number", [0, 10**6, 2**63 - 1, 2**63, 10**30])
def test_a_booking_that_never_was_is_not_found(as_li, number):
    assert as_li.get(reverse("showroom:booking", args=[number])).status_code == 404
    assert as_li.post(reverse("showroom:drive", args=[number]), {"act": "end"}).status_code == 404
    assert as_li.get(reverse("showroom:drive_paper", args=[number, "licence"])).status_code == 404


def here(store, owner, name, clock):
    opened = {"name": name, "card_opened_at": MORNING if name else None}
    customer = CustomerFactory(group=store.group, **opened)
    lead = LeadFactory(store=store, owner=owner, customer=customer, arrived_at=MORNING)
    log_visit(
        store, Arrival(lead_id=lead.pk), receiver=owner, by=owner, at=at(clock), now=at("2026-03-07 09:00")
    )
    return lead


def test_whom_one_sees_of_the_house_is_offered_the_newest_first(client, settings, store, car, li, wang, qian):
    settings.DEALER_NOW = NOW
    for person, name, clock in ((li, "张三", "08:10"), (wang, "李四", "08:30"), (li, "", "08:20")):
        here(store, person, name, f"2026-03-07 {clock}")
    gone = here(store, li, "王五", "2026-03-07 08:40")
    Lead.objects.filter(pk=gone.pk).update(status="lost")

    def offered(person):
        client.force_login(person)
        form = client.get(reverse("showroom:book_drive")).context["form"]
        return [words for _pk, words in form.fields["lead"].choices]

    nameless = Lead.objects.get(customer__name="").number
    assert offered(li) == [nameless, "张三"]
    assert offered(wang) == ["李四"]
    assert offered(qian) == ["李四", nameless, "张三"]


def test_papers_shown_again_take_the_place_of_the_first(lead, car, li):
    booking = booked(car, lead, li)
    for clock, picture in (("10:00", PNG), ("10:05", b"\xff\xd8\xff" + b"1" * 60)):
        drive = keep_papers(
            booking.pk, Papers("张三", signature=picture), by=li, now=at(f"2026-03-07 {clock}")
        )
    (paper,) = DrivePaper.objects.filter(drive=drive)
    assert (bytes(paper.content)[:3], paper.content_type) == (b"\xff\xd8\xff", "image/jpeg")
    assert (paper.at, paper.by) == (at("2026-03-07 10:05"), li)


def test_a_colleagues_customer_has_no_name_on_the_grid(store, lead, car, li, wang):
    booked(car, lead, li)
    (slot,) = day_grid(store, dt.date(2026, 3, 7), user=wang, now=MORNING).lanes[0].slots
    assert (slot.name, slot.opens) == ("", False)
    (slot,) = day_grid(store, dt.date(2026, 3, 7), user=li, now=MORNING).lanes[0].slots
    assert (slot.name, slot.opens) == ("张三", True)


def test_collaborator_and_deputy_of_the_day_open_the_drive_too(store, lead, car, li, wang, zhao, chen):
    booked(car, lead, li)
    saturday = dt.date(2026, 3, 7)
    add_collaborator(lead.pk, wang, by=li, at=MORNING)
    set_days(li, store, saturday, saturday, Kind.ABSENT, deputy=zhao, by=chen, at=MORNING)
    for person in (wang, zhao):
        (slot,) = day_grid(store, saturday, user=person, now=MORNING).lanes[0].slots
        assert (slot.name, slot.opens) == ("张三", True)


def test_free_times_lie_between_the_bookings_inside_opening_hours(store, lead, car, li):
    booked(car, lead, li, "10:00", "10:30")
    booked(car, lead, li, "11:10", "14:20")
    booked(car, lead, li, "14:20", "17:30")
    free = free_times(store, car, dt.date(2026, 3, 7), minutes=40, now=at("2026-03-07 09:12:30"))
    assert [f"{start.astimezone(store.zone):%H:%M}" for start in free] == ["09:15", "10:30"]


@pytest.mark.parametrize("count", [10, 200])
def test_the_grid_takes_the_same_statements_however_many_drives(as_li, store, li, count):
    cars = [make_car(store, f"T{n}") for n in range(5)]
    customer = CustomerFactory(group=store.group)
    lead = LeadFactory(store=store, owner=li, customer=customer)
    start = at("2026-03-07 09:00")
    Booking.objects.bulk_create(
        Booking(
            store=store, car=cars[n % 5], lead=lead, consultant=li, set_by=li, set_at=MORNING,
            starts_at=start + dt.timedelta(minutes=2 * n), ends_at=start + dt.timedelta(minutes=2 * n + 1),
        )
        for n in range(count)
    )  # fmt: skip
    as_li.get(reverse("showroom:drives"))
    with statements() as asked:
        assert as_li.get(reverse("showroom:drives")).status_code == 200
    assert len(asked) <= 8, asked


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "x", "2026-02-30", ""])
@pytest.mark.thorough
def test_any_day_in_the_address_shows_a_day(as_li, car, day):
    assert as_li.get(reverse("showroom:drives"), {"on": day}).status_code == 200
    assert as_li.get(reverse("showroom:register"), {"on": day}).status_code == 200


def test_saves_keep_the_bar(lead, car, li):
    """A save is 15 statements at most; the start of the ride moves the lead a step."""
    booking = booked(car, lead, li)
    check_car(booking.pk, READY, by=li, now=at("2026-03-07 10:00"))
    verbs = [
        lambda: start_ride(booking.pk, by=li, at=at("2026-03-07 10:02")),
        lambda: signed(booking, li),
        lambda: start_drive(booking.pk, by=li, at=at("2026-03-07 10:10")),
        lambda: end_drive(booking.pk, by=li, at=at("2026-03-07 10:30")),
        lambda: give_feedback(booking.pk, Feedback(overall=5), by=li, at=at("2026-03-07 10:31")),
        lambda: booked(car, lead, li, "16:00", "16:40", now=at("2026-03-07 11:00")),
    ]
    for verb in verbs:
        with statements() as asked:
            verb()
        assert len(asked) <= 15, (len(asked), asked)
