"""The work of people as sums of days: whatever changes a row later, the sums tell what the rows tell."""

import datetime as dt
from dataclasses import replace

import pytest

from followups.models import Appointment
from leads.models import FieldChange, LeadEvent
from reports.facts import counted
from reports.gathering import gather
from reports.mark import mark_of
from reports.models import Gathered, WorkDay, WorkKnown, WorkTouched
from reports.scope import Scope
from reports.work_days import KEYS, gather_work, work_days_follow_from_the_rows, work_of
from showroom.models import Call, Visit
from tests.conftest import at
from tests.factories import make_store

from .month import march, opened

pytestmark = pytest.mark.django_db
MARCH = (dt.date(2026, 3, 1), dt.date(2026, 3, 31))
PERIODS = [MARCH, (dt.date(2026, 3, 3), dt.date(2026, 3, 9)), (dt.date(2026, 3, 4), dt.date(2026, 3, 4))]

KNOWN = [
    None,
    "2026-03-04 10:59",
    "2026-03-05 12:00",
    "2026-03-31 23:59:59",
    "2026-04-02 09:00",
    "2026-04-02 11:00",
]


@pytest.fixture
def worked(store, li, wang):
    """Leads that were moved, and for each of five days a visit, a call, a talk, an appointment and a loss."""
    leads = march(store, li, wang)
    lead = leads["first"]
    for day in range(3, 8):
        moment = at(f"2026-03-0{day} 11:00")
        Visit.objects.create(
            store=store, on=moment.date(), flow_serial=900 + day, register_serial=900 + day, kind="first",
            arrived_at=moment, recorded_at=moment, left_at=moment, receiver=li, lead=lead,
        )  # fmt: skip
        Call.objects.create(
            store=store, on=moment.date(), serial=900 + day, at=moment, recorded_at=moment, receiver=wang
        )
        happened(lead, "contact", moment, li, data={"reached": True})
        happened(lead, "status", moment, wang, to_value="lost_pending")
        Appointment.objects.create(
            lead=lead, store=store, at=moment + dt.timedelta(days=2), set_by=li, set_at=moment, state="showed"
        )
    return lead


def happened(lead, kind, moment, by, **facts):
    return LeadEvent.objects.create(
        lead=lead, store=lead.store, kind=kind, at=moment, recorded_at=moment, by=by, **facts
    )


def summed_up():
    """As the beat does it."""
    last = Gathered.objects.values_list("at", flat=True).first() or at("2026-04-03 00:00")
    gather(last + dt.timedelta(minutes=5))
    while gather_work():
        pass


def the_same(store, *people):
    for days in PERIODS:
        for some in (people, people[:1]):
            for known in KNOWN:
                ids = tuple(person.pk for person in some)
                scope = Scope((store,), *days, people=ids, known=known and at(known))
                assert work_of(scope) == counted(scope, KEYS), scope
    return work_of(Scope((store,), *MARCH, people=tuple(person.pk for person in people)))


def test_the_sums_tell_what_the_rows_tell(worked, store, li, wang):
    before = the_same(store, li, wang)
    summed_up()
    assert WorkDay.objects.exists()
    assert not WorkTouched.objects.exists()
    assert the_same(store, li, wang) == before
    assert before[li.pk]["visits"] == before[li.pk]["contacts"] == before[li.pk]["appointments_showed"] == 5
    assert before[wang.pk] == {"calls": 5, "losses": 5}


CHANGES = {
    "a visit is of another kind": lambda: Visit.objects.filter(register_serial=904).update(kind="return"),
    "a visit is no customer's": lambda: Visit.objects.filter(register_serial=904).update(
        kind="other_business"
    ),
    "a visit is voided": lambda: Visit.objects.filter(register_serial=905).update(
        voided_at=at("2026-04-02 10:00")
    ),
    "a visit moves to another day": lambda: Visit.objects.filter(register_serial=904).update(
        on=dt.date(2026, 4, 1)
    ),
    "a call is voided": lambda: Call.objects.filter(serial=904).update(voided_at=at("2026-04-02 10:00")),
    "a call goes": lambda: Call.objects.filter(serial=905).delete(),
    "nobody came after all": lambda: Appointment.objects.update(state="no_show"),
    "an appointment is another moved": lambda: Appointment.objects.filter(
        pk=Appointment.objects.earliest("pk").pk
    ).update(moved_to=Appointment.objects.latest("pk")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.thorough
def test_a_change_of_a_row_is_told_at_once(change, worked, store, li, wang):
    summed_up()
    before = the_same(store, li, wang)
    change()
    changed = the_same(store, li, wang)
    summed_up()
    assert the_same(store, li, wang) == changed
    assert (changed == before) == (change is CHANGES["a visit is of another kind"])
    assert work_days_follow_from_the_rows().bad == 0


@pytest.mark.thorough
def test_an_event_and_its_undoing_are_told_at_once(worked, store, li, wang):
    summed_up()
    late = happened(worked, "contact", at("2026-03-05 17:00"), li, data={"reached": True})
    assert the_same(store, li, wang)[li.pk]["contacts"] == 6
    summed_up()
    happened(worked, "undo", at("2026-04-02 10:00"), li, undoes_id=late.pk)
    assert the_same(store, li, wang)[li.pk]["contacts"] == 5
    assert [on for _store, on in mark_of(Scope((store,), *MARCH)).changed] == [dt.date(2026, 3, 5)]


def test_a_day_is_the_stores_own(worked, store, li):
    berlin = make_store("berlin", group=store.group, zone="Europe/Berlin", country="DE")
    lead = opened(berlin, li, "2026-03-10 10:00")
    summed_up()
    happened(lead, "contact", dt.datetime(2026, 3, 31, 21, 30, tzinfo=dt.UTC), li, data={"reached": True})
    scope = Scope((store, berlin), *MARCH, people=(li.pk,))
    assert work_of(scope) == counted(scope, KEYS)
    assert work_of(scope)[li.pk]["contacts"] == 6
    summed_up()
    assert work_of(scope)[li.pk]["contacts"] == 6


def test_the_check_of_the_night_finds_a_wrong_sum(worked, store, li):
    summed_up()
    assert work_days_follow_from_the_rows().bad == 0
    WorkDay.objects.filter(person=li.pk, on=dt.date(2026, 3, 4)).update(visits=7)
    assert work_days_follow_from_the_rows().sample == [f"{store.code} 2026-03-04"]


def test_what_became_known_later_is_not_told_of_a_day_before(worked, store, li):
    moment = at("2026-03-04 15:00")
    visit = Visit.objects.create(
        store=store, on=moment.date(), flow_serial=950, register_serial=950, kind="first", receiver=li,
        arrived_at=moment, recorded_at=at("2026-04-01 10:00"), left_at=moment, lead=worked,
    )  # fmt: skip
    FieldChange.objects.create(
        ref_kind="visit", ref_id=visit.pk, field="kind", old="other_business", new="first",
        at=at("2026-04-02 10:00"), by=li,
    )  # fmt: skip
    summed_up()
    scope = Scope((store,), *MARCH, people=(li.pk,))
    found = {
        day: work_of(replace(scope, known=at(f"{day} 23:59")))[li.pk]["visits"]
        for day in ("2026-03-04", "2026-03-31", "2026-04-01", "2026-04-02")
    }
    assert found == {"2026-03-04": 2, "2026-03-31": 5, "2026-04-01": 5, "2026-04-02": 6}
    the_same(store, li)
    assert work_days_follow_from_the_rows().bad == 0
    WorkKnown.objects.filter(on=moment.date()).update(last=moment)
    assert work_days_follow_from_the_rows().sample == [f"{store.code} 2026-03-04"]
