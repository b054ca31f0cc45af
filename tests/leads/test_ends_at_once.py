"""Two hands end one lead at once: one record, one decision, one second car, and the dates agree."""

import threading

import pytest

from accounts.errors import Refused
from followups.contacts import Said, log_contact
from followups.models import Task
from leads.losing import Loss, SettledAlready, confirm_loss, lose, reject_loss
from leads.models import Lead, LeadEvent, LostRecord
from leads.second_car import WantsAnotherAlready, another_lead
from tests.conftest import at, person
from tests.factories import LeadFactory
from tests.followups.promises import broken_dates
from tests.followups.worked_leads import make_lead
from tests.leads.set_aside import lose_lead, reason
from tests.test_concurrency import in_threads

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = at("2026-06-05 10:00")
HANDS = 6


def at_once(*works):
    """Start all together; answers how many were refused."""
    start = threading.Barrier(len(works))

    def run(work):
        start.wait()
        try:
            work()
        except Refused:
            return 1
        return 0

    return sum(in_threads(len(works), run, works))


def test_one_loss_is_recorded_however_many_record_it(store, li):
    lead = make_lead(store, li)
    loss = Loss(reason=reason(store))
    refused = at_once(*[lambda: lose(lead.pk, loss, by=li, at=NOW, now=NOW)] * HANDS)
    assert (refused, LostRecord.objects.count()) == (HANDS - 1, 1)
    assert LeadEvent.objects.filter(lead=lead, to_value="lost_pending").count() == 1
    assert broken_dates() == {}


@pytest.mark.parametrize("turn", range(3))
def test_one_of_two_managers_decides(store, li, chen, turn):
    sun = person(store, "sun", "孙伟", "manager")
    lead = make_lead(store, li)
    found = lose_lead(lead, li, NOW)
    refused = at_once(
        lambda: confirm_loss(found.pk, by=chen, at=NOW),
        lambda: reject_loss(found.pk, by=sun, at=NOW, comment="call again"),
    )
    found.refresh_from_db()
    lead.refresh_from_db()
    assert refused == 1
    assert (found.decision, lead.status) in {("confirmed", "lost"), ("rejected", "active")}
    assert Task.objects.filter(lead=lead, state="open").count() == (lead.status == "active")
    assert broken_dates() == {}
    with pytest.raises(SettledAlready):
        confirm_loss(found.pk, by=chen, at=NOW)


def test_a_call_beside_a_loss_leaves_no_task_open(store, li, chen):
    lead = make_lead(store, li)
    refused = at_once(
        lambda: lose_lead(lead, li, NOW),
        lambda: log_contact(lead.pk, Said("looking"), by=chen, at=NOW, now=NOW),
    )
    assert (refused, Lead.objects.get().status) == (0, "lost_pending")
    assert Task.objects.filter(state="open").count() == 0
    assert broken_dates() == {}


def test_one_second_car_however_many_ask_for_it(store, li):
    first = LeadFactory(store=store, owner=li, step=9)
    refused = at_once(*[lambda: another_lead(first.pk, by=li, at=NOW)] * HANDS)
    assert (refused, Lead.objects.filter(parent=first).count()) == (HANDS - 1, 1)
    with pytest.raises(WantsAnotherAlready):
        another_lead(first.pk, by=li, at=NOW)
