"""TYPE-01 to 08: the sheet "Organisation", phases, reminders without a rhythm, behaviour types."""

import datetime as dt
import re

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from followups.models import Task
from followups.my_day import build
from followups.night import run_night
from leads.merging import merge
from leads.models import Customer, Lead, OrganisationProfile
from leads.organisations import describe, organisation_grade
from showroom.closing import Leaving, close_visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.followups.promises import broken_dates
from tests.nights import night_in_a_row
from tests.showroom.known import know
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-10 10:00")
FORM = {"phase": "selection", "cycle_months": 3, "batch": 30}


def organisation(store, li, name="ACME", phone="13900000001", **facts):
    """Last visited on 9 March."""
    lead = know(store, li, phone, name, step=4)
    describe(lead.pk, {"cycle_months": 3, "batch": 30} | facts, by=li, at=NOW)
    return Lead.objects.select_related("customer", "store").get(pk=lead.pk)


@pytest.fixture
def acme(store, li):
    return organisation(store, li)


@pytest.mark.parametrize(
    ("cycle", "batch", "grade"),
    [(6, 5, "A"), (6, 4, "B"), (7, 5, "C"), (7, 4, "none"), (None, 30, "none"), (3, None, "none")],
)
def test_six_months_are_short_and_five_cars_many(store, cycle, batch, grade):
    assert organisation_grade(cycle, batch, store) == grade


def test_the_store_draws_the_lines(store, chen):
    set_setting(store, "organisation_short_months", 2, by=chen, at=NOW)
    set_setting(store, "organisation_large_batch", 31, by=chen, at=NOW)
    assert organisation_grade(3, 30, store) == "none"


# --- the sheet --------------------------------------------------------------------------------


def test_the_sheet_writes_the_profile_and_the_grade(store, li, client):
    lead = know(store, li, "13900000001", "ACME", step=4)
    client.force_login(li)
    url = f"/leads/{lead.number}/organisation/"
    assert client.get(url).status_code == 200
    answer = client.post(url, FORM | {"decider": "王总", "tender_on": "2026-05-12"})
    assert (answer.status_code, answer.url) == (302, f"/leads/{lead.number}/")
    known = OrganisationProfile.objects.get(lead=lead)
    assert (known.decider, known.tender_on, known.version) == ("王总", dt.date(2026, 5, 12), 1)
    assert Lead.objects.get(pk=lead.pk).grade == "A"
    page = client.get(f"/leads/{lead.number}/").content.decode()
    assert "王总" in page
    assert "no fixed rhythm" in page


def test_who_saves_second_sees_both(acme, li, client):
    client.force_login(li)
    url = f"/leads/{acme.number}/organisation/"
    seen = client.get(url).context["form"]["seen"].value()
    describe(acme.pk, {"decider": "王总"}, by=li, at=NOW)
    answer = client.post(url, FORM | {"decider": "刘总", "seen": seen})
    assert answer.status_code == 409
    assert {"王总", "刘总"} <= {
        part for clash in answer.context["form"].clashes for part in (clash.theirs, clash.yours)
    }
    assert OrganisationProfile.objects.get(lead=acme).decider == "王总"


@pytest.mark.parametrize(
    "wrong", [{"cycle_months": 0}, {"batch": "many"}, {"phase": "later"}, {"tender_on": "x"}]
)
def test_what_cannot_be_is_told_at_its_field(acme, li, client, wrong):
    client.force_login(li)
    answer = client.post(f"/leads/{acme.number}/organisation/", FORM | wrong)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(wrong)


def test_a_colleague_describes_nothing(acme, wang):
    with pytest.raises(NotAllowed):
        describe(acme.pk, {"batch": 2}, by=wang, at=NOW)


def test_the_card_edit_changes_the_kind(acme, li, client):
    client.force_login(li)
    page = client.get(f"/leads/{acme.number}/edit/").context["form"]
    typed = {name: page[name].value() if page[name].value() is not None else "" for name in page.fields}
    typed |= {page[name].html_initial_name: typed[name] for name in page.names}
    answer = client.post(f"/leads/{acme.number}/edit/", typed | {"kind": "person"})
    assert answer.status_code == 302
    lead = Lead.objects.select_related("customer").get(pk=acme.pk)
    assert (lead.customer.kind, lead.grade) == ("person", "C")  # no horizon was said
    assert lead.has_cadence
    assert broken_dates() == {}


def test_the_closing_sheet_asks_no_horizon(acme, li, store, client):
    visit, _ = log_visit(
        store, Arrival(phone_text="13900000001", name="ACME"), receiver=li, by=li, at=NOW, now=NOW
    )
    client.force_login(li)
    page = client.get(f"/visits/{visit.pk}/close/")
    assert [(row.code, row.next_on) for row in page.context["sheet"].rows] == [
        ("A", None),
        ("B", None),
        ("C", None),
    ]
    assert page.context["sheet"].chosen == "A"
    left = at("2026-03-10 11:00")
    close_visit(visit.pk, Leaving(outcome="comparing"), by=li, at=left, now=left)
    lead = Lead.objects.get(pk=acme.pk)
    assert (lead.grade, lead.has_cadence, lead.expected_on) == ("A", False, None)
    assert broken_dates() == {}


def test_no_date_is_no_alarm_of_an_organisation(acme, li, client):
    client.force_login(li)
    assert acme.number not in client.get("/leads/?view=no_date").content.decode()
    assert "No next date" not in client.get("/leads/").content.decode().split("<main")[1].split("l-due")[-1]
    assert "ACME" not in client.get("/").content.decode()


def test_a_person_and_an_organisation_do_not_become_one_card(acme, store, li, chen):
    other = know(store, li, "13900000002", "张三")
    with pytest.raises(Refused, match="Correct the kind"):
        merge(acme.customer_id, other.customer_id, by=chen, at=NOW)


def test_the_profile_moves_with_the_lead_that_is_folded(acme, store, li, chen):
    kept = know(store, li, "13900000002", "ACME Beijing")
    Customer.objects.filter(pk=kept.customer_id).update(kind="organisation")
    merge(kept.customer_id, acme.customer_id, by=chen, at=NOW)
    assert OrganisationProfile.objects.get().lead_id == kept.pk


# --- phases (TYPE-08) -------------------------------------------------------------------------


def test_the_filter_counts_the_phases_and_opens_each(acme, store, li, client):
    organisation(store, li, "BETA", "13900000002", phase="tender")
    organisation(store, li, "CORP", "13900000003", phase="tender")
    know(store, li, "13900000004", "张三")
    client.force_login(li)
    fields = client.get("/leads/filter/").context["fields"]
    phases = next(field for field in fields if field["name"] == "phase")
    assert [option.text for option in phases["options"]] == ["Selection · 1", "Purchase · 0", "Tender · 2"]
    page = client.get("/leads/?phase=tender").content.decode()
    assert ("BETA" in page, "CORP" in page, "ACME" in page, "张三" in page) == (True, True, False, False)
    assert "张三" not in client.get("/leads/?kind=organisation").content.decode()


# --- reminders without a rhythm (TYPE-06) -----------------------------------------------------


def night(store, on):
    return night_in_a_row(store, dt.date.fromisoformat(on))


def reminders():
    return list(
        Task.objects.filter(kind="organisation", state="open").values_list("lead__customer__name", "due_on")
    )


def test_a_is_reminded_after_30_days_and_b_after_60(acme, store, li):
    organisation(store, li, "BETA", "13900000002", batch=2)
    organisation(store, li, "DELTA", "13900000003", cycle_months=12, batch=2)
    night(store, "2026-04-07")
    assert reminders() == []
    night(store, "2026-04-08")
    assert reminders() == [("ACME", dt.date(2026, 4, 8))]
    night(store, "2026-05-08")
    assert sorted(reminders()) == [("ACME", dt.date(2026, 4, 8)), ("BETA", dt.date(2026, 5, 8))]
    assert broken_dates() == {}


@pytest.mark.thorough
def test_a_missed_night_opens_it_as_late_as_it_is_and_once(acme, store, li):
    night(store, "2026-04-07")
    run_night(store, dt.date(2026, 4, 12), now=at("2026-04-12 00:00"))
    task = Task.objects.get(kind="organisation")
    assert (task.assignee, task.due_at) == (li, at("2026-04-08 23:59:59"))
    assert (task.missed_on, task.escalated) == (dt.date(2026, 4, 9), True)
    night(store, "2026-04-13")
    assert len(reminders()) == 1


def test_a_contact_closes_it_and_the_days_begin_anew(acme, store, li):
    night(store, "2026-04-08")
    when = at("2026-04-08 15:00")
    log_contact(acme.pk, Said("looking"), by=li, at=when, now=when)
    assert reminders() == []
    night(store, "2026-05-07")
    assert reminders() == []
    night(store, "2026-05-08")
    assert reminders() == [("ACME", dt.date(2026, 5, 8))]


def test_it_goes_when_the_grade_goes(acme, store, li):
    night(store, "2026-04-08")
    describe(acme.pk, {"cycle_months": 12, "batch": 2}, by=li, at=at("2026-04-08 15:00"))
    assert reminders() == []
    assert broken_dates() == {}


def test_it_stands_on_my_day(acme, store, li):
    log_contact(acme.pk, Said("looking"), by=li, at=NOW, now=NOW)
    night(store, "2026-04-09")
    day = build(li, store, now=at("2026-04-09 09:00"))
    [row] = [row for rows in day.rows.values() for row in rows]
    assert (row.lead.customer_name, [reason.text for reason in row.reasons]) == (
        "ACME", ["organisation, no contact for 30 days"],
    )  # fmt: skip


# --- behaviour types (TYPE-01 to 03) ----------------------------------------------------------


@pytest.fixture
def typed(acme, store, chen):
    set_setting(store, "behaviour_types", True, by=chen, at=NOW)
    known = {"behaviour": "analytical", "product_knowledge": "high", "willingness": "low"}
    Customer.objects.filter(pk=acme.customer_id).update(**known)
    return acme


def test_r3_is_answered_by_s3(typed, li, client):
    client.force_login(li)
    page = client.get(f"/leads/{typed.number}/").content.decode()
    assert "R3 → S3" in page
    assert "low traditional, low consultative" in page
    assert "Bring facts and figures on paper" in page


def test_off_by_default_nothing_of_it_is_shown(acme, li, client):
    Customer.objects.filter(pk=acme.customer_id).update(
        behaviour="dominant", willingness="low", product_knowledge="low"
    )
    client.force_login(li)
    page = client.get(f"/leads/{acme.number}/").content.decode()
    assert re.search(r"\bS1\b", page) is None
    assert "behaviour" not in client.get(f"/leads/{acme.number}/edit/").context["form"].fields


def test_a_shared_tablet_shows_none_of_it(typed, li, client):
    client.force_login(li)
    client.cookies["tablet"] = "x"
    page = client.get(f"/leads/{typed.number}/").content.decode()
    assert (re.search(r"\bS3\b", page), "facts and figures" in page) == (None, False)
    assert "willingness" not in client.get(f"/leads/{typed.number}/edit/").context["form"].fields


def test_an_export_holds_none_of_it(typed, chen, client):
    client.force_login(chen)
    answer = client.post("/leads/maker/export/", {"kind": "card"})
    body = answer.content.decode(errors="ignore")
    for code in ("R3", "S3", "analytical", "Analytical", "willingness"):
        assert code not in body


# --- statements -------------------------------------------------------------------------------


def test_the_agenda_asks_as_often_for_ten_meetings_as_for_one(acme, store, li, client):
    describe(acme.pk, {"selection_on": dt.date(2026, 3, 12)}, by=li, at=NOW)
    client.force_login(li)
    client.get("/appointments/?span=week&on=2026-03-10")
    with statements() as one:
        client.get("/appointments/?span=week&on=2026-03-10")
    for n in range(9):
        organisation(store, li, f"ORG{n}", f"1390000010{n}", selection_on=dt.date(2026, 3, 12))
    with statements() as ten:
        client.get("/appointments/?span=week&on=2026-03-10")
    assert len(ten) == len(one) <= 6
