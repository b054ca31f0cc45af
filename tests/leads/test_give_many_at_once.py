"""Two reassignments of the same leads at once, in opposite order, on PostgreSQL (RELIABILITY 28)."""

import threading

import pytest
from django.db import connection, transaction

from accounts.models import User
from followups.invariants import cadence_one_open_task
from followups.models import Task
from leads.giving_many import BATCH, give_many
from leads.models import Lead, LeadEvent
from leads.moves import lock_lead
from tests.conftest import at
from tests.followups.worked_leads import make_lead
from tests.test_concurrency import in_threads

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

NOW = at("2026-06-02 10:00")
LEADS = 200


def owner_by_the_log(lead: Lead) -> str:
    last = LeadEvent.objects.filter(lead=lead, kind="owner").order_by("-id").first()
    return last.to_value if last else str(lead.owner_id)


@pytest.mark.thorough
def test_opposite_reassignments_of_200_leads_end_with_one_owner_each(store, li, wang, zhao, chen, qian):
    leads = [make_lead(store, li) for _ in range(LEADS)]
    ids = [lead.pk for lead in leads]
    for round_ in range(5):
        there, back = (wang, zhao) if round_ % 2 else (zhao, wang)
        start = threading.Barrier(2)

        def run(job, start=start):
            order, to = job
            start.wait()
            by = User.objects.get(pk=chen.pk)
            to = User.objects.get(pk=to.pk)
            return give_many([(pk, to) for pk in order], by=by, at=NOW, reason="x")

        answers = in_threads(2, run, [(ids, there), (ids[::-1], back)])
        assert [given.refused for given in answers] == [[], []]
        owners = dict(Lead.objects.values_list("pk", "owner_id"))
        assert set(owners.values()) <= {there.pk, back.pk}
        assert [str(owners[lead.pk]) for lead in leads] == [owner_by_the_log(lead) for lead in leads]
    moved = sum(1 for event in LeadEvent.objects.filter(kind="owner") if event.from_value != event.to_value)
    assert moved == LeadEvent.objects.filter(kind="owner").count()
    assert cadence_one_open_task().bad == 0
    tasks = Task.objects.filter(state="open", kind="cadence").select_related("lead")
    assert [task.assignee_id for task in tasks] == [task.lead.owner_id for task in tasks]


def test_a_lead_that_somebody_holds_too_long_is_told_and_the_other_batches_move(
    store, li, wang, chen, monkeypatch
):
    monkeypatch.setattr("leads.giving_many.PATIENCE", 1)
    leads = [make_lead(store, li) for _ in range(BATCH + 2)]
    held, release = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            lock_lead(leads[0].pk)
            held.set()
            release.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    try:
        given = give_many([(lead.pk, wang) for lead in leads], by=chen, at=NOW, reason="x")
    finally:
        release.set()
        holder.join()
    assert len(given.moved) == 2
    assert {text for _pk, text in given.refused} == {"Somebody works on it just now. Try again."}
    assert len(given.refused) == BATCH
    assert Lead.objects.filter(owner=li).count() == BATCH
