"""A01: an import neither empties nor floods anybody's list; nothing lapses in the first night."""

import datetime as dt

import pytest

from accounts.rules import set_setting
from followups.catch_up import start_catch_up
from followups.models import Task
from followups.night import run_night
from leads.models import LapseProposal, Lead
from tests.conftest import at
from tests.followups.worked_leads import make_lead, shares

pytestmark = pytest.mark.django_db
IMPORT_DAY, NEXT_DAY = dt.date(2026, 6, 18), dt.date(2026, 6, 19)
RECORDED = at("2026-06-18 08:00")


@pytest.fixture
def old_leads(store, li, wang):
    """Neglected since January: 40 of Li, 20 of Wang."""
    leads = [
        make_lead(store, owner, visited="2026-01-05 10:00", created_at=RECORDED)
        for owner, many in ((li, 40), (wang, 20))
        for _ in range(many)
    ]
    start_catch_up(store, [lead.pk for lead in leads], on=IMPORT_DAY)
    return leads


@pytest.mark.parametrize("mode", ["propose", "automatic"])
def test_the_first_night_takes_nothing_from_anybody(store, old_leads, chen, mode):
    set_setting(store, "lapse_mode", mode, by=chen, at=at("2026-06-18 08:00"))
    result = run_night(store, NEXT_DAY, now=store.start_of_day(NEXT_DAY))
    assert (result.lapsed, result.lapse_proposed) == (0, 0)
    assert not Lead.objects.filter(owner=None).exists()
    assert not LapseProposal.objects.exists()


def test_each_consultant_sees_fifteen_and_his_own_dates(store, old_leads, li, wang):
    own = make_lead(store, li, "H", due="2026-06-19")
    run_night(store, NEXT_DAY, now=store.start_of_day(NEXT_DAY))
    for owner in (li, wang):
        share = Task.objects.filter(assignee=owner, state="open", catch_up=True, due_on=NEXT_DAY)
        assert share.count() == 15
    dated = Task.objects.filter(catch_up=False, kind="cadence")
    assert list(dated.values_list("lead_id", flat=True)) == [own.pk]


def test_shares_and_backlog_are_all_open_tasks(store, old_leads, li, wang):
    run_night(store, NEXT_DAY, now=store.start_of_day(NEXT_DAY))
    assert shares(Task.objects.filter(assignee=li)) == {"2026-06-19": 15, "2026-06-20": 15, "2026-06-21": 10}
    assert shares(Task.objects.filter(assignee=wang)) == {"2026-06-19": 15, "2026-06-20": 5}
    assert Task.objects.filter(state="open").count() == 60


def test_what_stays_untouched_lapses_eight_days_after_its_first_date(store, old_leads):
    first = run_night(store, dt.date(2026, 6, 25), now=at("2026-06-25 00:00"))
    assert first.lapse_proposed == 0
    second = run_night(store, dt.date(2026, 6, 26), now=at("2026-06-26 00:00"))
    assert second.lapse_proposed == 30  # fifteen each were due on the import day
