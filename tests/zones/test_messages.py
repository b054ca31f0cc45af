"""Messages and what people are told: by the clock on the wall, once a store day (A61, DEV-09, A08)."""

import pytest

from accounts.rules import set_setting
from followups.digest import tell_of_the_day
from followups.models import Notice, Outbox, Task
from followups.outbox.queueing import queue_message
from followups.outbox.reasons import CannotSend
from followups.outbox.sending import send_due
from followups.outbox.thanks import waiting
from leads.models import Customer
from tests.factories import PhoneFactory
from tests.followups.outbox import Clock

from .clocks import DAYS, SECOND, TURNS, day, here, lead_of, over, utc

pytestmark = pytest.mark.django_db

MOBILES = {"shanghai": "+8613800000001", "berlin": "+4915112345678", "new_york": "+12025550123"}
# Written at 22:00 of the eve, it goes out when the quiet hours are over: 08:00 of the wall.
OUT_AT = {
    ("shanghai", "2026-10-25"): "2026-10-25 00:00",
    ("berlin", "2026-10-25"): "2026-10-25 07:00",
    ("shanghai", "2026-11-01"): "2026-11-01 00:00",
    ("new_york", "2026-11-01"): "2026-11-01 13:00",
    ("shanghai", "2027-03-14"): "2027-03-14 00:00",
    ("new_york", "2027-03-14"): "2027-03-14 12:00",
    ("shanghai", "2027-03-28"): "2027-03-28 00:00",
    ("berlin", "2027-03-28"): "2027-03-28 06:00",
}


@pytest.fixture(autouse=True)
def _ways_out(settings, tmp_path):
    settings.SMS_BACKEND, settings.SMS_FOLDER = "followups.outbox.backends.file.FileBackend", tmp_path


@pytest.fixture
def customer(stores, seller):
    """Somebody with a mobile, talked to three days before."""

    def make(where, on):
        store = stores[where]
        lead = lead_of(store, seller(store), "A", contacted=here(store, day(on, days=-3), "10:00"))
        Customer.objects.filter(pk=lead.customer_id).update(name="Chen")
        PhoneFactory(customer=lead.customer, value=MOBILES[where])
        return lead

    return make


def queue(lead, kind, moment) -> Outbox:
    return queue_message(
        lead, kind, channel="sms", sender=lead.owner, key=f"{kind}:{moment.isoformat()}", now=moment
    )


@over(OUT_AT)
def test_quiet_hours_end_by_the_clock_on_the_wall(customer, where, on):
    lead = customer(where, on)
    row = queue(lead, "thank_you", here(lead.store, day(on, days=-1), "22:00"))
    assert row.not_before == utc(OUT_AT[where, on])
    clock = Clock(row.not_before - SECOND)
    assert send_due(clock) == {}
    clock.go(seconds=1)
    assert send_due(clock) == {"sent": 1}


@over(TURNS)
def test_one_offer_a_store_day_however_long_it_is(customer, manager, where, on):
    """23:10 and 23:20 are one day, where it has 25 hours too; the next morning is another."""
    lead = customer(where, on)
    store = lead.store
    set_setting(store, "quiet_from", "23:30", by=manager(store), at=here(store, on, "08:00"))
    queue(lead, "news", here(store, on, "23:10"))
    with pytest.raises(CannotSend) as refusal:
        queue(lead, "promotion", here(store, on, "23:20"))
    assert refusal.value.code == "too_many_offers"
    next_day = queue(lead, "promotion", here(store, day(on, days=1), "08:00"))
    assert next_day.not_before == here(store, day(on, days=1), "08:00")


@over(TURNS)
def test_the_machine_thanks_on_the_day_itself(customer, where, on):
    """Due in the first second of the day, in the last, and in its last blink; not the day before or after."""
    lead, (first, last) = customer(where, on), map(utc, DAYS[where, on][:2])
    store = lead.store
    times = [first - SECOND, first, last, last + SECOND / 2, last + SECOND]
    for number, due_at in enumerate(times):
        Task.objects.create(
            store=store, lead=lead, kind="thank_you", assignee=lead.owner, cause=f"t:{number}",
            due_at=due_at, due_on=store.business_date(due_at),
        )  # fmt: skip
    for now in (first, here(store, on, "23:40"), last):
        assert [task.due_at for task in waiting(store, "sms", now)] == times[1:4]


@over(TURNS)
def test_the_days_counts_are_told_at_opening_once_a_day(stores, seller, where, on):
    store = stores[where]
    for days in range(3):
        lead_of(store, seller(store), due=day(on, days=days))
    opens = here(store, on, "09:00")
    moments = [opens - SECOND, opens, opens + SECOND, here(store, day(on, days=1), "09:00")]
    assert [tell_of_the_day(store, now=now) for now in moments] == [0, 1, 0, 1]
    told = Notice.objects.order_by("at").values_list("at", "args")
    assert list(told) == [(moments[1], {"today": 1}), (moments[3], {"today": 1, "overdue": 1})]
