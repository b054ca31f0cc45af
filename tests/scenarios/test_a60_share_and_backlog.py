"""A60: fifteen old leads a day for each consultant, moved on by the night before they are late."""

import datetime as dt

import pytest

from accounts.models import StoreClosure
from followups.catch_up import start_catch_up
from followups.contacts import Said, log_contact
from followups.models import NightlyRun, Task
from followups.night import run_night
from leads.models import Lead
from tests.conftest import at
from tests.followups.worked_leads import make_lead, shares
from tests.nights import nights_done

pytestmark = pytest.mark.django_db
IMPORT_DAY = dt.date(2026, 6, 18)
RECORDED = at("2026-06-18 08:00")


def june(day):
    return dt.date(2026, 6, day)


def night(store, on):
    return run_night(store, on, now=store.start_of_day(on))


def catch_up():
    return Task.objects.filter(state="open", catch_up=True)


@pytest.fixture
def leads(store, li):
    """Forty old leads of Li, imported on 18 June."""
    leads = [make_lead(store, li, visited="2026-01-05 10:00", created_at=RECORDED) for _ in range(40)]
    start_catch_up(store, [lead.pk for lead in leads], on=IMPORT_DAY)
    return leads


def test_the_import_day_has_fifteen_of_forty(leads):
    assert shares(catch_up()) == {"2026-06-18": 15, "2026-06-19": 15, "2026-06-20": 10}


def test_nothing_done_the_night_dates_all_of_them_anew(store, leads):
    night(store, june(19))
    assert shares(catch_up()) == {"2026-06-19": 15, "2026-06-20": 15, "2026-06-21": 10}


def test_five_tries_stand_beside_the_next_share(store, leads, li):
    night(store, june(19))
    tried = at("2026-06-19 10:00")
    for task in catch_up().filter(due_on=june(19)).order_by("pk")[:5]:
        log_contact(task.lead_id, Said("no_answer"), by=li, at=tried, now=tried)
    night(store, june(20))
    assert shares(catch_up()) == {"2026-06-20": 15, "2026-06-21": 15, "2026-06-22": 5}
    own = Task.objects.filter(state="open", catch_up=False, kind="cadence")
    assert shares(own) == {"2026-06-20": 5}
    assert catch_up().filter(due_on__gt=june(20)).count() == 20


def test_the_catch_up_is_never_missed_or_escalated(store, leads):
    for day in range(19, 27):
        result = night(store, june(day))
        assert (result.missed, result.escalated) == (0, 0)
    assert not Task.objects.filter(missed_on__isnull=False).exists()


def test_later_nights_do_not_stretch_the_protection(store, leads):
    before = dict(Lead.objects.values_list("pk", "lapses_on"))
    night(store, june(19))
    assert dict(Lead.objects.values_list("pk", "lapses_on")) == before
    assert shares_of_protection() == {june(18): 15, june(19): 15, june(20): 10}


def shares_of_protection():
    days = list(Lead.objects.values_list("protected_from", flat=True))
    return {day: days.count(day) for day in set(days)}


def test_a_share_that_was_done_moves_nobody(store, leads, li):
    called = at("2026-06-18 10:00")
    for task in catch_up().filter(due_on=IMPORT_DAY):
        log_contact(task.lead_id, Said("comparing"), by=li, at=called, now=called)
    dates = shares(catch_up())
    night(store, june(19))
    assert shares(catch_up()) == dates == {"2026-06-19": 15, "2026-06-20": 10}


class TestAfterALongClosing:
    """The store is shut from 15 to 17 June and opens on the 18th."""

    @pytest.fixture
    def closed(self, store):
        for day in (15, 16, 17):
            StoreClosure(store=store, on=june(day)).save()
        nights_done(store, june(14))

    def test_what_fell_due_meanwhile_joins_on_the_first_open_day(self, store, li, closed):
        leads = [make_lead(store, li, due="2026-06-16") for _ in range(20)]
        for day in (16, 17, 18):
            night(store, june(day))
        assert shares(catch_up()) == {"2026-06-18": 15, "2026-06-19": 5}
        assert not Task.objects.filter(missed_on__isnull=False).exists()
        last = Lead.objects.get(pk=leads[19].pk)
        assert (last.next_due_on, last.protected_from, last.lapses_on) == (june(19), june(19), june(27))

    @pytest.mark.thorough
    def test_also_when_that_night_was_missed(self, store, li, closed):
        lead = make_lead(store, li, due="2026-06-16")
        night(store, june(20))
        task = Task.objects.get(lead=lead, kind="cadence")
        assert (task.due_on, task.catch_up, task.missed_on) == (june(20), True, None)
        lead.refresh_from_db()
        assert lead.protected_from == june(18)

    def test_a_date_agreed_with_the_customer_stays_and_is_missed(self, store, li, closed):
        lead = make_lead(store, li, due="2026-06-16", agreed_on=june(16))
        night(store, june(18))
        task = Task.objects.get(lead=lead, kind="cadence")
        assert (task.due_on, task.catch_up, task.missed_on) == (june(16), False, june(17))

    @pytest.mark.thorough
    def test_what_was_late_before_stays_late(self, store, li, closed):
        lead = make_lead(store, li, due="2026-06-14")
        night(store, june(18))
        task = Task.objects.get(lead=lead, kind="cadence")
        assert (task.due_on, task.catch_up, task.missed_on) == (june(14), False, june(15))

    def test_a_pool_lead_has_no_share(self, store, closed):
        make_lead(store, None, due="2026-06-16")
        night(store, june(18))
        assert not catch_up().exists()

    @pytest.mark.thorough
    def test_two_closing_days_are_not_enough(self, store, li):
        for day in (16, 17):
            StoreClosure(store=store, on=june(day)).save()
        nights_done(store, june(14))
        make_lead(store, li, due="2026-06-16")
        night(store, june(18))
        assert not catch_up().exists()

    @pytest.mark.thorough
    def test_again_changes_nothing(self, store, li, closed):
        for _ in range(3):
            make_lead(store, li, due="2026-06-16")
        assert night(store, june(18)).changed > 0
        NightlyRun.objects.filter(on=june(18)).delete()
        assert night(store, june(18)).changed == 0
