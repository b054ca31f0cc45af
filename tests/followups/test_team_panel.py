"""What who leads the store sees on My day: the team's work, and protection to decide about (SPEC A69)."""

import json
import re

import pytest
from django.utils.html import strip_tags

from followups.contacts import Said, log_contact
from leads.models import Customer, LapseProposal, Lead
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 09:00")


@pytest.fixture(autouse=True)
def morning(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def as_chen(client, chen):
    client.force_login(chen, backend="accounts.backends.StaffBackend")
    return client


@pytest.fixture
def proposal(store, li):
    lead = make_lead(store, li, "B", visited="2026-02-16 10:00", contacted="2026-02-17 10:00")
    Customer.objects.filter(pk=lead.customer_id).update(name="孙丽华")
    lapses_on = at("2026-03-12 00:00").date()
    return LapseProposal.objects.create(lead=lead, store=store, owner=li, lapses_on=lapses_on)


def team(client) -> dict[str, list[str]]:
    """Name -> overdue, come up, today, share, backlog."""
    html = re.search(
        r'<section class="section" id="team".*?</section>', client.get("/").content.decode(), re.DOTALL
    )[0]
    rows = re.findall(r"<tr>\s*<td>(.*?)</td>(.*?)</tr>", html, re.DOTALL)
    return {strip_tags(name): re.findall(r">(\d+)<", cells) for name, cells in rows}


def test_the_manager_sees_each_persons_day(as_chen, store, li, wang):
    for due in ["2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13"]:
        make_lead(store, li, "B", due=due)
    for due in ["2026-03-12", "2026-03-13", "2026-03-16"]:
        lead = make_lead(store, wang, "C", due=due)
        lead.tasks.update(catch_up=True)
    assert team(as_chen) == {
        "李强": ["2", "0", "1", "0", "0"],
        "王芳": ["0", "0", "0", "1", "2"],
        "陈刚": ["0", "0", "0", "0", "0"],
    }


def test_the_pool_is_counted(as_chen, store, li):
    make_lead(store, None, "B")
    make_lead(store, None, "C")
    assert "In the pool 2" in as_chen.get("/").content.decode()


def test_a_supervisor_sees_the_own_team(client, store, wang):
    first = store.teams.create(name="First")
    make_person(store, "sun", "孙丽", "supervisor", team=first)
    make_person(store, "zhou", "周强", "consultant", team=first)
    client.force_login(first.members.get(role="supervisor").user, backend="accounts.backends.StaffBackend")
    assert set(team(client)) == {"孙丽", "周强"}


def test_a_consultant_sees_no_team(client, proposal, li):
    client.force_login(li, backend="accounts.backends.StaffBackend")
    html = client.get("/").content.decode()
    assert 'id="team"' not in html
    assert 'id="proposals"' not in html


def test_the_proposal_stands_there_with_both_answers(as_chen, proposal):
    html = as_chen.get("/").content.decode()
    assert "孙丽华" in html
    assert 'value="kept"' in html
    assert 'value="pool"' in html


def decide(client, *proposals, decision="pool", **headers):
    return client.post(
        "/lapses/", {"proposal": [p.pk for p in proposals], "decision": decision}, headers=headers
    )


def test_into_the_pool(as_chen, proposal, chen):
    assert decide(as_chen, proposal).headers["Location"] == "/"
    proposal.refresh_from_db()
    assert (proposal.decision, proposal.decided_by, proposal.lead.owner) == ("pool", chen, None)


def test_kept_gives_eight_more_days(as_chen, proposal, li):
    decide(as_chen, proposal, decision="kept")
    lead = Lead.objects.get(pk=proposal.lead_id)
    assert (lead.owner, lead.lapses_on.isoformat()) == (li, "2026-03-20")


def test_all_at_once(as_chen, store, li, proposal):
    other = make_lead(store, li, "C")
    second = LapseProposal.objects.create(lead=other, store=store, owner=li, lapses_on=proposal.lapses_on)
    decide(as_chen, proposal, second)
    assert set(LapseProposal.objects.values_list("decision", flat=True)) == {"pool"}


def test_in_place_the_list_brings_itself_up_to_date(as_chen, proposal):
    answer = decide(as_chen, proposal, **{"hx-request": "true", "hx-current-url": "http://testserver/"})
    events = json.loads(answer.headers["HX-Trigger"])
    assert (answer.status_code, events["toast"]) == (204, {"text": "Into the pool: 1"})
    assert "lead:changed" in events


def test_a_call_was_faster(as_chen, proposal, li):
    log_contact(proposal.lead_id, Said("looking"), by=li, at=NOW, now=NOW)
    LapseProposal.objects.filter(pk=proposal.pk).update(decision="overtaken", decided_at=NOW)
    page = as_chen.post("/lapses/", {"proposal": proposal.pk, "decision": "pool"}, follow=True)
    assert "1 was settled already" in page.content.decode()
    assert Lead.objects.get(pk=proposal.lead_id).owner == li


def test_the_owner_himself_may_not_decide(client, proposal, li):
    client.force_login(li, backend="accounts.backends.StaffBackend")
    assert decide(client, proposal, decision="kept").status_code == 403
    assert LapseProposal.objects.get().decision == ""


@pytest.mark.parametrize("decision", ["", "overtaken"])
def test_an_unknown_answer_is_none(as_chen, proposal, decision):
    assert decide(as_chen, proposal, decision=decision).status_code == 404


def test_another_store_does_not_exist(client, proposal):
    stranger = make_person(make_store("west"), "stranger", "Stranger", "manager")
    client.force_login(stranger, backend="accounts.backends.StaffBackend")
    assert decide(client, proposal).status_code == 404
    assert client.post("/lapses/", {"decision": "pool"}).status_code == 404


# --- the day of somebody of the team ------------------------------------------------------


def test_the_manager_opens_the_day_behind_a_number(as_chen, store, li):
    make_lead(store, li, "B", visited="2026-02-16 10:00", due="2026-03-10")
    html = as_chen.get(f"/?person={li.pk}").content.decode()
    assert "李强's day" in html
    assert html.count('<li class="row"') == 1
    assert 'id="team"' not in html


def test_the_backlog_of_a_person_is_that_persons(as_chen, store, li):
    make_lead(store, li, "C", visited="2026-02-16 10:00", due="2026-03-20").tasks.update(catch_up=True)
    assert as_chen.get(f"/backlog/?person={li.pk}").content.decode().count('<li class="row"') == 1
    assert as_chen.get("/backlog/").content.decode().count('<li class="row"') == 0


@pytest.mark.parametrize("address", ["/?person={}", "/backlog/?person={}"])
def test_a_consultant_opens_nobody_elses_day(client, li, wang, address):
    client.force_login(wang, backend="accounts.backends.StaffBackend")
    assert client.get(address.format(li.pk)).status_code == 404
    assert client.get(address.format("x")).status_code == 404


def test_a_supervisor_opens_the_own_team_only(client, store, li):
    first = store.teams.create(name="First")
    sun = make_person(store, "sun", "孙丽", "supervisor", team=first)
    zhou = make_person(store, "zhou", "周强", "consultant", team=first)
    client.force_login(sun, backend="accounts.backends.StaffBackend")
    assert client.get(f"/?person={zhou.pk}").status_code == 200
    assert client.get(f"/?person={li.pk}").status_code == 404


def test_a_manager_of_another_store_opens_no_day(client, li):
    stranger = make_person(make_store("west"), "stranger", "Stranger", "manager")
    client.force_login(stranger, backend="accounts.backends.StaffBackend")
    assert client.get(f"/?person={li.pk}").status_code == 404


def test_the_morning_decides_all_of_them_and_may_look_at_each(as_chen, store, li, proposal):
    for _ in range(29):
        other = make_lead(store, li, "C")
        LapseProposal.objects.create(lead=other, store=store, owner=li, lapses_on=proposal.lapses_on)
    page = as_chen.get("/").content.decode()
    assert "All 30 to the pool" in page
    assert "10 more" in page
    assert page.count('value="kept"') == 30
    decide(as_chen, *LapseProposal.objects.all())
    assert LapseProposal.objects.filter(decision="pool").count() == 30
    assert Lead.objects.filter(owner=None).count() == 30
