"""The specimen of all parts renders: a broken part shows here before it shows on a page."""

import datetime as dt
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import include, path

from accounts.pages import pages_for

pytestmark = pytest.mark.once

STATES = ("done", "done", "done", "skipped", "done", "current", "ahead", "ahead", "ahead")


def nowhere(request):
    return HttpResponse()


def page(name):
    return path(name, nowhere, name=name)


urlpatterns = [
    path("", nowhere, name="home"),
    path("leads/", include(([page("list"), page("search")], "leads"))),
    path("showroom/", include(([page("walk_in"), page("call")], "showroom"))),
    path("followups/", include(([page(name) for name in ("night", "notices", "notice_count")], "followups"))),
    path(
        "accounts/",
        include(([page(name) for name in ("language", "theme", "logout", "me", "lock")], "accounts")),
    ),
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
        "pages": [{"page": SimpleNamespace(url="/leads/list", label="Customers", icon="users", docked=True)}],
        "rows": [row],
        "grades": ["O", "H", "A", "B", "C", "none"],
        "steps": steps,
    }
    return render_to_string("kit/kit.html", context, rf.get("/"))


@pytest.mark.urls("tests.test_kit")
def test_every_part_renders_in_the_shell(rf):
    html = specimen(rf, leads=True, walk_in=True)
    assert '<html lang="en" data-theme="dark">' in html
    assert html.count('class="plate plate-h') >= 4
    assert '<li class="current" aria-current="step">' in html
    assert html.count('href="/showroom/walk_in"') == 2


@pytest.mark.urls("tests.test_kit")
def test_navigation_offers_the_walk_in_to_those_who_may_log_one(rf):
    assert 'href="/showroom/walk_in"' in specimen(rf, walk_in=True)
    assert 'href="/showroom/walk_in"' not in specimen(rf, walk_in=False)


def test_navigation_offers_only_the_pages_of_the_role():
    assert [entry["page"].view for entry in pages_for({"consultant"}, "/")][:2] == ["home", "leads:list"]
    assert "followups:night" not in {entry["page"].view for entry in pages_for({"consultant"}, "/")}
    assert pages_for({"after_sales"}, "/") == []


def test_the_page_that_holds_the_address_is_the_current_one():
    def current(path):
        return [entry["page"].view for entry in pages_for({"manager"}, path) if entry["current"]]

    assert current("/") == ["home"]
    assert current("/leads/L-260312-01/") == ["leads:list"]
    assert current("/walk-in/") == []
