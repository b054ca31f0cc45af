"""The night gives leads up by the hundred; each row is what the verb would have written."""

import datetime as dt

import pytest
from django.db import transaction

from accounts.rules import set_setting
from followups.models import Task
from followups.night import run_night
from leads.models import LapseProposal, Lead, LeadEvent
from leads.moves import lock_lead
from leads.ownership import set_owner
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_reminders")]
ON = dt.date(2026, 3, 10)
RUN_AT = at("2026-03-10 03:00")


@pytest.fixture
def leads(store, li, wang, chen):
    """Three leads that lapse on 10 March: with cadence, in the catch-up, with a call-back for Li alone."""
    set_setting(store, "lapse_mode", "automatic", by=chen, at=at("2026-03-01 10:00"))
    leads = [
        make_lead(store, owner, visited="2026-03-02 10:00", due="2026-03-12") for owner in (li, wang, li)
    ]
    Task.objects.filter(lead=leads[1]).update(catch_up=True)
    due = {"due_at": at("2026-03-12 10:00"), "due_on": dt.date(2026, 3, 12)}
    for only in (True, False):
        Task.objects.create(
            store=store,
            lead=leads[2],
            kind="day_after",
            assignee=li,
            only_assignee=only,
            cause=f"t:{only}",
            **due,
        )
    LapseProposal.objects.create(lead=leads[0], store=store, owner=li, lapses_on=ON)
    return leads


def rows(leads):
    """Everything about the leads, without the numbers of new rows."""
    return [
        list(Lead.objects.filter(pk__in=leads).order_by("pk").values()),
        list(Task.objects.filter(lead__in=leads).order_by("pk").values()),
        list(LapseProposal.objects.filter(lead__in=leads).order_by("pk").values()),
        [without_id(row) for row in LeadEvent.objects.filter(lead__in=leads).order_by("lead_id").values()],
    ]


def without_id(row):
    return {name: value for name, value in row.items() if name != "id"}


def test_the_rows_are_those_of_the_single_verb(store, leads):
    ids = [lead.pk for lead in leads]
    with transaction.atomic():
        for pk in ids:
            set_owner(
                lock_lead(pk),
                None,
                by=None,
                at=store.start_of_day(ON),
                recorded_at=RUN_AT,
                reason="lapsed",
                source="night",
            )
        by_verb = rows(ids)
        transaction.set_rollback(True)
    assert run_night(store, ON, now=RUN_AT).lapsed == 3
    assert rows(ids) == by_verb


@pytest.mark.thorough
def test_a_call_back_for_one_person_stays_his(store, leads, li):
    run_night(store, ON, now=RUN_AT)
    assert Task.objects.get(cause="t:True").assignee == li
    assert Task.objects.get(cause="t:False").assignee is None


@pytest.mark.thorough
def test_a_lead_of_the_pool_is_in_nobodys_share(store, leads):
    run_night(store, ON, now=RUN_AT)
    assert not Task.objects.filter(lead=leads[1], catch_up=True).exists()
