"""A worker that is asked to stop leaves its work where the next one takes it up (RELIABILITY 32)."""

import pytest

from accounts import stopping
from followups.models import NightlyRun, Notice, Outbox, Task
from followups.outbox.sending import send_due
from followups.tasks import sweep
from tests.conftest import at
from tests.followups.outbox import Clock, make_customer, queued
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db
MORNING = at("2026-03-12 09:30")


@pytest.fixture(autouse=True)
def _morning(settings, tmp_path):
    settings.DEALER_NOW = MORNING.isoformat()
    settings.SMS_BACKEND, settings.SMS_FOLDER = "followups.outbox.backends.file.FileBackend", tmp_path
    yield
    stopping._ASKED[0] = 0  # nobody takes it back but the end of the process


@pytest.fixture
def lead(store, li):
    return make_lead(store, li, "H", visited="2026-03-10 10:00", due="2026-03-11")


def missed() -> int:
    return Task.objects.filter(missed_on__isnull=False).count()


def test_the_night_is_left_with_its_lease_given_back_and_nobody_is_told_of_half_of_it(lead):
    stopping.ask_to_stop()
    sweep()
    assert NightlyRun.objects.get(state="running").lease_until == MORNING
    assert (missed(), Notice.objects.count()) == (0, 0)

    stopping._ASKED[0] = 0
    sweep()
    assert NightlyRun.objects.get().state == "done"
    assert (missed(), Notice.objects.filter(kind="digest").count()) == (1, 1)


def test_no_message_more_is_taken(store, li):
    queued(make_customer(store, li))
    stopping.ask_to_stop()
    assert send_due(Clock()) == {}
    assert Outbox.objects.get().state == "queued"
    stopping._ASKED[0] = 0
    assert send_due(Clock()) == {"sent": 1}
