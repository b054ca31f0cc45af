"""A demo car, and a drive as far as a test needs it."""

from leads.models import CarModel
from showroom.bookings import book
from showroom.drives import Papers, check_car, end_drive, keep_papers, start_drive, start_ride
from showroom.models import AgreementText, DemoCar
from tests.conftest import at

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 60
READY = {"clean": True, "condition": True, "route": True}
MORNING = at("2026-03-07 09:00")


def make_car(store, plate="T1", **facts):
    sylphy, _new = CarModel.objects.get_or_create(
        group=store.group, brand="Dongfeng", code="sylphy", name_en="Sylphy", name_zh="轩逸"
    )
    AgreementText.objects.get_or_create(
        store=store, version=1, defaults={"text_en": "I drive with care.", "valid_from": "2026-01-01"}
    )
    return DemoCar.objects.create(store=store, car_model=sylphy, plate=plate, **facts)


def booked(car, lead, by, starts="10:00", ends="10:30", *, on="2026-03-07", now=MORNING):
    times = {"starts_at": at(f"{on} {starts}"), "ends_at": at(f"{on} {ends}")}
    return book(car.pk, lead.pk, **times, by=by, now=now)


def ridden(booking, by, when="2026-03-07 10:02"):
    check_car(booking.pk, READY, by=by, now=at(when))
    return start_ride(booking.pk, by=by, at=at(when))


def signed(booking, by, when="2026-03-07 10:05"):
    return keep_papers(booking.pk, Papers("张三", signature=PNG), by=by, now=at(when))


def driven(booking, by, *, minutes=12):
    """Ridden 10:02, driven from 10:10, back after so many minutes."""
    ridden(booking, by)
    signed(booking, by)
    start_drive(booking.pk, by=by, at=at("2026-03-07 10:10"))
    return end_drive(booking.pk, by=by, at=at(f"2026-03-07 10:{10 + minutes}"))
