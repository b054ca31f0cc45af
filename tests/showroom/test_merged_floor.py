"""Two cards become one: planned drives, the needs report and companions go along, and come back."""

import pytest

from followups.models import Task
from leads.merging import merge, unmerge
from showroom.bookings import move_booking
from showroom.models import Booking, Companion, NeedsReport
from showroom.needs import add_companion, answer
from tests.conftest import at
from tests.factories import CustomerFactory, LeadFactory
from tests.showroom.cars import booked, make_car

pytestmark = pytest.mark.django_db
NOW = at("2026-03-05 10:00")
MERGED_AT = at("2026-03-05 11:00")


@pytest.fixture
def kept(store, li):
    return LeadFactory(store=store, owner=li, grade="A", number="L-260301-9001")


@pytest.fixture
def folded(store, wang, kept):
    customer = CustomerFactory(group=store.group, number=9002, name="张先生")
    lead = LeadFactory(store=store, owner=wang, grade="A", number="L-260301-9002", customer=customer)
    booked(make_car(store), lead, wang, now=NOW)
    answer(lead.pk, {"main_use": {"chips": ["school"], "text": ""}}, by=wang, at=NOW)
    add_companion(lead.pk, relation="spouse", decides=True, by=wang, at=NOW)
    return lead


def rows():
    models = (Booking, NeedsReport, Companion, Task)
    return {model.__name__: sorted(map(str, model.objects.values_list())) for model in models}


def test_what_lies_ahead_goes_to_the_kept_lead(kept, folded, li, chen):
    merge(kept.customer_id, folded.customer_id, by=chen, at=MERGED_AT)
    booking = Booking.objects.get()
    assert (booking.lead, booking.appointment.lead) == (kept, kept)
    eve = Task.objects.get(kind="drive_eve")
    assert (eve.lead, eve.assignee, eve.state) == (kept, li, "open")
    assert NeedsReport.objects.get().lead == kept
    assert Companion.objects.get().lead == kept
    moved = {"starts_at": at("2026-03-08 10:00"), "ends_at": at("2026-03-08 10:40")}
    assert move_booking(booking.pk, car_id=booking.car_id, **moved, by=li, now=MERGED_AT).lead == kept


def test_a_kept_lead_with_a_report_and_a_decider_keeps_its_own(kept, folded, li, chen):
    answer(kept.pk, {"budget": {"chips": ["150_200"], "text": ""}}, by=li, at=NOW)
    add_companion(kept.pk, relation="parent", decides=True, by=li, at=NOW)
    merge(kept.customer_id, folded.customer_id, by=chen, at=MERGED_AT)
    assert [report.answers.keys() & {"budget"} for report in NeedsReport.objects.filter(lead=kept)] == [
        {"budget"}
    ]
    assert [one.relation for one in Companion.objects.filter(lead=kept, decides=True)] == ["parent"]


def test_an_unmerge_leaves_every_row_as_it_was(kept, folded, chen):
    before = rows()
    merged = merge(kept.customer_id, folded.customer_id, by=chen, at=MERGED_AT)
    assert rows() != before
    unmerge(merged.pk, by=chen, at=at("2026-03-05 12:00"))
    assert rows() == before
