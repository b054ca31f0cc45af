"""A skipped step whose evidence comes later is passed after all, and the log says since when (SPEC S23)."""

import pytest

from leads.models import Lead, LeadEvent
from leads.moves import advance, lock_lead, record_evidence
from tests.conftest import at
from tests.factories import LeadFactory

pytestmark = pytest.mark.django_db
MOVED, DROVE = at("2026-03-10 15:20"), at("2026-03-15 10:00")


@pytest.fixture
def lead(store, li):
    """At negotiation, the test drive skipped by hand on 10 March."""
    lead = LeadFactory(store=store, owner=li, step=4)
    advance(lead.pk, to=6, by=li, at=MOVED, reason="no wish to drive")
    return lead


def drive(lead, li):
    locked = lock_lead(lead.pk)
    record_evidence(locked, "drive_started", ref_kind="drive", ref_id=1, by=li, at=DROVE, recorded_at=DROVE)


def test_a_later_drive_leaves_the_step_and_writes_that_it_is_passed(lead, li):
    drive(lead, li)
    assert Lead.objects.values_list("step", "skipped").get(pk=lead.pk) == (6, "")
    event = LeadEvent.objects.get(lead=lead, kind="passed")
    assert (event.to_value, event.from_value, event.at, event.by) == ("test_drive", "", DROVE, li)


def test_the_card_tells_it(lead, li, client, settings):
    drive(lead, li)
    settings.DEALER_NOW = DROVE.isoformat()
    client.force_login(li, backend="accounts.backends.StaffBackend")
    html = client.get(f"/leads/{lead.number}/").content.decode()
    assert "Skipped before, now passed." in html
