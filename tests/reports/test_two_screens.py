"""Two who write on one report: who is second sees both and keeps his text (RELIABILITY 25)."""

import datetime as dt
import uuid

import pytest

from accounts.models import Membership, Team
from reports.daily import Filled, comment_report, submit_report
from reports.models import DailyReport
from tests.conftest import at, person

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _evening(freeze):
    freeze("2026-03-02 17:59")


def opened(client):
    """The hidden fields of the form, as a browser would send them back."""
    form = client.get("/reports/daily/").context["form"]
    return {"token": str(uuid.uuid4()), "on": "2026-03-02", "version": form["version"].value()}


def test_the_same_report_from_two_screens(store, li, sign_in):
    client = sign_in(li)
    phone, computer = opened(client), opened(client)
    said = {"estimate": "2", "causes": ["price"], "note": "少打两个电话"}
    assert client.post("/reports/daily/", phone | said).status_code == 302
    answer = client.post("/reports/daily/", computer | {"estimate": "5", "note": "明天补上"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "This report was handed in from another screen." in html
    assert "少打两个电话" in html  # what stands there
    assert "明天补上</textarea>" in html  # what was typed
    assert '<input type="radio" name="estimate" value="5" checked>' in html
    assert DailyReport.objects.get().note == "少打两个电话"


def test_the_second_press_hands_in_what_was_typed(store, li, sign_in):
    client = sign_in(li)
    computer = opened(client)
    submit_report(store, DAY, Filled(estimate=2), by=li, now=at("2026-03-02 17:58"))
    mine = computer | {"estimate": "5", "note": "明天补上"}
    answer = client.post("/reports/daily/", mine)
    again = mine | {"version": answer.context["form"]["version"].value()}
    assert client.post("/reports/daily/", again).status_code == 302
    assert (DailyReport.objects.get().estimate, DailyReport.objects.get().note) == (5, "明天补上")


def test_two_comments_on_one_report(store, li, chen, sign_in):
    team = Team.objects.create(store=store, name="A")
    Membership.objects.filter(user=li).update(team=team)
    sun = person(store, "sun", "孙丽", "supervisor")
    Membership.objects.filter(user=sun).update(team=team)
    report = submit_report(store, DAY, Filled(estimate=0), by=li, now=at("2026-03-02 17:00"))
    client = sign_in(chen)
    seen = client.get(f"/reports/daily/?person={li.pk}").context["comment_form"]["version"].value()
    comment_report(report.pk, "先打孙丽华", by=sun, now=at("2026-03-02 17:30"))
    url = f"/reports/daily/{report.pk}/comment/"
    answer = client.post(url, {"comment": "周末一起谈", "version": seen})
    html = answer.content.decode()
    assert (answer.status_code, "先打孙丽华" in html, 'value="周末一起谈"' in html) == (409, True, True)
    report.refresh_from_db()
    assert (report.comment, report.commented_by) == ("先打孙丽华", sun)
    again = {"comment": "周末一起谈", "version": answer.context["comment_form"]["version"].value()}
    assert client.post(url, again).status_code == 302
    report.refresh_from_db()
    assert (report.comment, report.commented_by) == ("周末一起谈", chen)


def test_a_report_handed_in_again_is_read_before_the_comment(store, li, chen, sign_in):
    report = submit_report(store, DAY, Filled(estimate=0), by=li, now=at("2026-03-02 17:00"))
    client = sign_in(chen)
    seen = client.get(f"/reports/daily/?person={li.pk}").context["comment_form"]["version"].value()
    submit_report(store, DAY, Filled(estimate=3), by=li, now=at("2026-03-02 17:30"))
    answer = client.post(f"/reports/daily/{report.pk}/comment/", {"comment": "好", "version": seen})
    assert answer.status_code == 409
    assert "This report was changed meanwhile." in answer.content.decode()
