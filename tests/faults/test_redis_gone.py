"""Without its Redis a store goes on writing, and nothing is lost when it comes back (RELIABILITY 13, 14).

Web and worker are real processes on PostgreSQL, on a Redis of their own.
"""

import time
import uuid

import pytest

from followups.models import Contact, Heartbeat, NightlyRun, Task
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.faults.machines import Web, wait_for, worker
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

LEADS, SAVES, RESTARTS = 400, 20, 5
MORNING = at("2026-03-12 08:30")
SECONDS = {"SWEEP_SECONDS": "2", "DEALER_NOW": MORNING.isoformat()}


@pytest.fixture
def store():
    return make_store("east")


@pytest.fixture
def li(store):
    return make_person(store, "li", "李强", "consultant")


@pytest.fixture
def leads(store, li):
    return [make_lead(store, li, "H", visited="2026-03-05 10:00", due="2026-03-10") for _n in range(LEADS)]


def swept() -> bool:
    return Heartbeat.objects.filter(name="sweep").exists()


def saved(web, lead) -> tuple[int, float]:
    """A try is logged; answers the status and the seconds it took."""
    began = time.monotonic()
    sheet = {"token": str(uuid.uuid4()), "outcome": "no_answer", "channel": "phone"}
    return web.ask(f"/leads/{lead.number}/log/", sheet), time.monotonic() - began


def test_people_work_on_while_it_is_gone_and_the_night_is_done_once_it_is_back(queue, store, li, leads):
    web = Web(queue.url, **SECONDS)
    try:
        web.sign_in(li)
        assert saved(web, leads[0])[0] == 302
        queue.end()
        answers = [saved(web, lead) for lead in leads[1:SAVES]]
        pages = [web.ask(path) for path in ("/", "/walk-in/", "/leads/", f"/leads/{leads[5].number}/")]
        assert ({status for status, _seconds in answers}, set(pages)) == ({302}, {200})
        assert max(seconds for _status, seconds in answers) < 3
        assert Contact.objects.count() == SAVES
    finally:
        web.end()
    assert not NightlyRun.objects.exists()
    queue.start()
    queue.wait()
    at_work = worker(queue.url, beat=True, **SECONDS)
    try:
        wait_for(lambda: NightlyRun.objects.filter(state="done").exists())
    finally:
        at_work.end()
    late = Task.objects.filter(state="open", missed_on__isnull=False)
    assert late.count() == LEADS - SAVES  # the tries moved theirs to tomorrow


def test_an_emptied_and_five_times_restarted_queue_sweeps_again_by_itself(queue, store, leads):
    at_work = worker(queue.url, beat=True, **SECONDS)
    try:
        wait_for(swept)
        for _restart in range(RESTARTS):
            queue.end()
            time.sleep(1)
            queue.start()
            queue.wait()
        Heartbeat.objects.all().delete()
        seconds = wait_for(lambda: at_work.keep() or swept(), seconds=60)
        print(f"sweeping again after {seconds:.1f} s")
        assert NightlyRun.objects.filter(state="done").count() == 1
        assert Task.objects.filter(state="open", missed_on__isnull=False).count() == LEADS
    finally:
        at_work.end()
