"""The specimen of all parts renders: a broken part shows here before it shows on a page."""

import datetime as dt
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import include, path

pytestmark = pytest.mark.once

STATES = ("done", "done", "done", "skipped", "done", "current", "ahead", "ahead", "ahead")


def nowhere(request):
    return HttpResponse()


def page(name):
    return path(name, nowhere, name=name)


urlpatterns = [
    path("", nowhere, name="home"),
    path("leads/", include(([page("list")], "leads"))),
    path("showroom/", include(([page("walk_in")], "showroom"))),
    path("followups/", include(([page("night")], "followups"))),
    path("accounts/", include(([page("language"), page("theme"), page("logout")], "accounts"))),
]


def specimen(rf, **rights):
    steps = [
        {"number": number, "name": f"Step {number}", "state": state, "date": dt.date(2026, 2, 24), "note": ""}
        for number, state in enumerate(STATES, 1)
    ]
    row = {"grade": "H", "step": 6, "skipped": "4", "name": "陈建国", "model": "Teana", "why": "1 day late"}
    context = {
        "user": SimpleNamespace(is_authenticated=True, full_name="李薇"),
        "store": SimpleNamespace(zone=ZoneInfo("Asia/Shanghai")),
        "today": dt.date(2026, 3, 12),
        "theme": "dark",
        "nav": rights,
        "rows": [row],
        "grades": ["O", "H", "A", "B", "C", "none"],
        "steps": steps,
    }
    return render_to_string("kit/kit.html", context, rf.get("/"))


@pytest.mark.urls("tests.test_kit")
def test_every_part_renders_in_the_shell(rf):
    html = specimen(rf, day=True, leads=True, walk_in=True, night=True)
    assert '<html lang="en" data-theme="dark">' in html
    assert html.count('class="plate plate-h') >= 4
    assert '<li class="current" aria-current="step">' in html
    assert html.count('href="/showroom/walk_in"') == 2


@pytest.mark.urls("tests.test_kit")
def test_navigation_offers_only_what_the_person_may_open(rf):
    html = specimen(rf, day=False, leads=False, walk_in=True, night=False)
    assert 'href="/showroom/walk_in"' in html
    assert 'href="/leads/list"' not in html
    assert 'href="/followups/night"' not in html
