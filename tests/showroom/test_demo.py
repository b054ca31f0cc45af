"""The demo store is alive, keeps every promise, and is carried on from day to day."""

import pytest

from accounts.models import Store
from followups.models import Contact, NightlyRun
from leads.models import Lead
from showroom.demo.build import build, logins
from showroom.models import Call, Visit
from tests.conftest import at
from tests.registers import kept_for_the_module
from tests.test_invariants import broken

pytestmark = [pytest.mark.once, pytest.mark.thorough, pytest.mark.django_db]
FRIDAY_NOON, SATURDAY_NOON = at("2026-03-06 12:00"), at("2026-03-07 12:00")


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    with kept_for_the_module(django_db_blocker):
        yield build(now=FRIDAY_NOON, days=4)


def test_days_of_work_are_there_and_every_promise_holds(demo):
    assert NightlyRun.objects.filter(state="done").count() == 5
    assert Visit.objects.count() >= 15
    assert Contact.objects.exists()
    assert Call.objects.count() >= 8
    assert broken() == {}


def test_nothing_lies_in_the_future(demo):
    assert not Visit.objects.filter(arrived_at__gt=FRIDAY_NOON).exists()
    assert not Contact.objects.filter(at__gt=FRIDAY_NOON).exists()


def test_the_same_moment_again_changes_nothing(demo):
    before = (Lead.objects.count(), Contact.objects.count())
    build(now=FRIDAY_NOON, days=4)
    assert (Lead.objects.count(), Contact.objects.count(), Store.objects.count()) == (*before, 1)


def test_the_next_day_is_carried_on(demo):
    before = Visit.objects.count()
    build(now=SATURDAY_NOON, days=4)
    assert NightlyRun.objects.order_by("-on").first().on.isoformat() == "2026-03-07"
    assert Visit.objects.count() > before
    assert broken() == {}


def test_everybody_can_sign_in_with_the_printed_words(demo, client):
    rows = logins()
    assert [row[3] for row in rows] == ["consultant"] * 4 + ["manager", "receptionist"]
    username, password, *_ = rows[0]
    assert client.login(username=username, password=password)
