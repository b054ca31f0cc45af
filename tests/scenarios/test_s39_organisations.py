"""S39, TYPE-04 to 08, GRD-17: organisations by rhythm and batch, no cadence, four persons, two meetings."""

import datetime as dt

import pytest
from django.utils import translation

from accounts.errors import Refused
from followups.agenda import build
from followups.models import Task
from leads.editing import Seen, edit_card
from leads.grades import Suggestion, choose_grade
from leads.models import Customer, Lead, LeadEvent
from leads.moves import lock_lead, record_evidence
from leads.organisations import describe
from tests.conftest import at
from tests.followups.promises import broken_dates
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-10 10:00")


@pytest.fixture
def acme(store, li):
    """A lead of step 5 whose cadence stands, of which nobody knew that it is an organisation."""
    lead = know(store, li, "13900000001", "ACME", step=5)
    lead = lock_lead(lead.pk)
    choose_grade(lead, "H", by=li, at=NOW, recorded_at=NOW, suggestion=Suggestion("H"))
    return lead


def tell(lead, li, **facts):
    return describe(lead.pk, facts, by=li, at=NOW)


@pytest.mark.parametrize(
    ("name", "cycle", "batch", "grade"),
    [("ACME", 3, 30, "A"), ("BETA", 3, 2, "B"), ("CORP", 12, 30, "C"), ("DELTA", 12, 2, "none")],
)
def test_the_grade_follows_from_rhythm_and_batch(store, li, name, cycle, batch, grade):
    lead = know(store, li, "13900000001", name, step=5)
    tell(lead, li, cycle_months=cycle, batch=batch)
    lead.refresh_from_db()
    assert (lead.grade, lead.customer.kind) == (grade, "organisation")
    assert (lead.has_cadence, lead.next_due_on) == (False, None)
    assert not Task.objects.filter(lead=lead, state="open").exists()
    assert broken_dates() == {}


def test_the_cadence_of_a_person_ends_with_the_profile(acme, li):
    assert Task.objects.filter(lead=acme, kind="cadence", state="open").count() == 1
    tell(acme, li, cycle_months=3, batch=30)
    assert list(Task.objects.filter(lead=acme).values_list("kind", "state")) == [("cadence", "void")]
    told = LeadEvent.objects.filter(lead=acme, kind="grade").order_by("-id").first()
    assert (told.from_value, told.to_value, told.at) == ("H", "A", NOW)
    assert broken_dates() == {}


def test_an_organisation_gets_no_h(acme, li):
    tell(acme, li, cycle_months=3, batch=30)
    lead = lock_lead(acme.pk)
    with pytest.raises(Refused, match="An organisation has grade A, B or C") as refused:
        choose_grade(lead, "H", by=li, at=NOW, recorded_at=NOW, suggestion=Suggestion("A"), reason="hot")
    assert refused.value.field == "grade"
    assert Lead.objects.get(pk=acme.pk).grade == "A"


def test_the_talk_about_money_without_decider_and_superior_warns_and_goes_on(acme, li, client):
    tell(acme, li, cycle_months=3, batch=30, selector="孙工", main_user="周司机")
    record_evidence(
        lock_lead(acme.pk), "drive_started", ref_kind="test", ref_id=1, by=li, at=NOW, recorded_at=NOW
    )
    li.language = "zh-hans"
    li.save()
    client.force_login(li)
    answer = client.post(f"/leads/{acme.number}/move/", {"to": "negotiation", "reason": "谈价"}, follow=True)
    assert answer.status_code == 200
    assert Lead.objects.get(pk=acme.pk).step == 6
    assert "还缺：决策人、上级主管人<" in answer.content.decode()


def test_the_meetings_stand_on_the_calendar(acme, li, wang, store):
    april, may = dt.date(2026, 4, 10), dt.date(2026, 5, 12)
    tell(acme, li, selection_on=april, tender_on=may)
    found = {}
    with translation.override("zh-hans"):
        for on in (april, may):
            [(day, lines)] = build(li, store, on, on, asks_after=dt.timedelta(hours=1), now=NOW).days
            found[day] = [(line.name, line.meeting) for line in lines]
    assert found == {april: [("ACME", "选型会")], may: [("ACME", "采购招标会")]}
    [(_day, unseen)] = build(wang, store, april, april, asks_after=dt.timedelta(hours=1), now=NOW).days
    assert unseen == []


def test_the_week_page_shows_the_meeting(acme, li, client):
    tell(acme, li, selection_on=dt.date(2026, 4, 10))
    client.force_login(li)
    page = client.get("/appointments/?span=week&on=2026-04-08").content.decode()
    assert "ACME" in page
    assert "Selection meeting" in page


def test_a_card_that_becomes_a_person_again_has_a_cadence_again(acme, li):
    tell(acme, li, cycle_months=3, batch=30)
    lead = Lead.objects.select_related("customer").get(pk=acme.pk)
    seen = Seen(lead.customer.version, lead.version)
    edit_card(
        lead.pk, {"kind": Customer.Kind.PERSON, "expected_on": dt.date(2026, 3, 14)}, seen=seen, by=li, at=NOW
    )
    assert broken_dates() == {}
