"""Another profile, another cadence: letters mapped, dates counted anew, history stays (GRD-13, CAD-11)."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import SettingChange
from accounts.rules import set_setting, setting
from followups.models import Task
from followups.profiles import preview_switch, set_cadence, switch_profile
from leads.invariants import protection_follows_from_facts
from leads.models import Evidence, GradeRule, LeadEvent
from tests.conftest import at
from tests.followups.worked_leads import make_lead
from tests.statements import statements

pytestmark = pytest.mark.django_db

NOW = at("2026-03-10 10:00")
TODAY = dt.date(2026, 3, 10)


@pytest.fixture
def classic(store, chen):
    set_setting(store, "grade_profile", "classic", by=chen, at=at("2026-03-01 09:00"))
    return store


def talked(store, owner, grade, **facts):
    """A lead that somebody talked to and nobody met."""
    return make_lead(store, owner, grade, visited=None, **facts)


def grades_of(leads):
    for lead in leads:
        lead.refresh_from_db()
    return [lead.grade for lead in leads]


def test_switching_maps_o_a_b_c_to_h_a_b_c_and_keeps_history(classic, li, chen):
    leads = [talked(classic, li, grade, contacted="2026-03-09 10:00") for grade in "OABC"]
    before = list(LeadEvent.objects.order_by("id").values_list())
    assert switch_profile(classic, "default", by=chen, at=NOW) == 1
    assert grades_of(leads) == ["H", "A", "B", "C"]
    assert list(LeadEvent.objects.order_by("id").values_list())[: len(before)] == before
    event = LeadEvent.objects.order_by("id").last()
    assert (event.lead, event.kind, event.from_value, event.to_value) == (leads[0], "grade", "O", "H")
    assert (event.reason, event.by, event.at, event.data) == ("profile", chen, NOW, {"profile": "default"})
    assert setting(classic, "grade_profile") == "default"


def test_o_with_money_stays_o_both_ways(classic, li, chen):
    lead = talked(classic, li, "O", contacted="2026-03-09 10:00")
    Evidence.objects.create(lead=lead, kind="deposit", ref_kind="receipt", ref_id=1, at=NOW, by=li)
    assert switch_profile(classic, "default", by=chen, at=NOW) == 0
    assert switch_profile(classic, "classic", by=chen, at=NOW) == 0
    assert grades_of([lead]) == ["O"]


def test_default_to_classic_maps_h_to_o(store, li, chen):
    leads = [talked(store, li, grade, contacted="2026-03-09 10:00") for grade in "HABC"]
    switch_profile(store, "classic", by=chen, at=NOW)
    assert grades_of(leads) == ["O", "A", "B", "C"]


def test_detailed_to_default_folds_a_plus_and_b_plus(store, li, chen):
    set_setting(store, "grade_profile", "detailed", by=chen, at=at("2026-03-01 09:00"))
    leads = [talked(store, li, grade, contacted="2026-03-09 10:00") for grade in ("H", "A+", "A", "B+", "B")]
    assert switch_profile(store, "default", by=chen, at=NOW) == 2
    assert grades_of(leads) == ["H", "A", "A", "B", "B"]


def test_a_shorter_cadence_brings_the_date_forward_not_before_today(classic, li, chen):
    """A is called once a week under classic, every third day under default (CAD-01, CAD-02, CAD-11)."""
    recent = talked(classic, li, "A", contacted="2026-03-09 10:00", due="2026-03-16")
    older = talked(classic, li, "A", contacted="2026-03-04 10:00", due="2026-03-11")
    late = talked(classic, li, "A", contacted="2026-03-01 10:00", due="2026-03-08")
    switch_profile(classic, "default", by=chen, at=NOW)
    for lead, due in ((recent, "2026-03-12"), (older, "2026-03-10"), (late, "2026-03-08")):
        lead.refresh_from_db()
        task = Task.objects.get(lead=lead, state="open", kind="cadence")
        assert (str(lead.next_due_on), str(task.due_on)) == (due, due)
        assert task.due_at == classic.end_of_day(lead.next_due_on)


def test_a_longer_cadence_leaves_the_dates(store, li, chen):
    lead = talked(store, li, "A", contacted="2026-03-09 10:00", due="2026-03-12")
    switch_profile(store, "classic", by=chen, at=NOW)
    lead.refresh_from_db()
    assert lead.next_due_on == dt.date(2026, 3, 12)


def test_agreed_dates_and_the_catch_up_stay(classic, li, chen):
    agreed = talked(classic, li, "A", contacted="2026-03-09 10:00", due="2026-03-16")
    type(agreed).objects.filter(pk=agreed.pk).update(agreed_on="2026-03-16")
    share = talked(classic, li, "O", contacted="2026-01-05 10:00", due="2026-03-20")
    share.tasks.update(catch_up=True)
    switch_profile(classic, "default", by=chen, at=NOW)
    agreed.refresh_from_db()
    share.refresh_from_db()
    assert agreed.next_due_on == dt.date(2026, 3, 16)
    assert (share.grade, share.next_due_on) == ("H", dt.date(2026, 3, 20))
    assert share.tasks.get().catch_up


def test_closed_leads_and_organisations_keep_their_letters(classic, li, chen):
    lost = talked(classic, li, "O", contacted="2026-03-09 10:00")
    lost.tasks.all().delete()
    type(lost).objects.filter(pk=lost.pk).update(status="lost", has_cadence=False, next_due_on=None)
    assert switch_profile(classic, "default", by=chen, at=NOW) == 0
    assert grades_of([lost]) == ["O"]


def test_the_preview_says_what_the_switch_then_does(classic, li, wang, chen):
    for _ in range(3):
        talked(classic, li, "O", contacted="2026-03-09 10:00", due="2026-03-12")
    for _ in range(2):
        talked(classic, wang, "A", contacted="2026-03-09 10:00", due="2026-03-16")
    mapping, effect = preview_switch(classic, "default", today=TODAY)
    assert [(line.before, line.after, line.count) for line in mapping] == [("O", "H", 3)]
    assert (effect.earlier, effect.tomorrow, effect.busiest, effect.busiest_count) == (2, 0, "王芳", 2)
    assert LeadEvent.objects.filter(reason="profile").count() == 0


def test_another_cadence_is_kept_with_who_and_dates_the_leads(store, li, chen):
    lead = talked(store, li, "A", contacted="2026-03-09 10:00", due="2026-03-12")
    assert set_cadence(store, "default", {"A": (7, 14), "B": (2, 30)}, by=chen, at=NOW) == ["A"]
    rule = GradeRule.objects.get(store=store, profile="default", code="A", scale="individual")
    assert (rule.times, rule.period_days, rule.interval_days) == (7, 14, 2)
    lead.refresh_from_db()
    assert lead.next_due_on == dt.date(2026, 3, 11)
    change = SettingChange.objects.get(key="cadence:default:A")
    assert (change.old, change.new, change.by) == ([2, 7], [7, 14], chen)


def test_a_plus_and_b_plus_inherit_their_letter_and_are_settable(store, li, chen):
    """SPEC CAD-03: A+ last contact 03-02 -> 03-05; B+ 15 days."""
    rules = {
        rule.code: rule.interval_days
        for rule in store.grade_rules.filter(profile="detailed", scale="individual")
    }
    assert (rules["A+"], rules["A"], rules["B+"], rules["B"]) == (3, 3, 15, 15)
    set_cadence(store, "detailed", {"A+": (1, 2)}, by=chen, at=NOW)
    assert store.grade_rules.get(profile="detailed", code="A+").interval_days == 2


def test_other_protection_days_count_every_date_anew(store, li, chen):
    lead = make_lead(store, li, "A", visited="2026-03-09 10:00", due="2026-03-12")
    before = lead.lapses_on
    set_setting(store, "protection_days", 3, by=chen, at=NOW)
    lead.refresh_from_db()
    assert (str(before), str(lead.lapses_on)) == ("2026-03-17", "2026-03-13")
    assert protection_follows_from_facts().bad == 0


def test_the_page_previews_saves_and_switches(client, store, li, chen):
    client.force_login(chen)
    url = reverse("followups:grades")
    page = client.get(url, {"profile": "classic"}).content.decode()
    assert "What a switch does" in page
    rules = store.grade_rules.filter(profile="default", scale="individual")
    typed = {
        f"{name}_{r.code}": value
        for r in rules
        for name, value in (("times", r.times), ("period", r.period_days))
    }
    asked = client.post(url, typed | {"profile": "default", "act": "preview", "times_C": "2"})
    assert asked.status_code == 200
    assert "No next date comes earlier." in asked.content.decode()
    assert store.grade_rules.get(profile="default", code="C", scale="individual").times == 1
    assert client.post(url, typed | {"profile": "default", "act": "save", "times_C": "2"}).status_code == 302
    assert store.grade_rules.get(profile="default", code="C", scale="individual").interval_days == 15
    refused = client.post(url, typed | {"profile": "default", "act": "save", "times_H": "9"})
    assert refused.status_code == 422
    assert "At most once a day" in refused.content.decode()
    assert client.post(url, {"act": "switch", "profile": "classic"}).status_code == 302
    store.refresh_from_db()
    assert setting(store, "grade_profile") == "classic"


@pytest.mark.parametrize("count", [10, 300])
@pytest.mark.thorough
def test_dates_are_counted_in_few_statements_whatever_the_number(store, li, chen, count):
    for _ in range(count):
        talked(store, li, "A", contacted="2026-03-09 10:00", due="2026-03-12")
    with statements() as asked:
        set_setting(store, "protection_days", 3, by=chen, at=NOW)
    assert len(asked) <= 13  # one of them asks whether the store is a big one


@pytest.mark.parametrize("count", [10, 300])
@pytest.mark.thorough
def test_the_preview_asks_few_statements_whatever_the_number(client, store, li, chen, count):
    for _ in range(count):
        talked(store, li, "H", contacted="2026-03-09 10:00", due="2026-03-11")
    client.force_login(chen)
    with statements() as asked:
        page = client.get(reverse("followups:grades"), {"profile": "classic"}).content.decode()
    assert f"{count} leads" in page
    assert len(asked) <= 10
