"""The numbers that one statement tells are those of the rows behind them, for every question (UX law 6)."""

import datetime as dt

import pytest

from leads.models import LeadEvent, LeadModel, Term
from leads.moves import lock_lead, record_evidence
from leads.ownership import set_owner
from reports.funnel import Wanted, entered, median_stays, skipped, standing_now
from reports.gathering import funnel_days_follow_from_the_log, gather
from reports.models import FunnelDay, FunnelStand, FunnelSum, Gathered
from reports.numbers import gathered_upto, numbers_of, stock_of
from reports.scope import Scope
from reports.sums import funnel_sums_follow_from_the_days
from tests.conftest import at
from tests.factories import CarModelFactory, make_store

from .month import march, moved, opened, reached

pytestmark = pytest.mark.django_db
PERIODS = [
    (dt.date(2026, 3, 1), dt.date(2026, 3, 31)),
    (dt.date(2026, 3, 3), dt.date(2026, 3, 10)),
    (dt.date(2026, 3, 9), dt.date(2026, 4, 2)),
    (dt.date(2026, 4, 1), dt.date(2026, 4, 30)),
]
KNOWN = [
    None,
    pytest.param("2026-03-09 23:59", marks=pytest.mark.thorough),
    pytest.param("2026-03-31 23:59:59", marks=pytest.mark.thorough),
    pytest.param("2026-04-02 11:30", marks=pytest.mark.thorough),
]


def told(wanted, *, eight):
    """By the rows of the log, as the lists are made."""
    stays = {
        code: dt.timedelta(seconds=round(stay.total_seconds(), 1))
        for code, stay in median_stays(wanted, eight=eight).items()
    }
    return (
        {code: dict(owners) for code, owners in entered(wanted, eight=eight).items()},
        skipped(wanted, eight=eight),
        stays,
        standing_now(wanted, eight=eight),
    )


def counted(wanted, *, eight):
    numbers = numbers_of(wanted, eight=eight)
    return (
        {code: dict(owners) for code, owners in numbers.entered.items()},
        dict(numbers.skipped),
        numbers.stays,
        stock_of(wanted, eight=eight),
    )


def gathered(times=2):
    """As the beat does it; the first time only looks how far the log reaches."""
    last = Gathered.objects.values_list("at", flat=True).first() or at("2026-04-03 00:00")
    for place in range(1, times + 1):
        gather(last + place * dt.timedelta(minutes=5))


@pytest.fixture(
    params=[
        pytest.param("not gathered", marks=pytest.mark.thorough),
        pytest.param("gathered before", marks=pytest.mark.thorough),
        pytest.param("gathered after", marks=pytest.mark.thorough),
        "gathered twice",
    ]
)
def year(request, store, li, wang, chen):
    """A month with everything that may happen to a lead afterwards."""
    leads = march(store, li, wang)
    if request.param in ("gathered before", "gathered twice"):
        gathered()
    facts = happened(store, li, wang, chen, leads)
    if request.param in ("gathered after", "gathered twice"):
        gathered()
    return facts


def happened(store, li, wang, chen, leads):
    back = opened(store, li, "2026-03-02 10:00")
    for step, day in ((3, 3), (4, 4), (3, 5), (4, 9)):
        moved(back, step, f"2026-03-0{day} 10:00")
    deal = opened(store, li, "2026-03-05 10:00")
    for step, day in ((6, "06"), (7, "08"), (6, "20"), (7, "22"), (8, "30")):
        reached(deal, step, f"2026-03-{day} 10:00")
    lead, drove = lock_lead(leads["second"].pk), at("2026-03-15 10:00")
    record_evidence(lead, "drive_started", ref_kind="drive", ref_id=1, by=li, at=drove, recorded_at=drove)
    given = at("2026-04-01 10:00")
    set_owner(lock_lead(leads["first"].pk), wang, by=chen, at=given, recorded_at=given)
    opened(store, wang, "2026-03-15 10:00", known="2026-04-02 11:00")
    reached(leads["other"], 5, "2026-03-25 10:00", known="2026-04-02 12:00")
    event = LeadEvent.objects.get(lead=leads["first"], to_value="test_drive")
    undone = at("2026-04-02 09:00")
    LeadEvent.objects.create(
        lead=event.lead, store=store, kind="undo", at=undone, recorded_at=undone, by=li, undoes_id=event.pk
    )
    berlin = make_store("berlin", group=store.group, zone="Europe/Berlin", country="DE")
    opened(berlin, li, "2026-03-10 23:30")
    folded = opened(store, li, "2026-03-04 10:00")
    folded.merged_into, folded.status, folded.void_reason = leads["second"], "void", "merged"
    folded.save()
    LeadEvent.objects.create(
        lead=folded, store=store, kind="status", at=undone, recorded_at=undone, by=chen,
        from_value="active", to_value="void",
    )  # fmt: skip
    return {"store": store, "berlin": berlin, **leads}


@pytest.mark.parametrize("eight", [False, True])
@pytest.mark.parametrize("known", KNOWN)
def test_the_statement_and_the_rows_tell_the_same(known, eight, year, li, wang):
    for stores in ((year["store"],), (year["store"], year["berlin"])):
        for days in PERIODS:
            for people in (None, (li.pk,), (wang.pk, li.pk)):
                scope = Scope(stores, *days, people=people, known=known and at(known))
                wanted = Wanted(scope)
                assert counted(wanted, eight=eight) == told(wanted, eight=eight), scope


@pytest.mark.thorough
def test_by_channel_and_model_too(year, store):
    channel = Term.objects.filter(store=store, list="channel").first()
    car = CarModelFactory(group=store.group)
    for name in ("first", "second"):
        year[name].channel = channel
        year[name].save(update_fields=["channel"])
    LeadModel.objects.create(lead=year["second"], car_model=car)
    scope = Scope((store,), *PERIODS[0])
    for facts in ({"channel": channel.code}, {"model": car.pk}, {"channel": channel.code, "model": car.pk}):
        wanted = Wanted(scope, **facts)
        assert counted(wanted, eight=False) == told(wanted, eight=False)
        assert counted(wanted, eight=False)[0]["reception"]


@pytest.mark.thorough
def test_gathering_twice_writes_the_same(year):
    gathered()
    before = sorted(FunnelDay.objects.values_list("lead", "on", "figure", "place", "owner", "before"))
    gathered(3)
    assert sorted(FunnelDay.objects.values_list("lead", "on", "figure", "place", "owner", "before")) == before
    assert before


def test_what_was_gathered_follows_from_the_log(store, li, wang):
    """The check of every night."""
    march(store, li, wang)
    gathered(3)
    assert gathered_upto() == LeadEvent.objects.latest("pk").pk
    found = funnel_days_follow_from_the_log()
    assert (found.count, found.bad) == (5, 0)
    wrong = FunnelDay.objects.filter(figure="entered").first()
    wrong.owner = wang.pk if wrong.owner == li.pk else li.pk
    wrong.save()
    found = funnel_days_follow_from_the_log()
    assert (found.bad, found.sample) == (1, [wrong.lead.number])


def test_the_check_of_the_night_finds_a_wrong_stand(store, li, wang):
    march(store, li, wang)
    gathered(3)
    wrong = FunnelStand.objects.filter(place="needs").first()
    FunnelStand.objects.filter(pk=wrong.pk).update(place="deal")
    found = funnel_days_follow_from_the_log()
    assert (found.bad, found.sample) == (1, [wrong.lead.number])


def test_running_sums_stay_those_of_their_days(store, li, wang):
    """Worked out anew from the first month on that changed."""
    leads = march(store, li, wang)
    gathered(3)
    for lead, when in (("third", "2026-05-02 10:00"), ("other", "2026-03-25 10:00")):
        reached(leads[lead], 5, when, known="2026-05-02 11:00")
        gathered()
        assert funnel_sums_follow_from_the_days().bad == 0
    of_april = FunnelSum.objects.get(start=dt.date.min, end=dt.date(2026, 4, 30))
    FunnelSum.objects.filter(pk=of_april.pk).update(sums="[]")
    assert funnel_sums_follow_from_the_days().sample == [f"{store.code} 2026-04-30"]


def test_a_row_that_became_known_late_is_not_told_of_the_days_before(store, li, wang):
    march(store, li, wang)
    lead = opened(store, li, "2026-03-02 10:00", known="2026-04-03 09:00")
    gathered(3)
    assert set(FunnelDay.objects.filter(lead=lead).values_list("late", flat=True)) == {True}
    then = Wanted(Scope((store,), *PERIODS[0], known=at("2026-04-02 23:59")))
    now = Wanted(Scope((store,), *PERIODS[0]))
    assert numbers_of(then, eight=False).entered["reception"] == {li.pk: 3, wang.pk: 1}
    assert numbers_of(now, eight=False).entered["reception"] == {li.pk: 4, wang.pk: 1}
    assert stock_of(then, eight=False)["reception"] == 2
    assert stock_of(now, eight=False)["reception"] == 3


def test_within_minutes_nothing_is_gathered_again(store, li, wang):
    march(store, li, wang)
    first = at("2026-04-03 00:00")
    assert gather(first) == 0
    assert gather(first + dt.timedelta(minutes=1)) == 0
    assert gathered_upto() == 0
    assert gather(first + dt.timedelta(minutes=5)) == 5


def test_a_late_record_is_told_at_once(store, li, wang):
    march(store, li, wang)
    gathered(3)
    lead = opened(store, li, "2026-03-02 10:00", known="2026-04-03 09:00")
    numbers = numbers_of(Wanted(Scope((store,), *PERIODS[0])), eight=False)
    assert numbers.entered["reception"] == {li.pk: 4, wang.pk: 1}
    assert not FunnelDay.objects.filter(lead=lead).exists()
