"""Messages to a store's people, and the stop of everything (SPEC A43, A61, RELIABILITY 74)."""

import pytest

from accounts.errors import NotAllowed
from accounts.rules import set_setting
from followups.models import Outbox, SendingPause, StaffChannel
from followups.outbox.pausing import go_on, is_paused, pause, standing_pauses
from followups.outbox.quiet import sending_from
from followups.outbox.staff import queue_staff
from tests.conftest import at, person

pytestmark = pytest.mark.django_db
NOON, LATE = at("2026-03-02 12:00"), at("2026-03-02 22:10")


@pytest.fixture
def group(store, chen):
    return StaffChannel.objects.create(
        store=store, name="Sales group", url="json://localhost/x", added_by=chen, added_at=NOON
    )


@pytest.fixture
def admin(store):
    return person(store, "admin", "管理员", "admin")


def tell(channel, key="overdue:1", *, now=NOON, urgent=False):
    words = {"subject": "3 overdue", "text": "3 customers are overdue: /"}
    return queue_staff(channel, key=key, kind="overdue", now=now, urgent=urgent, **words)


def test_one_cause_is_told_once(group):
    first, again = tell(group), tell(group)
    assert first == again
    assert Outbox.objects.get().not_before == NOON


def test_at_night_only_the_urgent_goes_out_at_once(group):
    assert tell(group, "a", now=LATE).not_before == at("2026-03-03 08:00")
    assert tell(group, "b", now=LATE, urgent=True).not_before == LATE


def test_a_channel_for_urgent_things_takes_nothing_else(group):
    group.urgent_only = True
    assert tell(group) is None
    assert tell(group, urgent=True).state == "queued"


def test_a_channel_that_ended_takes_nothing(group):
    group.ended_at = NOON
    assert tell(group, urgent=True) is None
    assert Outbox.objects.count() == 0


@pytest.mark.parametrize(
    ("moment", "goes"),
    [
        ("2026-03-02 07:59:59", "2026-03-02 08:00"),
        ("2026-03-02 08:00", "2026-03-02 08:00"),
        ("2026-03-02 20:59:59", "2026-03-02 20:59:59"),
        ("2026-03-02 21:00", "2026-03-03 08:00"),
    ],
)
def test_quiet_hours_hold_the_sending(store, moment, goes):
    assert sending_from(store, at(moment)) == at(goes)


def test_quiet_hours_are_the_stores_own(store, chen):
    set_setting(store, "quiet_until", "10:00", by=chen, at=NOON)
    assert sending_from(store, at("2026-03-02 09:30")) == at("2026-03-02 10:00")


def test_a_pause_stands_once_per_reason_until_an_admin_says_go(store, chen, admin):
    assert not is_paused()
    first = pause("restored", NOON)
    assert pause("restored", LATE, by=admin) == first
    pause("by_hand", LATE, by=admin)
    assert [one.reason for one in standing_pauses()] == ["restored", "by_hand"]
    with pytest.raises(NotAllowed):
        go_on(by=chen, now=LATE)
    assert is_paused()
    go_on(by=admin, now=LATE)
    assert not is_paused()
    assert set(SendingPause.objects.values_list("ended_by", flat=True)) == {admin.pk}


def test_the_admin_may_call_off_what_waited(group, admin):
    waiting = tell(group)
    pause("restored", NOON)
    assert go_on(by=admin, now=LATE, call_off_waiting=True) == 1
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason, waiting.ended_at) == ("cancelled", "called_off", LATE)
