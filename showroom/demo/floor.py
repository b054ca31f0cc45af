"""The floor of the demo store: the up list, demo cars, what is asked, shown and driven."""

import datetime as dt
import random
from collections.abc import Callable

from accounts.errors import Refused
from accounts.models import Store, User
from leads.models import CarModel, Lead
from showroom import needs, rota, walking
from showroom.bookings import block, book
from showroom.demo_cars import save_demo_car, write_agreement
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
from showroom.models import Booking, DemoCar
from showroom.walk_positions import ASPECTS, positions

from . import cast

CHECKS = {"clean": True, "condition": True, "route": True}
DRIVE, RIDE = dt.timedelta(minutes=25), dt.timedelta(minutes=8)
HALF_HOUR = dt.timedelta(minutes=30)


def found(store: Store, *, by: User, now: dt.datetime) -> None:
    """Four demo cars and the first wording of the drive agreement, at the founding (UTC `now`)."""
    models = {model.code: model for model in CarModel.objects.filter(group=store.group)}
    for code, plate, label in cast.DEMO_CARS:
        save_demo_car(store, car_model=models[code], plate=plate, label=label, by=by, at=now)
    en, zh = cast.AGREEMENT
    write_agreement(store, text_en=en, text_zh=zh, valid_from=store.business_date(now), by=by, at=now)


# --- the acts of a day ------------------------------------------------------------------------


def mornings(day) -> list[tuple[dt.datetime, Callable]]:
    """DEMO_ACTS: everybody signs in, the manager confirms the order."""
    chance = random.Random(f"floor:{day.store.code}:{day.on}")
    people = chance.sample(day.consultants, len(day.consultants))
    acts = [
        (day.at(8, 28 + 3 * n), lambda moment, one=one: rota.sign_in(day.store, one, by=one, at=moment))
        for n, one in enumerate(people)
    ]
    order = [one.pk for one in people]
    confirmed = day.at(8, 45)
    return [*acts, (confirmed, lambda moment: rota.confirm(day.store, order, by=day.manager, at=moment))]


def cars(day) -> list[tuple[dt.datetime, Callable]]:
    """DEMO_ACTS: one car goes to the workshop, some customers book for today and tomorrow."""
    chance = random.Random(f"cars:{day.store.code}:{day.on}")
    acts = [
        (day.at(9, 5 + 9 * n), lambda moment: _book(day, chance, moment)) for n in range(chance.randint(3, 5))
    ]
    acts.append((day.at(9, 0), lambda moment: _workshop(day, moment)))
    return acts


def _workshop(day, moment: dt.datetime) -> None:
    """Each car in its turn, from one o'clock on; the next one where it is taken."""
    fleet = list(DemoCar.objects.filter(store=day.store, active=True).order_by("id"))
    times = {"starts_at": day.at(13, 0), "ends_at": day.at(18, 0)}
    for n in range(len(fleet)):
        car = fleet[(day.on.toordinal() + n) % len(fleet)]
        facts = {**times, "reason": cast.WORKSHOP, "by": day.manager, "now": moment}
        if _taken_or(lambda car=car, facts=facts: block(car.pk, **facts)):
            return


def _book(day, chance: random.Random, moment: dt.datetime) -> None:
    """Somebody who talks already takes a car, this afternoon or tomorrow."""
    leads = Lead.objects.filter(
        store=day.store, status="active", step__in=(3, 4, 6), owner__isnull=False, grade__in=("H", "A")
    ).exclude(appointments__state="planned")
    lead = leads.select_related("owner").order_by("-last_visit_at", "id")[chance.randint(0, 5) :].first()
    fleet = list(DemoCar.objects.filter(store=day.store, active=True).order_by("id"))
    if lead is None or not fleet:
        return
    days, hour = chance.choice([0, 0, 1]), chance.randint(10, 17)
    on, half_hour = day.on + dt.timedelta(days=days), chance.choice([0, 30])
    starts_at = day.store.at_local(on, dt.time(hour, half_hour))
    if starts_at > moment:
        _taken_or(
            lambda: book(
                chance.choice(fleet).pk, lead.pk, starts_at=starts_at, ends_at=starts_at + HALF_HOUR,
                by=lead.owner, now=moment,
            )
        )  # fmt: skip


def _taken_or(run: Callable) -> Booking | None:
    """What was booked; nothing when the car is taken."""
    try:
        return run()
    except Refused:
        return None


# --- with a customer --------------------------------------------------------------------------


def ask(lead: Lead, receiver: User, chance: random.Random, *, at: dt.datetime, done: bool) -> None:
    """The needs report, begun or finished: the step moves by itself."""
    said = {code: {"chips": chance.sample(list(ASPECTS), 2), "text": ""} for code in ("matters",)}
    said["budget"] = {"chips": [], "text": chance.choice(cast.BUDGETS)}
    needs.answer(lead.pk, said, by=receiver, at=at)
    if done and lead.customer.name:
        summary, grade = chance.choice(cast.NEEDS), chance.choice(["H", "A", "A", "B"])
        finish = needs.Finish(summary=summary, confirmed=True, grade=grade, grade_reason=cast.BY_EAR)
        needs.finish_report(lead.pk, finish, by=receiver, at=at)


def show(lead: Lead, receiver: User, car: CarModel | None, chance: random.Random, *, at: dt.datetime) -> None:
    """Once round the car, now and then not all the way."""
    codes = [term.code for term in positions(lead.store)]
    whole = chance.random() < 0.7
    shown = walking.Shown(
        car_model=car,
        positions=codes if whole else codes[:4],
        aspects=chance.sample(list(ASPECTS), 3),
        focus="" if whole else cast.FOCUS,
        brochure_given=chance.random() < 0.8,
        drive_wanted=True,
    )
    walking.keep_walkaround(lead.pk, shown, by=receiver, at=at)


def drive(lead: Lead, receiver: User, chance: random.Random, *, at: dt.datetime) -> None:
    """Ride, drive and feedback in a car that is free, if one is: DRIVE from `at` on (UTC)."""
    booking = _own_booking(lead, at) or _free_booking(lead, receiver, at)
    if booking is None:
        return
    check_car(booking.pk, CHECKS, by=receiver, now=at)
    papers = Papers(driver_name=lead.customer.name or cast.DRIVER, on_paper=True)
    keep_papers(booking.pk, papers, by=receiver, now=at)
    if _taken_or(lambda: start_ride(booking.pk, by=receiver, at=at)) is None:
        return
    start_drive(booking.pk, by=receiver, at=at + RIDE)
    back = at + DRIVE
    end_drive(booking.pk, by=receiver, at=back)
    marks = Feedback(overall=chance.randint(3, 5), comment=chance.choice(cast.DROVE))
    give_feedback(booking.pk, marks, by=receiver, at=back)


def _own_booking(lead: Lead, at: dt.datetime) -> Booking | None:
    """The one that was made for about now."""
    near = (at - dt.timedelta(hours=1), at + dt.timedelta(minutes=20))
    return Booking.objects.filter(lead=lead, state="planned", starts_at__range=near).first()


def _free_booking(lead: Lead, receiver: User, at: dt.datetime) -> Booking | None:
    for car in DemoCar.objects.filter(store=lead.store, active=True).order_by("id"):
        times = {"starts_at": at, "ends_at": at + HALF_HOUR}
        booked = _taken_or(lambda car=car, times=times: book(car.pk, lead.pk, **times, by=receiver, now=at))
        if booked:
            return booked
    return None
