"""S08: the strict rule takes a neglected C lead after eight days, the other waits for its cadence."""

import datetime as dt

import pytest

from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from tests.conftest import at
from tests.factories import LeadFactory
from tests.nights import night_in_a_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(store, li, chen):
    """C of Li, met on 2 March; lapses go by themselves."""
    set_setting(store, "lapse_mode", "automatic", by=chen, at=at("2026-03-01 10:00"))
    return LeadFactory(store=store, owner=li, grade="C", last_visit_at=at("2026-03-02 10:00"))


def owner_after_night(lead, on):
    night_in_a_row(lead.store, on)
    lead.refresh_from_db()
    return lead.owner and lead.owner.username


@pytest.mark.parametrize(
    ("rule", "kept", "lapsed"),
    [
        ("strict_7", dt.date(2026, 3, 10), dt.date(2026, 3, 11)),
        ("cadence_plus_7", dt.date(2026, 4, 9), dt.date(2026, 4, 10)),
    ],
)
def test_contact_on_the_third_of_march_protects_until(store, lead, li, chen, rule, kept, lapsed):
    set_setting(store, "ownership_rule", rule, by=chen, at=at("2026-03-01 10:00"))
    called = at("2026-03-03 10:00")
    log_contact(lead.pk, Said("looking"), by=li, at=called, now=called)
    lead.refresh_from_db()
    assert (lead.next_due_on, lead.lapses_on) == (dt.date(2026, 4, 2), lapsed)
    assert owner_after_night(lead, kept) == "li"
    assert owner_after_night(lead, lapsed) is None


def test_without_a_rule_it_never_lapses(store, lead, li, chen):
    set_setting(store, "ownership_rule", "off", by=chen, at=at("2026-03-01 10:00"))
    called = at("2026-03-03 10:00")
    log_contact(lead.pk, Said("looking"), by=li, at=called, now=called)
    assert owner_after_night(lead, dt.date(2026, 4, 30)) == "li"
