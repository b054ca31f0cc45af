"""Why (not) today: the explanation says exactly what My day shows (SPEC A60, A66)."""

import datetime as dt
import json
from collections import Counter
from io import StringIO
from itertools import product

import pytest
from django.core.management import CommandError, call_command
from django.utils.html import strip_tags

from accounts.models import DayOff
from followups.contacts import Said, log_contact
from followups.explaining import explain
from followups.models import Appointment, NightlyRun, Task
from followups.my_day import Group, build
from followups.snoozing import Later, snooze
from leads.giving import give
from leads.models import Lead
from tests.conftest import at
from tests.factories import CustomerFactory, LeadFactory

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 14:00")
TODAY = dt.date(2026, 3, 12)
DAY = dt.timedelta(days=1)


def a_lead(store, owner, due_on=None, **facts):
    """An active lead, spoken to on 9 March; `due_on` is the day of its next contact."""
    facts = {"grade": "A", "last_contact_at": at("2026-03-09 19:20"), "customer__name": "Luo", **facts}
    facts |= {"has_cadence": True, "next_due_on": due_on} if due_on else {}
    lead = LeadFactory(store=store, owner=owner, customer__group=store.group, **facts)
    if due_on:
        task(lead, due_on)
    return lead


def task(lead, due_on, kind="cadence", assignee=None, **facts):
    due_at = facts.pop("due_at", lead.store.end_of_day(due_on))
    who = assignee or lead.owner
    facts |= {"cause": f"{kind}:{lead.pk}:{due_on}", "assignee": who, "due_on": due_on, "due_at": due_at}
    return Task.objects.create(store=lead.store, lead=lead, kind=kind, **facts)


def told(lead, on=TODAY, now=NOW):
    return explain(Lead.objects.select_related("store", "owner", "customer").get(pk=lead.pk), on, now)


@pytest.fixture
def a_busy_store(store, li, wang, zhao, chen):
    """Of everything that brings a customer onto a list, or keeps him off, some; for three people."""
    owners = (li, wang, zhao)
    for owner, days, grade in product(owners, (-3, -1, 0, 1, 6), ("O", "H", "B")):
        a_lead(store, owner, TODAY + days * DAY, grade=grade)
        catch_up = a_lead(store, owner, TODAY + abs(days) * DAY, grade=grade)
        Task.objects.filter(lead=catch_up).update(catch_up=True)
    for n, owner in enumerate(owners):
        colleague = owners[n - 1]
        for moment in ("2026-03-11 16:00", "2026-03-12 10:30", "2026-03-12 17:00", "2026-03-20 10:00"):
            lead = a_lead(store, owner, TODAY + 2 * DAY)
            Appointment.objects.create(lead=lead, store=store, at=at(moment), set_by=owner, set_at=NOW)
        for due_on in (TODAY, TODAY + 3 * DAY):
            log_contact(a_lead(store, owner, due_on).pk, Said("no_answer"), by=owner, at=NOW, now=NOW)
            said = Said("comparing", next_on=TODAY + 3 * DAY)
            log_contact(a_lead(store, owner, due_on, grade="B").pk, said, by=owner, at=NOW, now=NOW)
        a_lead(store, owner, step=1, last_contact_at=None)  # nobody tried it
        a_lead(store, owner)  # nothing is planned
        a_lead(store, owner, step=9)
        a_lead(store, owner, customer__kind="organisation")
        a_lead(store, owner, status="dormant", wake_on=TODAY + 20 * DAY)
        for status in ("lost_pending", "lost"):
            a_lead(store, owner, status=status)
        a_lead(store, None, TODAY)  # the pool
        given = a_lead(store, colleague, TODAY + 9 * DAY)
        give(given.pk, owner, by=colleague, at=NOW - dt.timedelta(hours=2))
        snooze(a_lead(store, owner, TODAY).pk, Later.TWO_HOURS, "hour", by=owner, now=NOW)
        a_call_back = a_lead(store, owner, TODAY + 4 * DAY)
        task(a_call_back, TODAY, "call_back", colleague, only_assignee=True, due_at=NOW)
        second = CustomerFactory(group=store.group, name="two cars")
        a_lead(store, owner, TODAY, customer=second)
        a_lead(store, owner, TODAY + 8 * DAY, customer=second, car_no=2)
        a_lead(store, colleague, TODAY + 8 * DAY, setter=owner)
    return owners


def as_my_day_shows(owners, store, now) -> dict:
    """Group and line by lead, of every row of each owner's own leads."""
    shown = {}
    for owner in owners:
        for group, rows in build(owner, store, now=now).rows.items():
            for row in rows:
                shown |= {
                    lead.pk: (group, strip_tags(row.line)) for lead in row.leads if lead.owner_id == owner.pk
                }
    return shown


@pytest.mark.parametrize("days", [0, *(pytest.param(n, marks=pytest.mark.thorough) for n in (1, 2))])
@pytest.mark.thorough
def test_every_lead_of_a_busy_store_is_explained_as_my_day_shows_it(store, a_busy_store, days):
    on = TODAY + days * DAY
    moment = NOW if days == 0 else store.start_of_day(on)
    shown = as_my_day_shows(a_busy_store, store, moment)

    leads = list(Lead.objects.select_related("store", "owner", "customer").order_by("pk"))
    found = {lead.pk: explain(lead, on, NOW) for lead in leads}

    said = {pk: (one.group, one.sentence) for pk, one in found.items() if one.listed}
    assert said == shown
    assert len(leads) == 156
    if days == 0:
        groups = Counter(group for group, _line in shown.values())
        assert set(groups) == set(Group)  # each of them has somebody
        assert Counter(part for one in found.values() for part in one.parts).keys() == {
            "due", "expected", "worked_on", "given", "never_tried", "no_next_step",
        }  # fmt: skip
        assert all(one.sentence for one in found.values())


def test_it_writes_nothing_and_asks_little(store, li, django_assert_max_num_queries):
    lead = told(a_lead(store, li, TODAY)).lead
    with django_assert_max_num_queries(14) as asked:
        explain(lead, TODAY, NOW)
    assert not any(one["sql"].startswith(("INSERT", "UPDATE", "DELETE")) for one in asked)


class TestSentences:
    def test_what_is_due_today_says_its_line(self, store, li):
        found = told(a_lead(store, li, TODAY))
        assert (found.listed, found.group, found.parts) == (True, Group.TODAY, ["due"])
        assert found.sentence.startswith("A 1 month")

    @pytest.mark.parametrize(
        ("facts", "sentence"),
        [
            ({"status": "dormant", "wake_on": dt.date(2026, 4, 1)}, "At rest until 1 Apr."),
            ({"status": "lost"}, "Lost: nobody calls."),
            ({"step": 9}, "Nothing is due, and nothing has to be."),
            ({"customer__kind": "organisation"}, "Nothing is due, and nothing has to be."),
        ],
    )
    def test_what_keeps_it_off_the_list_is_said(self, store, li, facts, sentence):
        found = told(a_lead(store, li, **facts))
        assert (found.listed, found.sentence) == (False, sentence)

    def test_the_next_date_the_pool_and_a_colleague_are_named(self, store, li, wang):
        assert told(a_lead(store, li, TODAY + 3 * DAY)).sentence == "Not yet: A, by 15 Mar."
        assert (
            told(a_lead(store, None, TODAY)).sentence
            == "In the pool: on nobody's list until somebody takes it."
        )
        lead = a_lead(store, li)
        task(lead, TODAY, "call_back", wang, only_assignee=True)
        assert told(lead).sentence == "Call back is with 王芳."

    def test_a_later_day_is_told_as_it_begins_and_a_past_one_not_at_all(self, store, li):
        lead = a_lead(store, li, TODAY + 3 * DAY)
        assert told(lead, TODAY + 3 * DAY).group == Group.TODAY
        assert told(lead, TODAY + 4 * DAY).group == Group.OVERDUE
        with pytest.raises(ValueError, match="has passed"):
            told(lead, TODAY - DAY)


def test_the_facts_say_what_the_list_is_made_of(store, li, wang):
    lead = a_lead(store, li, TODAY + 3 * DAY, agreed_on=TODAY + 3 * DAY, lapses_on=dt.date(2026, 3, 23))
    task(lead, TODAY, "call_back", wang, due_at=at("2026-03-12 16:20"), snoozed_until=at("2026-03-12 15:00"))
    Appointment.objects.create(lead=lead, store=store, at=at("2026-03-15 10:00"), set_by=li, set_at=NOW)
    DayOff.objects.create(store=store, user=li, deputy=wang, on=TODAY, off=True, absence=True)
    type(store).objects.filter(pk=store.pk).update(rules_stamp="fresh")
    facts = {fact.code: fact.value for fact in told(lead).facts}
    assert facts == {
        "owner": "李强",
        "status": "Active",
        "step": "Reception",
        "grade": "A 1 month",
        "cadence": "every 3 days",
        "counted_from": "9 Mar",
        "agreed_on": "15 Mar",
        "tasks": "Call back: 12 Mar 16:20, put off until 12 Mar 15:00, 王芳\nNext contact: 15 Mar",
        "appointments": "Visit: 15 Mar 10:00",
        "lapses_on": "23 Mar",
        "away": "off, covered by 王芳",
    }


class TestTheSheet:
    def test_the_manager_opens_it_from_the_card(self, client, settings, store, li, chen):
        settings.DEALER_NOW = NOW.isoformat()
        lead = a_lead(store, li, TODAY)
        client.force_login(chen)
        address = f"/leads/{lead.number}/why-today/"
        assert address in client.get(f"/leads/{lead.number}/").content.decode()
        text = client.get(address).content.decode()
        assert "On 李强's list: today" in text
        assert "Something is to be done by this day" in text
        later = a_lead(store, li, TODAY + 3 * DAY)
        assert "Not on today's list" in client.get(f"/leads/{later.number}/why-today/").content.decode()

    def test_who_leads_nobody_has_no_such_line(self, client, settings, store, li):
        settings.DEALER_NOW = NOW.isoformat()
        lead = a_lead(store, li, TODAY)
        client.force_login(li)
        assert "why-today" not in client.get(f"/leads/{lead.number}/").content.decode()
        assert client.get(f"/leads/{lead.number}/why-today/").status_code == 403


class TestCommand:
    @pytest.fixture(autouse=True)
    def at_two(self, settings):
        settings.DEALER_NOW = NOW.isoformat()

    def run(self, *args) -> str:
        out = StringIO()
        call_command("sweep", *args, stdout=out)
        return out.getvalue()

    def test_a_sweep_by_hand_runs_the_nights(self, store):
        assert json.loads(self.run("--json"))["stores"]["east"]["state"] == "done"
        assert NightlyRun.objects.get(store=store).on == TODAY
        assert self.run().startswith("east           already")

    def test_it_explains_in_both_languages(self, store, li):
        lead = a_lead(store, li, TODAY)
        data = json.loads(self.run("--explain", lead.number, "--json"))
        assert (data["listed"], data["group"], data["parts"]) == (True, "today", ["due"])
        assert (data["owner"], data["on"]) == ("li", "2026-03-12")
        chinese = json.loads(self.run("--explain", lead.number, "--language", "zh-hans", "--json"))
        assert chinese["facts"]["cadence"] == "每3天"
        assert "Cadence" in self.run("--explain", lead.number)

    def test_what_is_no_lead_or_no_day_is_refused(self, store, li):
        number = a_lead(store, li, TODAY).number
        with pytest.raises(CommandError, match="No lead has the number L-1"):
            self.run("--explain", "L-1")
        with pytest.raises(CommandError, match="is no date"):
            self.run("--explain", number, "--on", "tomorrow")
        with pytest.raises(CommandError, match="Name today or a later day"):
            self.run("--explain", number, "--on", "2026-03-11")
