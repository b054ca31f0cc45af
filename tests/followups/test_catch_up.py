"""Share and backlog of imported leads (SPEC A01, A60)."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import DayOff, StoreClosure
from accounts.rules import set_setting
from followups.catch_up import date_catch_up, start_catch_up
from followups.models import Task
from leads.models import Lead
from leads.protection import lapses_on
from tests.conftest import at
from tests.followups.worked_leads import make_lead, shares

pytestmark = pytest.mark.django_db

IMPORT_DAY = dt.date(2026, 6, 18)


def ids(leads):
    return [lead.pk for lead in leads]


def day_of(lead):
    return Task.objects.get(lead=lead, state="open").due_on.isoformat()


def test_forty_leads_are_spread_fifteen_a_day(store, li):
    leads = [make_lead(store, li) for _ in range(40)]
    start_catch_up(store, ids(leads), on=IMPORT_DAY)
    assert shares(Task.objects.filter(catch_up=True)) == {
        "2026-06-18": 15,
        "2026-06-19": 15,
        "2026-06-20": 10,
    }


def test_lead_and_task_carry_the_same_day_until_its_last_second(store, li):
    leads = [make_lead(store, li) for _ in range(16)]
    start_catch_up(store, ids(leads), on=IMPORT_DAY)
    task = Task.objects.get(lead=leads[15])
    assert task.due_at == at("2026-06-19 23:59:59")
    assert Lead.objects.get(pk=leads[15].pk).next_due_on == dt.date(2026, 6, 19)


def test_each_consultant_has_a_share_of_his_own(store, li, wang):
    leads = [make_lead(store, owner) for owner in (li, wang) for _ in range(16)]
    start_catch_up(store, ids(leads), on=IMPORT_DAY)
    for owner in (li, wang):
        assert shares(Task.objects.filter(assignee=owner)) == {"2026-06-18": 15, "2026-06-19": 1}


def test_hottest_come_first_then_the_longest_without_a_talk_then_the_number(store, li):
    set_setting(store, "catch_up_per_day", 1, by=li, at=at("2026-06-01 10:00"))
    cold = make_lead(store, li, "C", visited="2026-01-05 10:00")
    late_b = make_lead(store, li, "B", visited="2026-05-05 10:00", contacted="2026-06-01 10:00")
    early_b = make_lead(store, li, "B", visited="2026-05-06 10:00")
    tenth = make_lead(store, li, "A", number="L-260601-100")
    ninth = make_lead(store, li, "A", number="L-260601-99")
    hot = make_lead(store, li, "O", visited="2026-06-17 10:00")
    start_catch_up(store, ids([cold, late_b, early_b, tenth, ninth, hot]), on=IMPORT_DAY)
    assert sorted([hot, ninth, tenth, early_b, late_b, cold], key=day_of) == [
        hot,
        ninth,
        tenth,
        early_b,
        late_b,
        cold,
    ]
    assert day_of(cold) == "2026-06-23"


def test_days_off_leave_and_closing_days_carry_no_share(store, li):
    DayOff.objects.create(user=li, store=store, weekday=4)  # 19 June is a Friday
    DayOff.objects.create(user=li, store=store, on=dt.date(2026, 6, 20), absence=True)
    StoreClosure(store=store, on=dt.date(2026, 6, 21)).save()
    leads = [make_lead(store, li) for _ in range(16)]
    start_catch_up(store, ids(leads), on=IMPORT_DAY)
    assert shares(Task.objects.all()) == {"2026-06-18": 15, "2026-06-22": 1}


def test_protection_starts_at_the_first_catch_up_date(store, li):
    leads = [make_lead(store, li, visited="2026-01-05 10:00") for _ in range(16)]
    start_catch_up(store, ids(leads), on=IMPORT_DAY)
    last = Lead.objects.get(pk=leads[15].pk)
    assert (last.protected_from, last.lapses_on) == (dt.date(2026, 6, 19), dt.date(2026, 6, 27))
    assert all(lead.lapses_on == lapses_on(lead) for lead in Lead.objects.all())


def test_a_lead_without_cadence_is_protected_from_the_import_day(store, li):
    lead = make_lead(store, li, "none", visited="2026-01-05 10:00")
    start_catch_up(store, [lead.pk], on=IMPORT_DAY)
    lead.refresh_from_db()
    assert (lead.has_cadence, lead.protected_from, lead.lapses_on) == (
        False,
        IMPORT_DAY,
        dt.date(2026, 6, 26),
    )


def test_a_pool_lead_is_due_on_the_import_day_in_no_share(store):
    lead = make_lead(store, None)
    start_catch_up(store, [lead.pk], on=IMPORT_DAY)
    task = Task.objects.get(lead=lead)
    assert (task.due_on, task.due_at, task.catch_up) == (IMPORT_DAY, at("2026-06-18 23:59:59"), False)
    lead.refresh_from_db()
    assert (lead.next_due_on, lead.protected_from, lead.lapses_on) == (IMPORT_DAY, None, None)


def test_a_date_agreed_with_the_customer_stays(store, li):
    lead = make_lead(store, li, due="2026-06-25", agreed_on=dt.date(2026, 6, 25))
    start_catch_up(store, [lead.pk], on=IMPORT_DAY)
    assert day_of(lead) == "2026-06-25"
    assert not Task.objects.filter(catch_up=True).exists()


def test_dating_the_same_catch_up_again_changes_no_row(store, li):
    leads = [make_lead(store, li) for _ in range(20)]
    start_catch_up(store, ids(leads), on=IMPORT_DAY)
    assert date_catch_up(store, on=IMPORT_DAY) == 0


def test_dating_it_from_the_next_day_moves_everybody_and_leaves_protection_alone(store, li):
    leads = [make_lead(store, li, visited="2026-01-05 10:00") for _ in range(20)]
    start_catch_up(store, ids(leads), on=IMPORT_DAY)
    before = list(Lead.objects.order_by("pk").values_list("protected_from", "lapses_on"))
    assert date_catch_up(store, on=dt.date(2026, 6, 19)) == 40
    assert shares(Task.objects.all()) == {"2026-06-19": 15, "2026-06-20": 5}
    assert list(Lead.objects.order_by("pk").values_list("protected_from", "lapses_on")) == before


@pytest.mark.thorough
def test_statements_do_not_grow_with_leads(store, li):
    statements = []
    for count in (10, 10, 200):  # the first fills the store's rules in memory
        leads = [make_lead(store, li) for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            start_catch_up(store, ids(leads), on=IMPORT_DAY)
        statements.append(len(captured))
    assert statements[1] == statements[2]
