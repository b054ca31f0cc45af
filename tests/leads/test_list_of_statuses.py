"""The list of leads knows those that were set aside; one at rest shows the day it wakes."""

import pytest

from tests.conftest import at
from tests.factories import CustomerFactory
from tests.followups.worked_leads import make_lead
from tests.leads.set_aside import set_aside

pytestmark = pytest.mark.django_db
NOW = at("2026-06-12 10:00")
ASIDE = ("dormant", "lost_pending", "lost", "void")


@pytest.fixture
def as_chen(client, settings, store, li, chen):
    settings.DEALER_NOW = NOW.isoformat()
    for number, status in enumerate(("active", *ASIDE), start=1_000):
        lead = make_lead(store, li)
        lead.customer = CustomerFactory(group=store.group, name=status, number=number)
        lead.save()
        if status != "active":
            set_aside(lead, status, li, chen, NOW)
    client.force_login(chen)
    return client


def rows(client, query=""):
    return [(row["name"], row["status"]) for row in client.get(f"/leads/{query}").context["rows"]]


def test_as_usual_only_active_ones_stand_there(as_chen):
    assert rows(as_chen) == [("active", "")]


@pytest.mark.parametrize(
    ("status", "label"),
    [
        ("dormant", "Dormant"),
        ("lost_pending", "Lost, to confirm"),
        ("lost", "Lost"),
        ("void", "Invalid lead"),
    ],
)
@pytest.mark.thorough
def test_the_filter_finds_each_status_by_its_name(as_chen, status, label):
    assert rows(as_chen, f"?status={status}") == [(status, label)]


def test_one_at_rest_shows_when_it_wakes_and_no_alarm(as_chen):
    (row,) = as_chen.get("/leads/?status=dormant").context["rows"]
    assert row["due"] == (
        '<span class="l-due"><time datetime="2026-09-01" title="2026-09-01">Tue 1 Sep</time></span>'
    )


def test_whom_nobody_is_to_call_shows_no_date(as_chen):
    for status in ("lost_pending", "lost", "void"):
        (row,) = as_chen.get(f"/leads/?status={status}").context["rows"]
        assert row["due"] == '<span class="l-due">–</span>'
