"""Day rules end at the store's own midnight, each kind of task by its rule (CAD-15, A62, MODEL 4)."""

import datetime as dt

import pytest

from accounts.rules import set_setting
from followups.appointments import make_appointment
from followups.catch_up import start_catch_up
from followups.contacts import Said, log_contact
from followups.due_times import approval_due, delivery_due, first_maintenance_due, hold_end_due
from followups.evening import evening_of
from followups.models import Appointment, Task
from followups.my_day import Group, build
from followups.night import reminding, riding
from followups.night.appointments import mark_no_shows
from followups.night.catch_up import date_catch_up
from followups.night.lapse import lapse_or_propose
from followups.night.organisations import remind_of_organisations
from followups.night.overdue import escalate, mark_missed
from followups.night.phone_only import end_phone_only_protection
from followups.night.waking import wake_dormant
from followups.task_kinds import TASK_KINDS, TaskKind
from followups.timers import timer
from followups.undoing import undo_contact
from leads.log import record
from leads.models import Customer, Lead, LeadEvent
from tests.factories import CustomerFactory, PhoneFactory

from .clocks import DAYS, HOUR, NUMBERS, SECOND, TURNS, day, here, lead_of, over, utc

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

EXACT = {"day_after", "thank_you", "top_up"}
IN_OPENING_HOURS = {"ladder", "call_back"}
BY_THE_WALL = {"drive_eve", "birthday", "out_visit"}  # closing time, a morning hour, the agreed one
LATE = "23:30"  # of an evening: in New York it is the next day in UTC
EARLY = "00:30"  # of a night: in Shanghai and Berlin it is still the day before


def night(chore, store, on):
    return chore(store, on, now=store.start_of_day(on))


def the_task(kind, lead) -> Task:
    return Task.objects.get(lead=lead, kind=kind, state="open")


# --- how each kind falls on a day -----------------------------------------------------------------


def cadence(store, who, on):
    """B is due 15 days after the talk."""
    lead, talked = lead_of(store, who, due=on), here(store, on - dt.timedelta(days=15), LATE)
    log_contact(lead.pk, Said("comparing"), by=who, at=talked, now=talked)
    return the_task("cadence", lead)


def stuck(store, who, on):
    lead = lead_of(store, who, step=3, due=on)
    night(riding.remind_of_stuck, store, on)
    return the_task("stuck", lead)


def stale_card(store, who, on):
    lead = lead_of(store, who, due=on)
    night(riding.refresh_cards, store, on)
    return the_task("stale_card", lead)


def organisation(store, who, on):
    """A month after the last talk with an organisation of grade A."""
    firm = CustomerFactory(group=store.group, number=next(NUMBERS), kind=Customer.Kind.ORGANISATION)
    lead = lead_of(
        store, who, "A", customer=firm, contacted=here(store, on - dt.timedelta(days=30), LATE), due=on
    )
    night(remind_of_organisations, store, on)
    return the_task("organisation", lead)


def no_next_step(store, who, on):
    """Two days after the last talk nothing is planned."""
    lead = lead_of(store, who, "none", step=3, contacted=here(store, on - dt.timedelta(days=2), LATE), due=on)
    night(reminding.ask_for_next_steps, store, on)
    return the_task("no_next_step", lead)


def revive_check(store, who, on):
    lead = lead_of(store, who, "none", status="lost", wake_on=on, due=on)
    PhoneFactory(customer=lead.customer)
    night(reminding.try_the_lost_again, store, on)
    return the_task("revive_check", lead)


def stepped(store, who, moment, came, to, kind):
    lead = lead_of(store, who, "none", due=store.business_date(moment))
    PhoneFactory(customer=lead.customer)
    record(lead, "step", at=moment, recorded_at=moment, by=who, from_value=came, to_value=to)
    return the_task(kind, lead)


def contract(store, who, on):
    return stepped(store, who, here(store, on, LATE), "negotiation", "deal", "thank_you")


def week_call(store, who, on):
    handed_over = here(store, on - dt.timedelta(days=7), LATE)
    return stepped(store, who, handed_over, "delivery", "follow_up", "week_call")


def made(kind, due_at):
    """Kinds whose makers stand on floors that are not built yet: their due time, as a task carries it."""

    def make(store, who, on):
        return timer(lead_of(store, who, due=on), TaskKind(kind), due_at(store, on), cause="1")

    return make


BY_DAY = {
    "cadence": cadence,
    "stuck": stuck,
    "stale_card": stale_card,
    "organisation": organisation,
    "no_next_step": no_next_step,
    "revive_check": revive_check,
    "week_call": week_call,
    "hold_end": made("hold_end", lambda store, on: hold_end_due(store, on - dt.timedelta(days=7))),
    "approval": made("approval", lambda store, on: approval_due(store, here(store, on, EARLY))),
    "delivery": made("delivery", delivery_due),
    "first_maintenance": made("first_maintenance", first_maintenance_due),
}


def test_every_kind_has_one_of_four_rules():
    assert sorted([*EXACT, *IN_OPENING_HOURS, *BY_THE_WALL, *BY_DAY]) == sorted(TaskKind.values)
    assert {kind for kind, rule in TASK_KINDS.items() if rule.in_opening_hours} == IN_OPENING_HOURS


@pytest.mark.parametrize("kind", [*BY_DAY, "contract"])
def test_a_day_is_over_at_the_stores_own_midnight(stores, seller, kind):
    fall_due = BY_DAY.get(kind, contract)
    for where, on in TURNS:
        store, last = stores[where], utc(DAYS[where, on][1])
        task = fall_due(store, seller(store), day(on))
        assert (task.due_at, task.due_on) == (last, day(on)), (where, on)
        assert not task.is_overdue(last)
        assert task.is_overdue(last + SECOND)


@over(TURNS)
def test_a_birthday_is_greeted_at_nine_and_void_at_midnight(stores, seller, where, on):
    store, on = stores[where], day(on)
    lead = lead_of(store, seller(store), due=on)
    Customer.objects.filter(pk=lead.customer_id).update(birthday=on.replace(year=1988))
    PhoneFactory(customer=lead.customer)
    assert night(reminding.greet_on_birthdays, store, on).changed == 1
    task = the_task("birthday", lead)
    assert task.due_at == here(store, on, "09:00")
    night(reminding.end_the_day, store, on)
    assert the_task("birthday", lead) == task
    night(reminding.end_the_day, store, on + dt.timedelta(days=1))
    task.refresh_from_db()
    assert (task.state, task.closed_at) == ("void", utc(DAYS[str(store.code), str(on)][1]) + SECOND)


# --- the dates of a lead --------------------------------------------------------------------------


@over(TURNS)
def test_the_whole_day_is_one_day(stores, seller, where, on):
    """From its first instant to its last: the same cadence date and the same first day without the owner."""
    store, who, on = stores[where], seller(stores[where]), day(on)
    first, last = store.day(on)
    doubled = [here(store, on, "01:30") + n * HOUR for n in range(3)]
    dates = set()
    for talked in (first, *doubled, here(store, on, LATE), last):
        lead = lead_of(store, who, "A", due=on)
        log_contact(lead.pk, Said("comparing"), by=who, at=talked, now=talked)
        lead.refresh_from_db()
        dates.add((lead.next_due_on, lead.lapses_on))
    assert dates == {(on + dt.timedelta(days=3), on + dt.timedelta(days=11))}


@over(TURNS)
def test_protection_ends_with_the_eighth_midnight(stores, seller, manager, where, on):
    """Visited eight days before at 23:30: Li's until the last second of the eve, the pool's from then."""
    store, on = stores[where], day(on)
    set_setting(store, "lapse_mode", "automatic", by=manager(store), at=here(store, on, "00:00"))
    lead = lead_of(store, seller(store), visited=here(store, on - dt.timedelta(days=8), LATE))
    assert lead.lapses_on == on
    eve = store.business_date(store.start_of_day(on) - SECOND)
    assert night(lapse_or_propose, store, eve).lapsed == 0
    assert night(lapse_or_propose, store, on).lapsed == 1
    event = LeadEvent.objects.get(lead=lead, kind="owner")
    assert event.at == utc(DAYS[where, str(on)][0])


@over(TURNS)
def test_who_only_called_has_seven_days_of_the_store(stores, seller, where, on):
    store, on = stores[where], day(on)
    facts = {"step": 2, "phone_only_since": on - dt.timedelta(days=8), "due": on}
    lead = lead_of(store, seller(store), contacted=here(store, on - dt.timedelta(days=8), EARLY), **facts)
    assert night(end_phone_only_protection, store, on - dt.timedelta(days=1)).changed == 0
    night(end_phone_only_protection, store, on)
    event = LeadEvent.objects.get(lead=lead, kind="call")
    assert (Lead.objects.get(pk=lead.pk).phone_only_ended_on, event.at) == (on, store.start_of_day(on))


@over(TURNS)
def test_who_rests_wakes_at_the_first_instant_of_the_day(stores, seller, where, on):
    store, on = stores[where], day(on)
    lead = lead_of(store, seller(store), status="dormant", wake_on=on, due=on)
    night(wake_dormant, store, on - dt.timedelta(days=1))
    assert Lead.objects.get(pk=lead.pk).status == "dormant"
    night(wake_dormant, store, on)
    assert LeadEvent.objects.get(lead=lead, kind="status").at == utc(DAYS[where, str(on)][0])
    assert the_task("cadence", lead).due_at == utc(DAYS[where, str(on)][1])


@over(TURNS)
def test_an_attempt_at_any_hour_moves_the_task_to_tomorrow_and_back(stores, seller, where, on):
    store, who, on = stores[where], seller(stores[where]), day(on)
    lead = lead_of(store, who, contacted=here(store, on - dt.timedelta(days=15), "10:00"))
    for clock in (EARLY, LATE):
        tried = here(store, on, clock)
        attempt = log_contact(lead.pk, Said("no_answer"), by=who, at=tried, now=tried)
        assert the_task("cadence", lead).due_on == on + dt.timedelta(days=1)
        undo_contact(attempt.pk, by=who, at=tried + SECOND)
        assert the_task("cadence", lead).due_at == utc(DAYS[where, str(on)][1])


@over(TURNS)
def test_an_appointment_is_of_its_day_and_missed_the_morning_after(stores, seller, where, on):
    store, who, on = stores[where], seller(stores[where]), day(on)
    made_at, tomorrow = here(store, on - dt.timedelta(days=1), "10:00"), on + dt.timedelta(days=1)
    leads = []
    for comes in store.day(on):
        leads.append(lead_of(store, who, "A", contacted=here(store, on - dt.timedelta(days=2), "10:00")))
        make_appointment(leads[-1].pk, comes, by=who, now=made_at)
        assert the_task("cadence", leads[-1]).due_at == utc(DAYS[where, str(on)][1])
    night(mark_no_shows, store, on)
    assert set(Appointment.objects.values_list("state", flat=True)) == {"planned"}
    night(mark_no_shows, store, tomorrow)
    assert set(Appointment.objects.values_list("state", flat=True)) == {"no_show"}
    events = LeadEvent.objects.filter(kind="appointment", to_value="no_show").values_list("at", flat=True)
    assert set(events) == {store.start_of_day(tomorrow)}
    for lead in leads:
        lead.refresh_from_db()
        assert (lead.next_due_on, lead.lapses_on) == (tomorrow, on + dt.timedelta(days=8))


@over(TURNS)
def test_missed_the_day_after_and_up_in_whole_days(stores, seller, where, on):
    """A of Li, due on the day: the next night marks it, the second tells the supervisor, the third the
    manager, though one of these days has 23 or 25 hours.
    """
    store, on = stores[where], day(on)
    lead = lead_of(store, seller(store), "A", contacted=here(store, on - dt.timedelta(days=3), LATE))
    marks = []
    for later in range(4):
        tonight = on + dt.timedelta(days=later)
        night(mark_missed, store, tonight)
        night(escalate, store, tonight)
        task = the_task("cadence", lead)
        marks.append((task.missed_on, task.told_up))
    missed = on + dt.timedelta(days=1)
    assert marks == [(None, 0), (missed, 0), (missed, 1), (missed, 2)]


# --- My day, share and backlog ----------------------------------------------------------------------


@over(TURNS)
def test_the_share_is_todays_until_midnight_and_moves_on_with_it(stores, seller, manager, where, on):
    store, who, on = stores[where], seller(stores[where]), day(on)
    tomorrow, first = on + dt.timedelta(days=1), store.start_of_day(on)
    set_setting(store, "catch_up_per_day", 1, by=manager(store), at=first)
    leads = [lead_of(store, who, due=on - dt.timedelta(days=9)) for _ in range(3)]
    start_catch_up(store, [lead.pk for lead in leads], on=on)
    due = list(Task.objects.order_by("due_at").values_list("due_at", flat=True))
    assert due == [store.end_of_day(on + dt.timedelta(days=n)) for n in range(3)]
    counts = []
    for moment in (first, utc(DAYS[where, str(on)][1]), store.start_of_day(tomorrow)):
        if moment == store.start_of_day(tomorrow):
            night(date_catch_up, store, tomorrow)
        found = build(who, store, now=moment)
        counts.append((len(found.rows[Group.SHARE]), found.backlog.count))
    assert counts == [(1, 2), (1, 2), (1, 2)]
    assert Task.objects.order_by("due_at").first().due_on == tomorrow


@over(TURNS)
def test_my_day_turns_at_the_stores_midnight(stores, seller, where, on):
    store, who = stores[where], seller(stores[where])
    first, last = utc(DAYS[where, on][0]), utc(DAYS[where, on][1])
    lead_of(store, who, due=day(on))

    def group(moment):
        return [name for name, rows in build(who, store, now=moment).rows.items() if rows]

    groups = [group(moment) for moment in (first - SECOND, first, last, last + SECOND)]
    assert groups == [[], [Group.TODAY], [Group.TODAY], [Group.OVERDUE]]


@over(TURNS)
def test_what_is_done_in_the_last_blink_of_a_day_is_done_today(stores, seller, where, on):
    store, who, on = stores[where], seller(stores[where]), day(on)
    lead, moment = lead_of(store, who, due=on), utc(DAYS[where, str(on)][1]) + SECOND / 2
    log_contact(lead.pk, Said("comparing"), by=who, at=moment, now=moment)
    assert len(build(who, store, now=moment).rows[Group.DONE]) == 1
    assert not build(who, store, now=store.start_of_day(on + dt.timedelta(days=1))).rows[Group.DONE]


@over(TURNS)
def test_the_evening_ends_with_the_day(stores, where, on):
    store = stores[where]
    assert evening_of(store, day(on)) == (here(store, on, "17:00"), utc(DAYS[where, on][1]))
