"""Later, with a reason: the row leaves the list for some hours, every date stays (SPEC A53)."""

import datetime as dt

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.models import StoreClosure
from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.models import Appointment, Task
from followups.my_day import build
from followups.snoozing import Later, snooze, until
from tests.conftest import at
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 14:06")
TOKEN = "7b0c1f6e-5c5e-4ee2-9c0e-0d1c7f6f1a11"


@pytest.fixture
def lead(store, li):
    return make_lead(store, li, "A", visited="2026-03-09 10:00", due="2026-03-12")


def put_off(lead, by, later=Later.TWO_HOURS, now=NOW):
    return snooze(lead.pk, later, "answer", by=by, now=now)


def test_it_lasts_minutes_or_until_the_store_opens_again(store, chen):
    assert until(store, "30", now=NOW) == at("2026-03-12 14:36")
    assert until(store, "tomorrow", now=NOW) == at("2026-03-13 09:00")
    StoreClosure.objects.create(store=store, on=dt.date(2026, 3, 13))
    store.refresh_from_db()
    assert until(store, "tomorrow", now=NOW) == at("2026-03-14 09:00")


def test_no_date_and_no_protection_moves(lead, li):
    before = Task.objects.values("due_at", "due_on", "state", "missed_on").get()
    assert put_off(lead, li) == at("2026-03-12 16:06")
    assert Task.objects.values("due_at", "due_on", "state", "missed_on").get() == before
    assert Task.objects.get().snoozed_until == at("2026-03-12 16:06")
    lapses_on, due_on = lead.lapses_on, lead.next_due_on
    lead.refresh_from_db()
    assert (lead.lapses_on, lead.next_due_on) == (lapses_on, due_on)


def test_the_log_keeps_who_why_and_until_when(lead, li):
    put_off(lead, li)
    event = lead.events.get(kind="snooze")
    task = Task.objects.get()
    assert (event.by, event.reason, event.at) == (li, "answer", NOW)
    assert event.data == {"tasks": [task.pk], "until": "2026-03-12T08:06:00+00:00"}


def test_what_falls_due_meanwhile_is_put_off_with_it_and_later_days_are_not(store, lead, li):
    facts = {"store": store, "lead": lead, "assignee": li, "kind": "day_after"}
    Task.objects.create(due_at=at("2026-03-12 15:00"), due_on=dt.date(2026, 3, 12), cause="today", **facts)
    Task.objects.create(due_at=at("2026-03-13 15:00"), due_on=dt.date(2026, 3, 13), cause="later", **facts)
    put_off(lead, li)
    assert set(Task.objects.filter(snoozed_until=None).values_list("cause", flat=True)) == {"later"}


def test_a_call_back_for_one_person_is_put_off_by_that_person_alone(store, lead, li, wang, chen):
    Task.objects.create(
        store=store, lead=lead, assignee=wang, only_assignee=True, kind="call_back",
        due_at=at("2026-03-12 15:00"), due_on=dt.date(2026, 3, 12), cause="call_back",
    )  # fmt: skip
    put_off(lead, li)
    assert Task.objects.get(cause="call_back").snoozed_until is None


def test_three_times_between_two_talks_and_then_somebody_calls(store, lead, li, chen):
    for hour in (14, 15, 16):
        put_off(lead, li, now=at(f"2026-03-12 {hour}:10"))
    with pytest.raises(Refused, match="Put off 3 times since the last talk"):
        put_off(lead, li, now=at("2026-03-12 17:10"))
    assert lead.events.filter(kind="snooze").count() == 3
    talked = at("2026-03-12 17:12")
    log_contact(lead.pk, Said(outcome="comparing"), by=li, at=talked, now=talked)
    due_on = Task.objects.get(state="open").due_on
    put_off(lead, li, now=at(f"{due_on} 10:00"))
    assert lead.events.filter(kind="snooze").count() == 4


def test_a_store_may_allow_it_once(store, lead, li, chen):
    set_setting(store, "snoozes_at_most", 1, by=chen, at=NOW)
    put_off(lead, li)
    with pytest.raises(Refused, match="Put off 1 time since"):
        put_off(lead, li)


def test_nothing_due_is_nothing_to_put_off(store, li):
    lead = make_lead(store, li, "B", due="2026-03-20")
    with pytest.raises(Refused, match="Nothing of this customer is due"):
        put_off(lead, li)


def test_a_colleagues_customer_is_not_put_off(lead, wang):
    with pytest.raises(NotAllowed):
        put_off(lead, wang)
    assert Task.objects.get().snoozed_until is None


def test_the_card_tells_it(client, settings, lead, li):
    settings.DEALER_NOW = NOW.isoformat()
    li.language = "en"
    li.save(update_fields=["language"])
    client.force_login(li)
    client.post(f"/leads/{lead.number}/snooze/", {"token": TOKEN, "later": "tomorrow", "reason": "hour"})
    card = client.get(f"/leads/{lead.number}/").content.decode()
    assert "Snoozed until 13 Mar 09:00" in card
    assert "Not an hour to call." in card


def test_the_sheet_asks_for_both_and_keeps_what_was_tapped(client, settings, lead, li):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li)
    answer = client.post(f"/leads/{lead.number}/snooze/", {"token": TOKEN, "later": "120"})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"reason"}
    assert answer.context["form"]["later"].value() == "120"


def test_the_sheet_sent_twice_counts_once(client, settings, lead, li):
    settings.DEALER_NOW = NOW.isoformat()
    client.force_login(li)
    for _tap in range(2):
        client.post(f"/leads/{lead.number}/snooze/", {"token": TOKEN, "later": "30", "reason": "hour"})
    assert lead.events.filter(kind="snooze").count() == 1


def groups(li, store, now):
    return {
        group: [row.lead.number for row in rows]
        for group, rows in build(li, store, now=now).rows.items()
        if rows
    }


def test_the_row_leaves_its_group_until_then_and_comes_back_by_itself(store, lead, li):
    store.refresh_from_db()
    assert groups(li, store, NOW) == {"today": [lead.number]}
    put_off(lead, li)
    assert groups(li, store, at("2026-03-12 16:05:59")) == {"snoozed": [lead.number]}
    assert groups(li, store, at("2026-03-12 16:06")) == {"today": [lead.number]}


def test_who_comes_today_is_never_hidden(store, lead, li):
    Appointment.objects.create(lead=lead, store=store, at=at("2026-03-12 17:00"), set_by=li, set_at=NOW)
    put_off(lead, li)
    assert groups(li, store, NOW) == {"today": [lead.number]}


def test_my_day_folds_it_and_says_until_when(client, settings, store, lead, li):
    settings.DEALER_NOW = NOW.isoformat()
    li.language = "en"
    li.save(update_fields=["language"])
    put_off(lead, li)
    client.force_login(li)
    page = client.get("/").content.decode()
    assert "Snoozed 1" in page
    assert 'snoozed until <time datetime="2026-03-12T16:06+08:00">16:06</time>' in page
