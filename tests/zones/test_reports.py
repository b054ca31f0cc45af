"""A day of 23 or 25 hours holds exactly what happened on it: registers, report, numbers (RECP-10, A40)."""

import datetime as dt

import pytest
from django.db.models.functions import TruncDate

from accounts.rules import set_setting
from followups.models import Appointment, Task
from followups.night.overdue import DayAfter
from leads.intake import open_lead, record_opening
from leads.lists import came_on
from leads.models import Evidence, Lead, LeadEvent
from leads.moves import advance
from leads.steps import Step
from reports.daily import due_at, locks_at
from reports.facts import FACTS, counted, rows_of
from reports.gathering import gather
from reports.models import FunnelDay, Gathered, WorkDay
from reports.scope import Scope
from reports.work_days import KEYS, gather_work, work_of
from showroom.calls import Enquiry, log_call
from showroom.day_register import call_lines, desk_log, numbers, visit_lines
from showroom.models import Visit
from showroom.visits import Arrival, log_visit, tally
from tests.factories import CustomerFactory

from .clocks import DAYS, HOUR, NUMBERS, SECOND, TURNS, day, here, lead_of, over, utc

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

A_BLINK = dt.timedelta(microseconds=1)
PHONES = {"shanghai": "+861380000000{}", "berlin": "+49151123456{}0", "new_york": "+1202555012{}"}


def happened(lead, moment, by, kind="contact", **facts):
    facts = facts or {"data": {"reached": True}}
    return LeadEvent(lead=lead, store=lead.store, kind=kind, at=moment, recorded_at=moment, by=by, **facts)


def gathered(store, on):
    """As the beat does it, days later; the first time only looks how far the log reaches."""
    for minutes in (0, 5):
        gather(here(store, on + dt.timedelta(days=3), f"00:{minutes:02}"))
    while gather_work():
        pass


def hours_of(store, on) -> list[dt.datetime]:
    """An instant in the middle of each hour that the day has."""
    first, last = store.day(on)
    return [first + HOUR / 2 + n * HOUR for n in range((last - first) // HOUR + 1)]


@over(DAYS)
def test_sql_and_python_agree_on_the_day_of_every_half_hour(stores, seller, where, on):
    store, on = stores[where], day(on)
    lead = lead_of(store, seller(store), due=on)
    noon = here(store, on, "12:00")
    moments = [noon + n * HOUR / 2 for n in range(-48, 49)] + [*store.day(on), store.end_of_day(on) + SECOND]
    LeadEvent.objects.bulk_create(happened(lead, moment, lead.owner) for moment in moments)
    rows = LeadEvent.objects.filter(lead=lead, kind="contact").annotate(
        day=TruncDate("at", tzinfo=store.zone)
    )
    found = list(rows.values_list("at", "day"))
    assert len(found) == len(moments)
    assert found == [(moment, store.business_date(moment)) for moment, _day in found]
    within = LeadEvent.objects.filter(lead=lead, kind="contact", at__range=store.day(on))
    assert set(within) == set(rows.filter(day=on))


@over(TURNS)
def test_the_report_of_a_day_counts_each_of_its_hours_and_no_other(stores, seller, where, on):
    store, who, on = stores[where], seller(stores[where]), day(on)
    lead, (first, last) = lead_of(store, who, due=on), store.day(on)
    moments = [*hours_of(store, on), first, last, first - A_BLINK, last + A_BLINK]
    LeadEvent.objects.bulk_create(happened(lead, moment, who) for moment in moments)
    scope = Scope((store,), on, on, people=(who.pk,))
    hours = DAYS[where, str(on)][2]
    assert counted(scope, ["contacts"]) == {who.pk: {"contacts": hours + 2}}
    assert rows_of(FACTS["contacts"], scope).count() == hours + 2


@over(TURNS)
def test_the_sums_of_the_days_are_those_of_the_rows(stores, seller, where, on):
    store, who, on = stores[where], seller(stores[where]), day(on)
    lead = lead_of(store, who, due=on)
    Gathered.objects.filter(pk=1).update(work=True)
    LeadEvent.objects.bulk_create(
        happened(lead, moment, who)
        for n in (-1, 0, 1)
        for moment in hours_of(store, on + n * dt.timedelta(1))
    )
    gathered(store, on)
    kept = dict(WorkDay.objects.filter(store=store, person=who.pk).values_list("on", "contacts"))
    hours = DAYS[where, str(on)][2]
    assert kept == {on - dt.timedelta(days=1): 24, on: hours, on + dt.timedelta(days=1): 24}
    scope = Scope((store,), on, on, people=(who.pk,))
    assert work_of(scope) == counted(scope, KEYS) == {who.pk: {"contacts": hours}}


@over(TURNS)
def test_the_funnel_keeps_the_day_and_the_seconds_that_passed(stores, seller, where, on):
    """From noon of the eve to noon: 23, 24 or 25 hours in reception; in the last blink it is still today."""
    store, who, on = stores[where], seller(stores[where]), day(on)
    came, noon = here(store, on - dt.timedelta(days=1), "12:00"), here(store, on, "12:00")
    customer = CustomerFactory(group=store.group, number=next(NUMBERS), card_opened_at=came)
    lead = open_lead(store, customer, number="L-1", owner=who, step=Step.RECEPTION, at=came, recorded_at=came)
    record_opening(lead, by=who)
    advance(lead.pk, to=3, by=who, at=noon, reason="said so")
    advance(lead.pk, to=4, by=who, at=store.day(on)[1], reason="said so")
    gathered(store, on)
    rows = FunnelDay.objects.filter(lead=lead, until=None)
    hours = DAYS[where, str(on)][2]
    stays = rows.filter(figure="left", place="reception").values_list("on", "seconds")
    assert list(stays) == [(on, hours * 3600)]
    assert dict(rows.filter(figure="entered").values_list("place", "on")) == {
        "reception": store.business_date(came), "needs": on, "walkaround": on,
    }  # fmt: skip
    assert not rows.filter(late=True).exists()


def test_an_appointment_kept_is_of_its_own_stores_day(stores, seller):
    """Two stores in one table, as it was known: a visit in New York at 14:00 is tomorrow in Shanghai."""
    kept, on = {}, day("2026-11-01")
    for where in ("shanghai", "new_york"):
        store, who = stores[where], seller(stores[where])
        lead, comes = lead_of(store, who, due=on), here(store, on, "14:00")
        Appointment.objects.create(
            lead=lead, store=store, at=comes, set_by=who, set_at=comes - 2 * HOUR, state="showed"
        )
        Visit.objects.create(
            store=store, on=on, flow_serial=1, register_serial=1, kind="return", receiver=who, lead=lead,
            arrived_at=comes, recorded_at=comes, left_at=comes + HOUR,
        )  # fmt: skip
        kept[who.pk] = {"appointments_showed": 1}
    for order in (("shanghai", "new_york"), ("new_york", "shanghai")):
        scope = Scope(
            tuple(stores[where] for where in order), on, on, people=tuple(kept), known=utc("2026-11-05 00:00")
        )
        assert counted(scope, ["appointments_showed"]) == kept
        assert rows_of(FACTS["appointments_showed"], scope).count() == 2


@over(TURNS)
def test_the_register_of_a_day_has_a_row_for_each_hour_and_starts_anew(stores, seller, manager, where, on):
    """Who came in each hour is counted, who left a number is logged, the serials begin with the day."""
    store, who, chen = stores[where], seller(stores[where]), manager(stores[where])
    on, hours = day(on), DAYS[where, on][2]
    first, last = store.day(on)
    for moment in (first - A_BLINK, *hours_of(store, on), last + A_BLINK):
        tally(store, persons=1, by=chen, at=moment, now=moment)
    for number, moment in enumerate((first, last)):
        arrival = Arrival(phone_text=PHONES[where].format(number + 1), name="Chen")
        log_visit(store, arrival, receiver=who, by=who, at=moment, now=moment)
        enquiry = Enquiry(phone_text=PHONES[where].format(number + 3), name="Wu", outcome="looking")
        log_call(store, enquiry, receiver=who, by=who, at=moment, now=moment)
    lines = visit_lines(store, on, user=chen, now=last)
    assert (
        len(lines) == Visit.objects.filter(pk__in=[line.row.pk for line in lines], on=on).count() == hours + 2
    )
    found = numbers(lines)
    assert (found.first, found.logged, found.log_rate) == (hours + 2, 2, round(200 / (hours + 2), 1))
    assert sorted(line.serial for line in lines if line.serial) == [1, 2]
    assert [line.serial for line in call_lines(store, on, user=chen, now=last)] == [2, 1]
    assert len(visit_lines(store, on + dt.timedelta(days=1), user=chen, now=last + HOUR)) == 1
    assert came_on(Lead.objects.filter(store=store), store, on).count() == 2
    assert came_on(Lead.objects.filter(store=store), store, on + dt.timedelta(days=1)).count() == 0


@over(TURNS)
def test_the_desk_log_sees_a_sale_to_the_last_blink(stores, seller, manager, where, on):
    store, who, chen, on = stores[where], seller(stores[where]), manager(stores[where]), day(on)
    came, last = here(store, on, "23:00"), utc(DAYS[where, str(on)][1]) + SECOND - A_BLINK
    arrival = Arrival(phone_text=PHONES[where].format(1), name="Chen")
    visit, _new = log_visit(store, arrival, receiver=who, by=who, at=came, now=came)
    sale = Evidence.objects.create(lead=visit.lead, kind="deposit", at=last, ref_kind="receipt", ref_id=1)
    assert desk_log(store, on, user=chen, now=last).sold == 1
    Evidence.objects.filter(pk=sale.pk).update(at=last + A_BLINK)
    assert desk_log(store, on, user=chen, now=last).sold == 0


@pytest.mark.parametrize(
    ("where", "on", "due", "locks"),
    [
        ("shanghai", "2026-10-25", "2026-10-25 10:00", "2026-10-26 01:00"),
        ("berlin", "2026-10-24", "2026-10-24 16:00", "2026-10-25 08:00"),
        ("berlin", "2026-10-25", "2026-10-25 17:00", "2026-10-26 08:00"),
        ("new_york", "2026-10-31", "2026-10-31 22:00", "2026-11-01 14:00"),
        ("new_york", "2027-03-13", "2027-03-13 23:00", "2027-03-14 13:00"),
        ("berlin", "2027-03-27", "2027-03-27 17:00", "2027-03-28 07:00"),
    ],
)
def test_the_daily_report_is_due_at_six_and_closed_at_nine(stores, manager, where, on, due, locks):
    store = stores[where]
    set_setting(store, "daily_report_lock", True, by=manager(store), at=utc(due))
    assert (due_at(store, day(on)), locks_at(store, day(on))) == (utc(due), utc(locks))


@pytest.mark.parametrize("on", ["2026-10-24", "2026-10-31", "2027-03-13", "2027-03-27", "2026-12-31"])
def test_the_day_after_a_date_is_the_next_in_sql_too(stores, seller, on):
    store = stores["berlin"]
    lead = lead_of(store, seller(store), due=day(on))
    Task.objects.filter(lead=lead).update(missed_on=DayAfter("due_on"))
    assert Task.objects.get(lead=lead).missed_on == day(on, days=1)
