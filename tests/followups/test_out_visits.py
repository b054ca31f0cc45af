"""DEV-08, DEV-10, DEV-11: a visit to the customer, prepared, and again when nobody was met."""

import datetime as dt

import pytest

from accounts.errors import NotAllowed, Refused
from followups.contacts import Said, log_contact
from followups.models import Contact, Task
from followups.my_day import build
from followups.out_visits import Result, end_out_visit, plan_out_visit
from followups.preparations import PAPERS, PREPARATIONS, STEPS, missing
from leads.moves import lock_lead
from leads.ownership import set_owner
from tests.conftest import at
from tests.followups.promises import broken_dates
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW, THEN = at("2026-03-10 10:00"), at("2026-03-12 15:00")
AGAIN = at("2026-03-16 15:00")


@pytest.fixture
def lead(store, li):
    return know(store, li, "13900000001", "张三", step=1, phone_only_since=None)


def plan(lead, li, *ready, at_=THEN):
    return plan_out_visit(lead.pk, at_, ready, by=li, now=NOW)


def open_visits():
    return list(Task.objects.filter(kind="out_visit", state="open").values_list("due_at", flat=True))


def texts(li, store, now):
    day = build(li, store, now=now)
    [row] = [row for rows in day.rows.values() for row in rows]
    return [
        (reason.text, reason.tone)
        for reason in row.reasons
        if "visit" in reason.text or "ready" in reason.text
    ]


def test_five_papers_and_five_steps():
    assert (len(PAPERS), len(STEPS)) == (5, 5)


def test_four_of_five_papers_are_not_ready(lead, li):
    task = plan(lead, li, *STEPS, "business_card", "product", "company", "costs")
    assert missing(task) == ["Registration and insurance fee sheet"]
    assert missing(plan(lead, li, *PREPARATIONS)) == []


def test_it_stands_on_my_day_with_what_is_missing(lead, li, store):
    plan(lead, li, "business_card")
    said = texts(li, store, at("2026-03-12 09:00"))
    assert [text.split(", by")[0] for text, _tone in said] == ["visit to the customer", "not ready"]
    assert [tone for _text, tone in said] == ["", "missing"]
    plan(lead, li, *PREPARATIONS)
    assert len(texts(li, store, at("2026-03-12 09:00"))) == 1
    assert texts(li, store, at("2026-03-12 15:01"))[0][1] == "late"


def test_a_call_before_it_does_not_close_it(lead, li):
    plan(lead, li)
    when = at("2026-03-11 10:00")
    log_contact(lead.pk, Said("looking"), by=li, at=when, now=when)
    assert open_visits() == [THEN]


def test_planning_again_moves_the_one_visit(lead, li):
    plan(lead, li)
    plan(lead, li, at_=AGAIN)
    assert open_visits() == [AGAIN]


@pytest.mark.parametrize("outcome", ["absent", "busy"])
def test_nobody_met_without_a_day_to_go_again_is_refused(lead, li, outcome):
    plan(lead, li)
    with pytest.raises(Refused, match="say when you go again") as refused:
        end_out_visit(lead.pk, Result(outcome), by=li, now=THEN)
    assert refused.value.field == "again_on"
    assert (open_visits(), Contact.objects.count()) == ([THEN], 0)


@pytest.mark.parametrize("outcome", ["absent", "busy"])
def test_nobody_met_is_a_try_and_a_new_visit(lead, li, outcome):
    plan(lead, li, "business_card")
    contact = end_out_visit(lead.pk, Result(outcome, AGAIN), by=li, now=THEN)
    assert (contact.kind, contact.channel, contact.outcome) == ("attempt", "in_person", outcome)
    done = Task.objects.get(kind="out_visit", state="done")
    assert (done.closed_at, done.closed_by, done.contact) == (THEN, li, contact)
    again = Task.objects.get(kind="out_visit", state="open")
    assert (again.due_at, again.why_args) == (AGAIN, {"ready": ["business_card"]})
    assert broken_dates() == {}


def test_a_talk_ends_it_and_counts_as_a_contact(lead, li):
    plan(lead, li)
    contact = end_out_visit(lead.pk, Result("looking"), by=li, now=THEN)
    lead.refresh_from_db()
    assert (contact.kind, lead.last_contact_at, open_visits()) == ("contact", THEN, [])


def test_a_visit_lies_ahead_and_is_ones_own_customers(lead, li, wang):
    with pytest.raises(Refused, match="lies in the past"):
        plan(lead, li, at_=at("2026-03-10 09:59"))
    with pytest.raises(NotAllowed):
        plan(lead, wang)


def test_whoever_plans_goes_and_the_owners_visit_follows_the_owner(lead, li, chen, wang):
    task = plan(lead, chen)
    assert (task.assignee, task.only_assignee) == (chen, True)
    task.delete()
    plan(lead, li)
    set_owner(lock_lead(lead.pk), wang, by=chen, at=NOW, recorded_at=NOW)
    assert Task.objects.get(kind="out_visit").assignee == wang
    assert broken_dates() == {}


# --- the sheet --------------------------------------------------------------------------------


def sheet(client, lead, **typed):
    first = {"on": "2027-03-12", "time": "15:00", "next": f"/leads/{lead.number}/"}
    return client.post(f"/leads/{lead.number}/out-visit/", first | typed)


def test_the_sheet_plans_and_says_what_is_missing(lead, li, client):
    client.force_login(li)
    url = f"/leads/{lead.number}/out-visit/"
    assert client.get(url).status_code == 200
    assert (
        sheet(client, lead, ready=[*STEPS, "business_card", "product", "company", "costs"]).status_code == 302
    )
    task = Task.objects.get(kind="out_visit")
    assert task.due_at == at("2027-03-12 15:00")
    page = client.get(url).content.decode()
    assert "Not ready" in page
    assert "1 thing is still missing" in page
    assert "4/5" in page
    assert "visit to the customer" in client.get(f"/leads/{lead.number}/").content.decode()


def test_the_sheet_refuses_absent_without_a_day_and_keeps_the_words(lead, li, client):
    plan_out_visit(lead.pk, at("2027-03-12 15:00"), (), by=li, now=NOW)
    client.force_login(li)
    answer = sheet(client, lead, act="end", outcome="absent", text="门卫说出差")
    assert answer.status_code == 422
    assert "again_on" in answer.context["form"].errors
    assert "门卫说出差" in answer.content.decode()
    done = sheet(
        client,
        lead,
        act="end",
        outcome="absent",
        text="门卫说出差",
        again_on="2027-03-16",
        again_time="09:30",
    )
    assert done.status_code == 302
    assert open_visits() == [at("2027-03-16 09:30")]
    page = client.get(f"/leads/{lead.number}/").content.decode()
    assert "The customer was not there." in page
    assert "李强 went to the customer" in page


def test_who_saves_second_is_told(lead, li, client):
    client.force_login(li)
    url = f"/leads/{lead.number}/out-visit/"
    seen = client.get(url).context["form"]["seen"].value()
    plan_out_visit(lead.pk, at("2027-03-20 09:00"), (), by=li, now=NOW)
    assert sheet(client, lead, seen=seen).status_code == 409
    assert open_visits() == [at("2027-03-20 09:00")]


@pytest.mark.parametrize(
    "wrong", [{"on": "soon"}, {"time": "25:00"}, {"ready": ["wings"]}, {"outcome": "flew"}]
)
def test_nonsense_is_told_at_its_field(lead, li, client, wrong):
    client.force_login(li)
    answer = sheet(client, lead, **wrong)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, list(wrong))


def test_the_day_of_the_store_is_the_day_of_the_task(lead, li):
    assert plan(lead, li, at_=at("2026-03-12 00:30")).due_on == dt.date(2026, 3, 12)
