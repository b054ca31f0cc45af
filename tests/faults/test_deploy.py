"""A deploy in the middle of the work: all end soon, nothing is lost or done twice (RELIABILITY 32).

They are asked to end as compose does it: SIGTERM to the first process, SIGKILL 30 seconds later.
"""

from collections import Counter

import pytest

from bench.night import ON, build
from followups.models import NightlyRun, Outbox
from tests.factories import make_store
from tests.faults.clocks import Clock
from tests.faults.machines import beat, wait_for, worker
from tests.faults.test_killed_night import written
from tests.faults.three_stores import DAY, by_one_hand, differences, staffed
from tests.followups.outbox import make_customer, queued

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
DEPLOYS, GRACE = 10, 30  # seconds, as in docker-compose.yml
PEOPLE, LEADS, CHUNK = 20, 4_000, 5  # in so small steps the night is long
MESSAGES, ONE = 100, 0.5  # seconds for which the gateway keeps each


@pytest.fixture
def at_midnight(gateway, tmp_path):
    """A night that is due in Shanghai, at noon in New York; the environment of worker and beat."""
    bench = build(LEADS, PEOPLE)
    york = make_store("york", zone="America/New_York", country="US")
    now = bench.start_of_day(ON)
    before = {"state": "done", "started_at": now, "lease_until": now}
    NightlyRun.objects.create(store=york, on=york.business_date(now) - DAY, **before)
    seller = staffed(york)
    for n in range(MESSAGES):
        lead = make_customer(york, seller, number=f"+12125550{n:03}", address="")
        queued(lead, key=f"waits:{lead.pk}", now=now)
    clock = Clock(tmp_path / "clock")
    clock.set(now)
    return now, gateway.environment | {"CLOCK_FILE": str(clock.file), "CHUNK": str(CHUNK)}


def test_ten_deploys_in_the_middle_of_night_and_messages(queue, at_midnight, gateway):
    now, environment = at_midnight
    expected = by_one_hand([now])
    gateway.taken.clear()
    gateway.mood, gateway.delay = "late", ONE
    stopped = []
    for _deploy in range(DEPLOYS):
        rows, sent = written(), len(gateway.taken)
        at_work, wakes = worker(queue.url, **environment), beat(queue.url, **environment)
        try:
            wait_for(lambda rows=rows, sent=sent: written() > rows and len(gateway.taken) > sent)
        finally:
            wakes.process.terminate()  # both at a time
            stopped += [at_work.stop(GRACE), wakes.stop(GRACE)]
        assert (at_work.process.returncode, wakes.process.returncode) == (0, 0)
        assert not NightlyRun.objects.filter(store__code="bench", state="done").exists()
        assert not Outbox.objects.filter(state="sending").exists()
    print(f"{DEPLOYS} deploys: stopped within {max(stopped):.1f} s")

    gateway.mood = "ok"
    at_work = worker(queue.url, **environment | {"CHUNK": "2000"})
    try:
        wait_for(lambda: NightlyRun.objects.filter(store__code="bench", state="done").exists())
        wait_for(lambda: not Outbox.objects.filter(state="queued").exists())
    finally:
        at_work.stop(GRACE)
    assert differences(expected) == {}
    assert set(Counter(message["key"] for message in gateway.taken).values()) == {1}
    assert len(gateway.taken) == MESSAGES
