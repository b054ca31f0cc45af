"""A day of the showroom, and the list of its saves."""

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace

from django.urls import reverse

from followups.models import Contact
from leads.models import LeadEvent, LeadModel
from showroom.models import Companion, Concession, Objection, PriceTalk, Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import CarModelFactory, make_person
from tests.showroom.cars import make_car
from tests.showroom.known import know, known_as
from tests.showroom.up_list import open_list

DAY = "2026-03-12"
NOW = at(f"{DAY} 14:06")
TODAY = dt.date(2026, 3, 12)
PHONE = "13905186628"

SAVES: dict[str, Callable] = {}


def save(send: Callable) -> Callable:
    """`send(day)` makes ready and answers who sends, where, and what is typed."""
    SAVES[send.__name__] = send
    return send


def here(day, clock="13:30") -> Visit:
    """Li's customer is in the house."""
    when = at(f"{DAY} {clock}")
    visit, _new = log_visit(
        day.store, Arrival(lead_id=day.lead.pk), receiver=day.li, by=day.li, at=when, now=when
    )
    return visit


def to(name: str, *arguments) -> str:
    return reverse(name, args=arguments)


def make_day(store, *, li, wang, zhao, chen, qian, much: bool) -> SimpleNamespace:
    """Li and Wang stand on the list; Li's customer is an A lead, here on 9 March. `much`: years of rows."""
    day = SimpleNamespace(store=store, li=li, wang=wang, zhao=zhao, chen=chen, qian=qian)
    day.lead = known_as("own", store, li, wang)
    day.car_model = CarModelFactory(group=store.group)
    day.other_model = CarModelFactory(group=store.group, name_en="X-Trail")
    day.demo_car = make_car(store)
    open_list(store, chen, DAY, li, wang)
    if much:
        fill(day)
    return day


def fill(day) -> None:
    when = at("2026-03-10 09:00")
    who = {"lead": day.lead, "by": day.li, "at": when}
    for number in range(12):
        make_person(day.store, f"staff{number}", "周凯", "consultant")
        make_car(day.store, f"T{number + 2}")
    LeadEvent.objects.bulk_create(
        LeadEvent(store=day.store, kind="note", recorded_at=when, **who) for _ in range(100)
    )
    Contact.objects.bulk_create(
        Contact(
            recorded_at=when, channel="phone", direction="out", kind="attempt", outcome="no_answer", **who
        )
        for _ in range(40)
    )
    PriceTalk.objects.bulk_create(PriceTalk(recorded_at=when, **who) for _ in range(40))
    Objection.objects.bulk_create(Objection(cause="not_convinced", **who) for _ in range(40))
    Concession.objects.bulk_create(Concession(kind="other", asked="x", **who) for _ in range(40))
    Companion.objects.bulk_create(Companion(lead=day.lead, relation="friend") for _ in range(20))
    LeadModel.objects.bulk_create(
        LeadModel(lead=day.lead, car_model=CarModelFactory(group=day.store.group), rank=rank + 2)
        for rank in range(6)
    )
    Visit.objects.bulk_create(
        Visit(
            store=day.store, on=TODAY, flow_serial=1000 + n, register_serial=1000 + n, arrived_at=when,
            left_at=when, recorded_at=when, receiver=day.zhao, kind="first", name_text="刘先生",
        )
        for n in range(100)
    )  # fmt: skip
    for number in range(30):
        know(day.store, day.li, f"137{number:08}", "赵六")
