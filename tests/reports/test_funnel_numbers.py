"""The funnel of a made-up month, number by number (SPEC FLOW-02, FLOW-11, TEST-08, S23)."""

import datetime as dt

import pytest

from leads.models import LeadEvent, LeadModel, Term
from leads.moves import lock_lead, record_evidence
from leads.ownership import set_owner
from reports.funnel import (
    FIGURES,
    Wanted,
    entered,
    leads_behind,
    median_stays,
    rows,
    skipped,
    standing_now,
)
from reports.funnel_page import share
from reports.scope import Scope
from tests.conftest import at
from tests.factories import CarModelFactory, make_store

from .month import march, moved, opened, reached

pytestmark = pytest.mark.django_db
MARCH = (dt.date(2026, 3, 1), dt.date(2026, 3, 31))


def asked(store, *, days=MARCH, people=None, known=None, **facts):
    return Wanted(Scope((store,), *days, people=people, known=known), **facts)


def totals(wanted, *, eight=False):
    return {code: sum(owners.values()) for code, owners in entered(wanted, eight=eight).items()}


@pytest.fixture
def leads(store, li, wang):
    return march(store, li, wang)


def test_each_step_counts_the_leads_that_entered_it_in_the_month(store, leads):
    assert totals(asked(store)) == {
        "reception": 4, "needs": 3, "walkaround": 2, "test_drive": 1, "negotiation": 1,
    }  # fmt: skip


def test_conversion_is_this_step_by_the_one_before():
    assert share(10, 40) == 25.0
    assert share(0, 40) == 0.0
    assert share(1, 3) == 33.3
    assert share(5, 0) is None


def test_forty_leads_of_which_ten_go_on_are_a_quarter(store, li, sign_in, chen, freeze):
    freeze("2026-03-31 20:00")
    for place in range(40):
        lead = opened(store, li, "2026-03-02 10:00")
        if place < 10:
            moved(lead, 3, "2026-03-03 10:00")
    html = sign_in(chen).get("/reports/funnel/").content.decode()
    assert "25.0%" in html
    assert 'title="10 / 40"' in html


@pytest.mark.thorough
def test_a_step_left_out_is_skipped_and_not_passed(store, leads):
    assert skipped(asked(store), eight=False) == {"test_drive": 1}
    assert "test_drive" in totals(asked(store))  # by the other lead


def test_a_drive_after_all_passes_the_step(store, li, leads):
    """S23: the step stays, the count does not."""
    lead, drove = lock_lead(leads["second"].pk), at("2026-03-15 10:00")
    record_evidence(lead, "drive_started", ref_kind="drive", ref_id=1, by=li, at=drove, recorded_at=drove)
    assert skipped(asked(store), eight=False) == {}
    assert totals(asked(store))["test_drive"] == 2
    before = asked(store, known=at("2026-03-14 23:59:59"))
    assert skipped(before, eight=False) == {"test_drive": 1}
    assert totals(before)["test_drive"] == 1


def test_the_median_time_is_of_those_who_left_the_step(store, leads):
    assert median_stays(asked(store), eight=False) == {
        "reception": dt.timedelta(hours=4),  # 6 h, 4 h, 2 h
        "needs": dt.timedelta(days=4),  # 2 days and 6 days
        "walkaround": dt.timedelta(days=1),
    }


def test_an_even_number_takes_the_middle_of_two(store, li):
    for hours in ("11", "12", "14", "18"):
        moved(opened(store, li, "2026-03-02 10:00"), 3, f"2026-03-02 {hours}:00")
    assert median_stays(asked(store), eight=False) == {"reception": dt.timedelta(hours=3)}


def test_the_stock_is_where_active_leads_stand_now(store, leads):
    assert standing_now(asked(store), eight=False) == {
        "reception": 2, "needs": 1, "test_drive": 1, "negotiation": 1,
    }  # fmt: skip


def test_ten_in_negotiation_and_four_in_deal_are_fourteen_in_one_row(store, li):
    """FLOW-02: the store of eight steps."""
    for place in range(14):
        lead = opened(store, li, "2026-03-02 10:00")
        reached(lead, 6 if place < 10 else 7, "2026-03-05 10:00")
    assert standing_now(asked(store), eight=True) == {"negotiation": 14}
    assert totals(asked(store), eight=True) == {"reception": 14, "negotiation": 14}
    assert [row.number for row in rows(eight=True)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert standing_now(asked(store), eight=False) == {"negotiation": 10, "deal": 4}


def test_a_lead_that_goes_from_negotiation_to_deal_counts_once_in_one_row(store, li):
    lead = opened(store, li, "2026-03-02 10:00")
    reached(lead, 6, "2026-03-04 10:00")
    reached(lead, 7, "2026-03-08 10:00")
    reached(lead, 8, "2026-03-14 10:00")
    assert totals(asked(store), eight=True)["negotiation"] == 1
    assert median_stays(asked(store), eight=True)["negotiation"] == dt.timedelta(days=10)
    assert median_stays(asked(store), eight=False)["deal"] == dt.timedelta(days=6)


def test_going_back_and_forth_counts_once(store, li):
    lead = opened(store, li, "2026-03-02 10:00")
    for step, day in ((3, 3), (4, 4), (3, 5), (4, 6)):
        moved(lead, step, f"2026-03-0{day} 10:00")
    assert totals(asked(store)) == {"reception": 1, "needs": 1, "walkaround": 1}


def test_it_can_be_asked_by_owner_channel_and_model(store, li, wang, leads):
    tiktok = Term.objects.filter(store=store, list="channel").first()
    car = CarModelFactory(group=store.group)
    leads["first"].channel = tiktok
    leads["first"].save(update_fields=["channel"])
    LeadModel.objects.create(lead=leads["other"], car_model=car)
    assert totals(asked(store, people=(wang.pk,))) == {"reception": 1, "needs": 1}
    assert totals(asked(store, channel=tiktok.code))["test_drive"] == 1
    assert totals(asked(store, channel=tiktok.code))["reception"] == 1
    assert totals(asked(store, model=car.pk)) == {"reception": 1, "needs": 1}


def test_another_store_counts_apart_and_in_the_group(store, li, leads):
    west = make_store("west", group=store.group)
    opened(west, li, "2026-03-08 10:00")
    assert totals(asked(west)) == {"reception": 1}
    both = Wanted(Scope((store, west), *MARCH))
    assert totals(both)["reception"] == 5


def test_every_store_has_its_own_midnight(store, li):
    """15:59:59Z is still March in Shanghai, 16:00:00Z is April; Berlin has two days more of evening."""
    berlin = make_store("berlin", group=store.group, zone="Europe/Berlin", country="DE")
    for place in (store, berlin):
        opened(place, li, "2026-03-31 23:59:59")
        opened(place, li, "2026-04-01 00:00:00")
    assert totals(asked(store)) == {"reception": 1}
    assert totals(Wanted(Scope((store, berlin), *MARCH))) == {"reception": 3}
    april = (dt.date(2026, 4, 1), dt.date(2026, 4, 1))
    assert totals(asked(store, days=april)) == {"reception": 1}


def test_what_was_undone_counts_as_little_as_the_undoing(store, li, leads):
    event = LeadEvent.objects.get(lead=leads["first"], to_value="test_drive")
    moment = at("2026-03-06 09:00")
    LeadEvent.objects.create(
        lead=event.lead, store=store, kind="undo", at=moment, recorded_at=moment, by=li, undoes_id=event.pk
    )
    assert "test_drive" not in totals(asked(store))
    assert totals(asked(store, known=at("2026-03-06 08:59:59")))["test_drive"] == 1


def test_a_folded_lead_counts_nowhere(store, leads):
    lead = leads["first"]
    lead.merged_into, lead.status, lead.void_reason = leads["second"], "void", "merged"
    lead.save()
    assert totals(asked(store))["reception"] == 3
    assert "test_drive" not in standing_now(asked(store), eight=False)


def test_number_and_list_are_made_of_the_same_leads(store, leads):
    wanted = asked(store)
    numbers = {
        "entered": totals(wanted),
        "skipped": skipped(wanted, eight=False),
        "stock": standing_now(wanted, eight=False),
    }
    for figure in FIGURES:
        for row in rows(eight=False):
            assert leads_behind(figure, row, wanted).count() == numbers[figure].get(row.code, 0)


# --- as it was known ---------------------------------------------------------------------------


def numbers(wanted):
    return (
        entered(wanted, eight=False),
        skipped(wanted, eight=False),
        standing_now(wanted, eight=False),
        median_stays(wanted, eight=False),
    )


def test_a_past_day_stays_as_it_was_known(store, li, wang, chen, leads):
    """Later moves, late records, imports, new owners and losses change nothing of it."""
    then = asked(store, known=at("2026-03-31 23:59:59"), days=(dt.date(2026, 3, 1), dt.date(2026, 3, 31)))
    before = numbers(then)
    lists = {(f, r.code): set(leads_behind(f, r, then).values_list("pk", flat=True))
             for f in FIGURES for r in rows(eight=False)}  # fmt: skip
    moved(leads["first"], 6, "2026-04-02 10:00")
    opened(store, li, "2026-03-15 10:00", known="2026-04-02 11:00")
    reached(leads["other"], 5, "2026-03-25 10:00", known="2026-04-02 12:00")
    later = at("2026-04-03 10:00")
    set_owner(lock_lead(leads["second"].pk), wang, by=chen, at=later, recorded_at=later)
    lead = lock_lead(leads["third"].pk)
    lead.status = "dormant"
    lead.save()
    LeadEvent.objects.create(
        lead=lead, store=store, kind="status", at=later, recorded_at=later, by=li,
        from_value="active", to_value="dormant",
    )  # fmt: skip
    assert numbers(then) == before
    assert {
        (f, r.code): set(leads_behind(f, r, then).values_list("pk", flat=True))
        for f in FIGURES for r in rows(eight=False)
    } == lists  # fmt: skip
    assert numbers(asked(store)) != before


def test_the_owner_of_a_past_day_is_the_one_of_that_day(store, li, wang, chen, leads):
    later = at("2026-04-03 10:00")
    set_owner(lock_lead(leads["second"].pk), wang, by=chen, at=later, recorded_at=later)
    assert totals(asked(store, people=(li.pk,), known=at("2026-03-31 23:59:59")))["negotiation"] == 1
    assert totals(asked(store, people=(wang.pk,)))["negotiation"] == 1
