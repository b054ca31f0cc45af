"""A19: calls of the ladder that fall in the evening are made by whoever has evening duty."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from accounts.days_off import set_week as set_days_off
from accounts.errors import Refused
from accounts.models import Store, StoreHours
from accounts.rules import set_setting
from followups.enquiries import Enquiry, take_in
from followups.evening import calls_to_make
from followups.evening_duty import as_every_week, on_duty, set_evening, set_week
from followups.models import Contact, EveningDuty, Task
from leads.access import may_work_on
from leads.models import Lead
from tests.conftest import at
from tests.statements import statements

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 3, 2)
SET_AT = at("2026-03-02 09:00")
PAGE = "/evening/"


@pytest.fixture(autouse=True)
def _open_nine_to_nine(store):
    StoreHours.objects.filter(store=store).delete()
    for weekday in range(7):
        StoreHours.objects.create(store=store, weekday=weekday, opens=dt.time(9), closes=dt.time(21))
    store.refresh_from_db()


@pytest.fixture
def duty(store, wang, chen):
    """Wang has every Monday evening."""
    set_week(store, {0: wang}, by=chen, at=SET_AT)
    return wang


def ask(store, owner, when, phone, name):
    return take_in(store, Enquiry(phone, name), owner=owner, by=owner, at=at(when))[0]


@pytest.fixture
def asked(store, li, duty):
    """Two enquiries of Li's: a first call due 16:15, another due 18:15."""
    early = ask(store, li, "2026-03-02 16:00", "13905186627", "下午")
    late = ask(store, li, "2026-03-02 18:00", "13905186628", "晚上")
    due = [call.due_at for call in Task.objects.filter(kind="ladder").order_by("due_at")]
    assert due == [at("2026-03-02 16:15"), at("2026-03-02 18:15")]
    return early, late


def names(user, store, when):
    return [call.lead.customer.name for call in calls_to_make(user, store, now=at(when))]


def seen(user, when):
    leads = Lead.objects.visible_to(user, now=at(when))
    return sorted(leads.values_list("customer__name", flat=True))


# --- which calls, and whose they are to make ------------------------------------------------


def test_calls_due_in_the_evening_stand_on_the_list_of_who_has_duty(asked, store, li, wang, zhao):
    assert names(wang, store, "2026-03-02 18:05") == ["晚上"]
    assert [names(user, store, "2026-03-02 18:05") for user in (li, zhao)] == [[], []]
    assert names(wang, store, "2026-03-03 18:05") == []  # Tuesday: nobody's


def test_a_call_due_on_the_hour_is_of_the_evening_one_second_before_is_not(asked, store, wang, chen):
    for due, expected in (("2026-03-02 16:59:59", ["晚上"]), ("2026-03-02 17:00", ["下午", "晚上"])):
        Task.objects.filter(lead=asked[0], kind="ladder").update(due_at=at(due))
        assert names(wang, store, "2026-03-02 18:05") == expected
    set_setting(store, "evening_duty_from", "20:00", by=chen, at=SET_AT)
    assert names(wang, store, "2026-03-02 18:05") == []


def test_a_lead_of_the_pool_is_called_too(store, duty, wang, chen):
    take_in(store, Enquiry("13905186629", "公海"), owner=None, by=chen, at=at("2026-03-02 18:00"))
    assert names(wang, store, "2026-03-02 18:05") == ["公海"]


def test_who_has_duty_works_on_those_leads_once_the_evening_has_begun(asked, wang, zhao):
    early, late = (Lead.objects.get(pk=lead.pk) for lead in asked)
    assert seen(wang, "2026-03-02 16:59") == []
    assert seen(wang, "2026-03-02 17:00") == ["晚上"]
    assert (seen(zhao, "2026-03-02 18:00"), seen(wang, "2026-03-03 18:00")) == ([], [])
    assert may_work_on(late, wang, now=at("2026-03-02 18:00"))
    assert not may_work_on(early, wang, now=at("2026-03-02 18:00"))
    assert not may_work_on(late, zhao, now=at("2026-03-02 18:00"))


def test_a_call_logged_there_counts_for_the_owner_and_leaves_the_list(
    client, settings, asked, store, li, wang
):
    settings.DEALER_NOW = at("2026-03-02 18:10").isoformat()
    client.force_login(wang)
    page = client.get(PAGE).content.decode()
    assert "晚上" in page
    assert "下午" not in page
    log = reverse("followups:log", args=[asked[1].number])
    answer = client.post(log, {"token": str(uuid.uuid4()), "outcome": "no_answer", "next": PAGE})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    contact = Contact.objects.get()
    assert (contact.by, contact.for_user, contact.kind) == (wang, li, "attempt")
    again = Task.objects.get(lead=asked[1], kind="ladder", state="open")
    assert (again.assignee, again.why_args["rung"], again.due_at) == (li, 2, at("2026-03-02 20:00"))
    assert names(wang, store, "2026-03-02 18:11") == ["晚上"]  # the second call, by 20:00
    client.post(log, {"token": str(uuid.uuid4()), "outcome": "no_answer", "next": PAGE})
    assert names(wang, store, "2026-03-02 18:12") == []
    assert client.get(f"/leads/{asked[1].number}/").status_code == 200  # called tonight: still open to him
    settings.DEALER_NOW = at("2026-03-03 00:00").isoformat()
    assert client.get(f"/leads/{asked[1].number}/").status_code == 404


def test_before_the_evening_no_name_stands_on_the_page(client, settings, asked, wang):
    settings.DEALER_NOW = at("2026-03-02 16:30").isoformat()
    client.force_login(wang)
    page = client.get(PAGE).content.decode()
    assert asked[1].number in page
    assert "晚上" not in page


def test_others_read_who_has_it_and_no_customer(client, settings, asked, zhao, chen):
    settings.DEALER_NOW = at("2026-03-02 18:10").isoformat()
    for user in (zhao, chen):
        client.force_login(user)
        page = client.get(PAGE).content.decode()
        assert "王芳" in page
        assert asked[1].number not in page


def test_my_day_leads_there_for_who_has_duty_only(client, settings, asked, wang, zhao):
    settings.DEALER_NOW = at("2026-03-02 18:10").isoformat()
    found = {}
    for user in (wang, zhao):
        client.force_login(user)
        found[user.username] = client.get("/").content.decode()
    assert f'href="{PAGE}"' in found["wang"]
    assert "1 call to make tonight" in found["wang"]
    assert f'href="{PAGE}"' not in found["zhao"]


def test_the_page_takes_as_many_statements_for_many_calls_as_for_one(
    client, settings, asked, store, li, wang
):
    settings.DEALER_NOW = at("2026-03-02 18:10").isoformat()
    client.force_login(wang)
    client.get(PAGE)
    counts = []
    for number in range(2):
        with statements() as few:
            client.get(PAGE)
        counts.append(len(few))
        for more in range(5):
            ask(store, li, "2026-03-02 18:05", f"1390518{number}{more:03d}", "多")
    assert counts[0] == counts[1] <= 10


# --- who has which evening --------------------------------------------------------------------


def test_an_evening_named_outweighs_the_week_and_may_be_nobodys(store, duty, wang, zhao, chen):
    set_evening(store, MONDAY, zhao, by=chen, at=SET_AT)
    assert on_duty(store, MONDAY) == zhao.pk
    set_evening(store, MONDAY, None, by=chen, at=SET_AT)
    assert on_duty(store, MONDAY) is None
    as_every_week(store, MONDAY, by=chen, at=SET_AT)
    assert [on_duty(store, MONDAY + dt.timedelta(days=n)) for n in (0, 1, 7)] == [wang.pk, None, wang.pk]


def test_who_is_off_that_day_is_covered_by_the_deputy(store, duty, wang, zhao, chen):
    set_days_off(wang, store, {0}, deputy=zhao, by=chen, at=SET_AT)
    store = Store.objects.get(pk=store.pk)
    assert on_duty(store, MONDAY) == zhao.pk


def test_a_day_that_has_passed_and_who_sells_nothing_are_refused(store, duty, zhao, qian, chen):
    with pytest.raises(Refused) as refusal:
        set_evening(store, MONDAY, zhao, by=chen, at=at("2026-03-03 00:00"))
    assert refusal.value.field == "on"
    for write in (
        lambda: set_evening(store, MONDAY, qian, by=chen, at=SET_AT),
        lambda: set_week(store, {3: qian}, by=chen, at=SET_AT),
    ):
        with pytest.raises(Refused):
            write()
    assert list(EveningDuty.objects.values_list("weekday", "user__username")) == [(0, "wang")]


def test_the_manager_sets_week_and_evening_on_sheets(client, settings, store, wang, zhao, chen, li):
    settings.DEALER_NOW = SET_AT.isoformat()
    client.force_login(chen)
    assert client.post(f"{PAGE}week/", {"day0": wang.pk, "day4": zhao.pk}).status_code == 302
    assert client.post(f"{PAGE}day/", {"on": "2026-03-06", "person": ""}).status_code == 302
    store = Store.objects.get(pk=store.pk)
    assert [on_duty(store, MONDAY + dt.timedelta(days=n)) for n in (0, 4, 11)] == [wang.pk, None, zhao.pk]
    late = client.post(f"{PAGE}day/", {"on": "2026-03-01", "person": wang.pk})
    assert late.status_code == 422
    assert "This day has passed" in late.content.decode()
    client.force_login(li)
    assert client.post(f"{PAGE}week/", {"day0": li.pk}).status_code == 403
