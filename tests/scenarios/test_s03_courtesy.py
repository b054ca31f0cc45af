"""S03: the owner is off, the head receives for him and keeps his turn (SPEC RECP-05)."""

import datetime as dt

import pytest

from accounts.days_off import Kind, set_days
from followups.models import Task
from showroom.closing import Leaving, close_visit
from showroom.models import Pull
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.scenarios.test_s02_owner_present import zhang  # noqa: F401
from tests.showroom.test_rota import order
from tests.showroom.up_list import open_list

pytestmark = pytest.mark.django_db

DAY = "2026-03-05"


@pytest.fixture
def courtesy(store, zhang, li, wang, zhao, chen, qian):  # noqa: F811
    """Li receives Wang's customer at 10:00."""
    off = dt.date(2026, 3, 5)
    set_days(wang, store, off, off, Kind.OFF, deputy=None, by=chen, at=at("2026-03-04 18:00"))
    open_list(store, chen, DAY, li, zhao)
    when = at(f"{DAY} 10:00")
    arrival = Arrival(phone_text="13800000001")
    return log_visit(store, arrival, receiver=li, by=qian, at=when, now=when)[0]


def test_s03_no_turn_is_used_and_the_owner_stays(store, courtesy, li, wang):
    assert (courtesy.courtesy, courtesy.receiver, courtesy.lead.owner) == (True, li, wang)
    pull = Pull.objects.get()
    assert (pull.why, pull.used_turn, pull.head) == ("courtesy", False, li)
    assert pull.passed_over == [[wang.pk, "not_here"]]
    assert order(store, when=f"{DAY} 10:01") == ["李强", "赵敏"]


def test_s03_the_receiver_closes_and_the_owner_calls_within_a_day(client, settings, courtesy, li, wang):
    left = at(f"{DAY} 11:00")
    leaving = Leaving(grade="A", grade_reason="兴趣大", outcome="comparing")
    close_visit(courtesy.pk, leaving, by=li, at=left, now=left)
    settings.DEALER_NOW = at(f"{DAY} 11:05").isoformat()
    client.force_login(li)
    answer = client.post(f"/leads/{courtesy.lead.number}/log/", {"outcome": "looking"})
    assert answer.status_code == 403
    task = Task.objects.get(kind="day_after", state="open")
    assert (task.assignee, task.due_at, task.due_on) == (wang, at("2026-03-06 11:00"), dt.date(2026, 3, 6))


def test_s03_the_sheet_says_why_the_head_receives(store, client, settings, zhang, li, chen, qian):  # noqa: F811
    open_list(store, chen, DAY, li)
    settings.DEALER_NOW = at(f"{DAY} 10:00").isoformat()
    client.force_login(qian)
    answer = client.post("/walk-in/lookup/", {"phone": "13800000001"}, headers={"HX-Request": "true"})
    read = answer.content.decode()
    assert "王芳 has not signed in: <b>李强 receives as a courtesy</b>, no turn is used." in read
    assert f'name="head_receives" value="{zhang.pk}.{li.pk}"' in read
