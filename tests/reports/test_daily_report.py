"""The daily report: written by the day, filled by taps, kept as handed in (SPEC PDCA-01, 04, 13, A41)."""

import datetime as dt
import uuid

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.models import Membership, Team
from accounts.rules import set_setting
from followups.contacts import Said, log_contact
from leads.moves import advance, lock_lead
from leads.ownership import set_owner
from reports.daily import Filled, comment_report, submit_report
from reports.daily_page import FIGURES, DailyPage
from reports.facts import counted
from reports.models import DailyReport
from reports.scope import Scope
from showroom.correcting import correct, void
from tests.conftest import at, person
from tests.followups.worked_leads import make_lead

from .day import second_of_march, walk_in

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)
DUE = at("2026-03-02 18:00")


@pytest.fixture
def day(store, li):
    return second_of_march(store, li)


def hand_in(store, li, when="2026-03-02 18:00", **blocks):
    return submit_report(store, DAY, Filled(**{"estimate": 1, **blocks}), by=li, now=at(when))


def as_read(rf, store, reader, when, person=None):
    """The page as somebody reads it at a moment of the store's clock."""
    request = rf.get("/reports/daily/", {"on": "2026-03-02", **({"person": person.pk} if person else {})})
    request.user, request.store, request.now = reader, store, at(when)
    return DailyPage(request)


def shown(page):
    """Everything of the report, row by row."""
    return (page.figures, page.lines, page.plan, page.told, page.text, page.totals)


# --- written by the day ---------------------------------------------------------------------------


def test_the_day_writes_the_figures(store, li, day):
    figures = counted(Scope((store,), DAY, DAY, people=(li.pk,)), FIGURES)[li.pk]
    assert figures == {
        "visits_first": 1, "visits_return": 1, "visits_other": 1, "calls": 5, "contacts": 3, "attempts": 2,
        "appointments_set": 1, "cards": 1, "lowered": 1, "moved": 2, "drives": 1, "quotes": 1,
    }  # fmt: skip


def test_it_is_prefilled_with_them(store, li, day, sign_in, freeze):
    """PDCA-04: three visits, five calls, one drive, one quote."""
    freeze("2026-03-02 18:05")
    page = sign_in(li).get("/reports/daily/")
    figures = {str(f["label"]): f["number"] for f in page.context["page"].figures}
    assert (figures["First visits"], figures["Return visits"], figures["Other business"]) == (1, 1, 1)
    assert (figures["Calls taken"], figures["Test drives"], figures["Negotiations"]) == (5, 1, 1)


def test_a_move_is_a_line_of_that_day(store, li, day, rf):
    """FLOW-10."""
    lines = as_read(rf, store, li, "2026-03-02 18:00").lines
    assert [line.what for line in lines if line.at == at("2026-03-02 15:20")] == ["5 Test drive"]


def test_a_day_ends_at_the_stores_midnight(store, li):
    """15:59:59Z and 16:00:00Z."""
    lead = make_lead(store, li, "A", visited="2026-02-20 10:00")
    for moment in ("2026-03-02 23:59:59", "2026-03-03 00:00:00"):
        log_contact(lead.pk, Said("comparing"), by=li, at=at(moment), now=at(moment))
    assert at("2026-03-02 23:59:59").isoformat() == "2026-03-02T15:59:59+00:00"
    for on in (DAY, dt.date(2026, 3, 3)):
        assert counted(Scope((store,), on, on, people=(li.pk,)), ["contacts"])[li.pk] == {"contacts": 1}


def test_a_visit_counts_for_its_receiver_whoever_wrote_it(store, li, qian):
    walk_in(store, li, "2026-03-02 10:00", "13800000001", by=qian)
    counts = counted(Scope((store,), DAY, DAY, people=(li.pk, qian.pk)), FIGURES)
    assert counts == {li.pk: {"visits_first": 1, "cards": 1}}


def test_a_kept_appointment_counts_for_who_made_it(store, li, wang):
    lead = make_lead(store, li, "A", visited="2026-02-20 10:00")
    agreed = at("2026-03-01 10:00")
    said = Said("coming", coming_at=at("2026-03-02 10:00"))
    log_contact(lead.pk, said, by=li, at=agreed, now=agreed)
    set_owner(lock_lead(lead.pk), wang, by=wang, at=agreed, recorded_at=agreed)
    walk_in(store, wang, "2026-03-02 10:05", "", lead_id=lead.pk)
    counts = counted(Scope((store,), DAY, DAY, people=(li.pk, wang.pk)), FIGURES)
    assert counts[li.pk] == {"appointments_showed": 1}
    assert counts[wang.pk] == {"visits_return": 1}


def test_a_name_given_at_leaving_opens_the_card_then(store, li):
    visit = walk_in(store, li, "2026-03-02 10:00", "13800000001", name="")
    from showroom.closing import Leaving, close_visit

    leaving = Leaving(grade="A", horizon_days=20, name="王五", grade_reason="said so")
    close_visit(visit.pk, leaving, by=li, at=at("2026-03-02 11:00"), now=at("2026-03-02 18:30"))
    early = Scope((store,), DAY, DAY, people=(li.pk,), known=DUE)
    assert "cards" not in counted(early, FIGURES)[li.pk]
    assert counted(Scope((store,), DAY, DAY, people=(li.pk,)), FIGURES)[li.pk]["cards"] == 1


# --- the three blocks ------------------------------------------------------------------------------


def test_the_blocks_are_proposed(store, li, day, rf):
    log_contact(day["others"][3].pk, Said("no_answer"), by=li, at=DUE, now=DUE)
    proposed = as_read(rf, store, li, "2026-03-02 18:00").proposed
    assert proposed["result"] == ["quotes", "drives", "cards", "appointments_set"]
    assert proposed["causes"] == ["no_answer"]  # three of them
    assert proposed["estimate"] == 0  # the one who comes is B


def test_a_hot_customer_who_comes_tomorrow_is_a_deal_to_expect(store, li, rf):
    lead = make_lead(store, li, "H", visited="2026-02-20 10:00")
    said, moment = Said("coming", coming_at=at("2026-03-03 10:00")), at("2026-03-02 14:00")
    log_contact(lead.pk, said, by=li, at=moment, now=moment)
    page = as_read(rf, store, li, "2026-03-02 18:00")
    assert (page.proposed["estimate"], page.hot_tomorrow, page.coming_tomorrow) == (1, 1, 1)


def test_it_is_handed_in_with_one_press(store, li, day, sign_in, freeze):
    freeze("2026-03-02 17:59")
    form = {"token": uuid.uuid4(), "on": "2026-03-02", "result": ["drives", "quotes"], "estimate": "2",
            "causes": ["price"], "note": "少打两个电话"}  # fmt: skip
    answer = sign_in(li).post("/reports/daily/", form)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/reports/daily/?on=2026-03-02&person={li.pk}",
    )
    report = DailyReport.objects.get(user=li, on=DAY)
    assert (report.result, report.estimate, report.causes) == (["quotes", "drives"], 2, ["price"])
    assert (report.note, report.submitted_at, report.late) == ("少打两个电话", at("2026-03-02 17:59"), False)


def test_the_same_form_twice_is_one_report(store, li, sign_in, freeze):
    freeze("2026-03-02 17:59")
    form = {"token": uuid.uuid4(), "on": "2026-03-02", "estimate": "2"}
    sign_in(li).post("/reports/daily/", form)
    freeze("2026-03-02 18:30")
    sign_in(li).post("/reports/daily/", form)
    assert DailyReport.objects.get().submitted_at == at("2026-03-02 17:59")


def test_without_an_estimate_it_is_not_saved_and_nothing_typed_is_lost(store, li, day, sign_in, freeze):
    freeze("2026-03-02 17:59")
    form = {"token": uuid.uuid4(), "on": "2026-03-02", "result": ["drives"], "note": "少打两个电话"}
    answer = sign_in(li).post("/reports/daily/", form)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Tap how many deals you expect tomorrow." in html
    assert "少打两个电话" in html
    assert 'value="drives" checked' in html
    assert not DailyReport.objects.exists()


def test_the_plan_is_what_stood_on_the_list(store, li, day):
    report = hand_in(store, li)
    assert [(what, kind, lead) for what, kind, lead, _grade, _at in report.plan] == [
        ("appointment", "visit", day["others"][2].pk),
        ("task", "day_after", day["first"].pk),
        ("task", "day_after", day["known"].pk),
        ("task", "cadence", day["others"][2].pk),
    ]


def test_it_can_be_handed_in_again_until_it_is_read(store, li, chen, day):
    first = hand_in(store, li)
    again = hand_in(store, li, "2026-03-02 18:30", estimate=3)
    assert (again.pk, again.estimate, again.late) == (first.pk, 3, True)
    comment_report(again.pk, "好", by=chen, now=at("2026-03-02 19:00"))
    with pytest.raises(Refused):
        hand_in(store, li, "2026-03-02 19:05")


def test_a_day_that_has_not_begun_is_refused(store, li):
    with pytest.raises(Refused):
        submit_report(store, dt.date(2026, 3, 3), Filled(estimate=0), by=li, now=DUE)


def test_who_hands_in_none_may_not(store, chen):
    with pytest.raises(NotAllowed):
        hand_in(store, chen)


# --- kept as it was handed in ------------------------------------------------------------------------


def test_a_report_stays_row_by_row_what_it_was(store, li, wang, chen, day, rf):
    """Later events, late records, imports, moved tasks and new owners change nothing (A41)."""
    hand_in(store, li, result=["drives"], causes=["price"], note="x")
    before = shown(as_read(rf, store, chen, "2026-03-02 18:01", li))
    # Later the same day, written down late, by import, given away, and what was planned is done.
    log_contact(day["known"].pk, Said("price"), by=li, at=at("2026-03-02 17:00"), now=at("2026-03-02 20:00"))
    log_contact(
        day["others"][0].pk, Said("price"), by=li, at=at("2026-03-02 20:00"), now=at("2026-03-02 20:00")
    )
    walk_in(store, li, "2026-03-02 16:30", "13800000009", written="2026-03-03 09:00")
    walk_in(
        store,
        li,
        "2026-03-02 16:40",
        "13800000010",
        written="2026-03-03 09:00",
        left_at=at("2026-03-02 17:00"),
    )
    advance(day["first"].pk, to=3, by=li, at=at("2026-03-02 20:00"), reason="again")
    walk_in(store, li, "2026-03-03 10:00", "", lead_id=day["others"][2].pk)
    visit = day["first"].visits.get()
    walk_in(store, li, "2026-03-03 10:30", "", lead_id=day["first"].pk)
    correct(visit, {"kind": "return"}, by=li, at=at("2026-03-03 11:00"))
    void(visit, reason="twice", by=chen, at=at("2026-03-04 10:00"))
    moment = at("2026-03-04 10:00")
    set_owner(lock_lead(day["others"][1].pk), wang, by=chen, at=moment, recorded_at=moment)
    assert shown(as_read(rf, store, chen, "2026-03-09 10:00", li)) == before
    live = counted(Scope((store,), DAY, DAY, people=(li.pk,)), FIGURES)[li.pk]
    assert live["visits_first"] == 2  # what the book says by now


def test_its_lists_are_of_the_same_moment(store, li, chen, day, sign_in, freeze):
    hand_in(store, li)
    log_contact(day["known"].pk, Said("price"), by=li, at=at("2026-03-02 17:00"), now=at("2026-03-02 20:00"))
    freeze("2026-03-03 10:00")
    html = sign_in(chen).get(f"/reports/work/?of=contacts&on=2026-03-02&person={li.pk}").content.decode()
    assert 'data-total="3"' in html


# --- in time, late, refused ----------------------------------------------------------------------------


def test_late_is_a_second_after_the_meeting_and_kept(store, li):
    assert hand_in(store, li, "2026-03-02 18:00:00").late is False
    assert hand_in(store, li, "2026-03-02 18:00:01").late is True
    assert hand_in(store, li, "2026-03-03 09:00:00").late is True


def test_the_hour_of_the_meeting_is_the_stores(store, li, chen):
    set_setting(store, "daily_report_due", "18:30", by=chen, at=DUE)
    assert hand_in(store, li, "2026-03-02 18:30:00").late is False


# --- the manager -----------------------------------------------------------------------------------------


def test_ten_reports_stand_on_one_page(store, li, wang, chen, day, sign_in, freeze):
    hand_in(store, li)
    freeze("2026-03-02 18:30")
    page = sign_in(chen).get("/reports/daily/").context["page"]
    assert [(line.user, line.state, line.short) for line in page.list_of_people] == [
        (li, "handed_in", [2, 1, 0]),
        (wang, "missing", [0, 0, 0]),
    ]
    assert page.totals == [2, 1, 0]
    assert page.person == li  # waits to be read


def test_a_comment_goes_on_to_the_next(store, li, wang, chen, sign_in, freeze):
    report = hand_in(store, li)
    submit_report(store, DAY, Filled(estimate=0), by=wang, now=DUE)
    freeze("2026-03-02 18:30")
    client = sign_in(chen)
    answer = client.post(
        f"/reports/daily/{report.pk}/comment/", {"quick": ["good"], "comment": "先打孙丽华"}, follow=True
    )
    report.refresh_from_db()
    assert (report.comment, report.commented_by) == ("Well done. 先打孙丽华", chen)
    assert answer.context["page"].person == wang


def test_an_empty_comment_is_refused(store, li, chen, sign_in, freeze):
    report = hand_in(store, li)
    freeze("2026-03-02 18:30")
    answer = sign_in(chen).post(f"/reports/daily/{report.pk}/comment/", {"comment": " "})
    assert answer.status_code == 422
    assert "Write a word, or tap one." in answer.content.decode()
    report.refresh_from_db()
    assert report.comment == ""


def test_the_comment_stands_on_my_day_next_morning(store, li, wang, chen, sign_in, freeze):
    """PDCA-01."""
    report = hand_in(store, li)
    comment_report(report.pk, "今晚先给孙丽华打电话", by=chen, now=at("2026-03-02 18:40"))
    freeze("2026-03-03 08:30")
    assert "今晚先给孙丽华打电话" in sign_in(li).get("/").content.decode()
    assert "今晚先给孙丽华打电话" in sign_in(li).get("/reports/daily/?on=2026-03-02").content.decode()
    assert "今晚先给孙丽华打电话" not in sign_in(wang).get("/").content.decode()
    freeze("2026-03-06 08:30")
    assert "今晚先给孙丽华打电话" not in sign_in(li).get("/").content.decode()


def test_a_supervisor_reads_the_team_only(store, li, wang, sign_in, freeze):
    team = Team.objects.create(store=store, name="A")
    Membership.objects.filter(user=li).update(team=team)
    sun = person(store, "sun", "孙丽", "supervisor")
    Membership.objects.filter(user=sun).update(team=team)
    others = submit_report(store, DAY, Filled(estimate=0), by=wang, now=DUE)
    freeze("2026-03-02 18:30")
    client = sign_in(sun)
    assert [line.user for line in client.get("/reports/daily/").context["page"].list_of_people] == [li]
    assert client.get(f"/reports/daily/?person={wang.pk}").status_code == 404
    assert client.post(f"/reports/daily/{others.pk}/comment/", {"comment": "x"}).status_code == 404


# --- the text ----------------------------------------------------------------------------------------------


def test_it_can_be_copied_as_text_without_a_customers_name(store, li, day, rf):
    hand_in(store, li, result=["drives"], causes=["price"], note="明天补上")
    assert as_read(rf, store, li, "2026-03-02 18:01").text.splitlines() == [
        "Daily report Mon 2 Mar 李强",
        "First visits 1", "Return visits 1", "Other business 1", "Calls taken 5", "Reached 3",
        "Not reached 2",
        "Appointments made 1", "Cards opened 1", "Grades lowered 1", "Steps moved 2", "Test drives 1",
        "Negotiations 1",
        "Result: Test drives 1",
        "Deals expected tomorrow: 1",
        "Cause: Price stands in the way",
        "明天补上",
        "On the list tomorrow: 4",
    ]  # fmt: skip
