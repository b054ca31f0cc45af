"""PostgreSQL restarted while people work: errors only while it is down (RELIABILITY 15).

It is a server of the test's own with a copy of its database; web, worker and beat stand on that one, and
nobody starts them again.
"""

import time

import pytest

from tests.conftest import at
from tests.faults.machines import Phone, Web, wait_for, worker
from tests.faults.people import Span, at_work, failed
from tests.faults.postgres import PROGRAMS, Postgres
from tests.followups.worked_leads import make_lead

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not PROGRAMS, reason="no programs of PostgreSQL on this machine"),
]
MORNING = at("2026-03-12 08:30")
PHONES, LEADS, DOWN, WELL = 4, 80, 3, 5  # seconds it is down; seconds until all is well again
LOGGED = "SELECT count(*) FROM followups_contact"
SWEPT = "SELECT count(*) FROM followups_heartbeat WHERE name = 'sweep'"


@pytest.fixture
def leads(store, li):
    return [make_lead(store, li, "H", visited="2026-03-05 10:00", due="2026-03-12") for _n in range(LEADS)]


@pytest.fixture
def phones(li):
    return [Phone(0, li) for _n in range(PHONES)]


@pytest.fixture
def server(leads, phones):
    server = Postgres()
    yield server
    server.end()


def restarted(server, how: str) -> Span:
    def restart() -> int:
        server.stop(how)
        time.sleep(DOWN)
        server.start()
        return 1

    return Span.of(restart)


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_errors_end_with_the_outage_and_no_save_is_lost(queue, server, leads, phones, how):
    seconds = {"SWEEP_SECONDS": "2", "MESSAGE_SECONDS": "2", "DEALER_NOW": MORNING.isoformat()}
    there = {"DATABASE_URL": server.url, **seconds}
    web, jobs = Web(queue.url, **there), worker(queue.url, beat=True, **there)
    try:
        for phone in phones:
            phone.site = f"http://127.0.0.1:{web.port}"
        with at_work(phones, [lead.number for lead in leads]) as asked:
            wait_for(lambda: server.ask(SWEPT)[0])
            down = restarted(server, how)
            server.ask("DELETE FROM followups_heartbeat RETURNING name")
            swept = wait_for(lambda: server.ask(SWEPT)[0])
            wait_for(lambda: server.ask(LOGGED)[0] == LEADS)
        assert (web.process.poll(), jobs.process.poll()) == (None, None)  # as they were started
    finally:
        web.end()
        jobs.end()

    failures = failed(asked)
    late = max(request.ended for request in failures) - down.ended
    print(f"{how}: down {down.ended - down.began:.1f} s, {len(failures)} of {len(asked)} requests failed")
    print(f"the last of them {late:.1f} s after it was back; swept again after {swept:.1f} s")
    assert late < WELL
    assert min(request.ended for request in failures) >= down.began
    assert [request.what for request in asked].count(302) == LEADS
    assert server.ask(LOGGED) == (LEADS,)
