"""One car, many hands: no two drives share a moment, and nobody waits for ever (SPEC TEST-01)."""

import datetime as dt
import random
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, connections, transaction

from accounts.errors import Refused
from leads.models import Lead
from showroom.bookings import book
from showroom.models import Booking, DemoCar
from tests.conftest import at
from tests.factories import LeadFactory
from tests.showroom.cars import make_car

NOW = at("2026-03-07 08:00")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_200_bookings_by_20_hands_do_not_overlap_and_none_hangs(store, li):
    car = make_car(store)
    leads = [
        LeadFactory(store=store, owner=li, number=f"L-260301-{n:04}", customer__number=n) for n in range(20)
    ]
    chance = random.Random(7)
    wanted = [
        (leads[n % 20].pk, NOW + dt.timedelta(minutes=10 * chance.randrange(72)), chance.choice([20, 30, 40]))
        for n in range(200)
    ]
    with ThreadPoolExecutor(20) as hands:
        answers = list(hands.map(lambda one: _book(car, li, *one), wanted))
    assert set(answers) <= {"booked", "refused"}
    live = list(Booking.objects.filter(car=car).order_by("starts_at"))
    assert len(live) == answers.count("booked") > 15
    assert all(one.ends_at <= next_one.starts_at for one, next_one in pairwise(live))


def _book(car: DemoCar, li, lead_id: int, starts_at, minutes: int) -> str:
    ends_at = starts_at + dt.timedelta(minutes=minutes)
    try:
        book(car.pk, lead_id, starts_at=starts_at, ends_at=ends_at, by=li, now=NOW)
    except Refused:
        return "refused"
    except DatabaseError as fault:
        return f"{fault!r}"
    finally:
        connections.close_all()
    return "booked"


@pytest.mark.postgres
@pytest.mark.django_db
def test_behind_the_lock_stands_a_constraint(store, li):
    """It comes with its migration; the short suite makes its tables without."""
    migration = import_module("showroom.migrations.0006_bookings_do_not_overlap")
    with connection.schema_editor() as editor:
        migration.drop(None, editor)
        migration.add(None, editor)
    lead, car = LeadFactory(store=store, owner=li), make_car(store)
    facts = {"store": store, "car": car, "lead": lead, "set_by": li, "set_at": NOW}
    times = [
        (at("2026-03-07 10:00"), at("2026-03-07 10:30")),
        (at("2026-03-07 10:20"), at("2026-03-07 10:50")),
    ]
    Booking.objects.create(**facts, starts_at=times[0][0], ends_at=times[0][1])
    with pytest.raises(DatabaseError), transaction.atomic():
        Booking.objects.create(**facts, starts_at=times[1][0], ends_at=times[1][1])
    Booking.objects.create(**facts, starts_at=times[0][1], ends_at=at("2026-03-07 11:00"))
    assert Lead.objects.count() == 1
