"""The plan of the evening before beside what was done, as text and as picture (SPEC PDCA-03, A41, A43)."""

import datetime as dt
import json
import re

import pytest

from followups.contacts import Said, log_contact
from followups.models import Task
from reports.daily import Filled, submit_report
from reports.facts import FACTS, counted, rows_of
from reports.scope import Scope
from tests.conftest import at
from tests.followups.worked_leads import make_lead

from .day import second_of_march, walk_in

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 2)
PICTURE = re.compile(r'<script id="report-picture" type="application/json">(.*?)</script>')


@pytest.fixture
def planned(store, li):
    """Four lines on the plan of 3 March: one comes, one is reached, one does not answer, one is left."""
    day = second_of_march(store, li)
    submit_report(store, DAY, Filled(estimate=0), by=li, now=at("2026-03-02 18:00"))
    coming, first = day["others"][2], day["first"]
    walk_in(store, li, "2026-03-03 10:05", "", lead_id=coming.pk)
    said = at("2026-03-03 11:00")
    log_contact(first.pk, Said("no_answer"), by=li, at=said, now=said)
    return day


@pytest.fixture
def read(sign_in, li, freeze):
    def page(on="2026-03-03", when="2026-03-03 18:00"):
        freeze(when)
        return sign_in(li).get(f"/reports/daily/?on={on}")

    return page


def test_each_line_of_the_plan_stands_beside_what_was_done(planned, read):
    rows = read().context["page"].kept_word
    assert [(row["item"].kind, row["done"], row["what"]) for row in rows] == [
        ("visit", True, "Return visit"),
        ("day_after", False, "No answer"),
        ("day_after", False, ""),
        ("cadence", True, "Return visit"),
    ]


def test_it_is_told_in_one_line(planned, read):
    html = read().content.decode()
    assert "2 of 4 done" in html
    assert "Plan of the day: 2 of 4 done" in html  # of the text to copy
    assert "Not done" in html


def test_a_day_without_a_plan_says_so(store, li, read):
    make_lead(store, li, "B", visited="2026-02-20 10:00")
    assert (
        "No report was handed in the evening before."
        in read("2026-03-02", "2026-03-02 18:00").content.decode()
    )


def test_a_date_alone_has_no_hour(store, li, read):
    """23:59:59 is the end of a day and no time to call at (SPEC A62)."""
    for kind, clock in (("week_call", "23:59:59"), ("no_next_step", "23:59:59"), ("call_back", "09:20:00")):
        due_at = at(f"2026-03-04 {clock}")
        Task.objects.create(
            store=store, lead=make_lead(store, li, "none"), kind=kind, assignee=li, cause=kind, due_at=due_at,
            due_on="2026-03-04",
        )  # fmt: skip
    Task.objects.filter(kind="cadence").delete()
    shown = [("call_back", True), ("week_call", False), ("no_next_step", False)]
    page = read()
    assert [(row["item"].kind, row["item"].timed) for row in page.context["page"].plan] == shown
    assert "09:20" in page.content.decode()
    assert "23:59" not in page.content.decode()
    submit_report(store, dt.date(2026, 3, 3), Filled(estimate=0), by=li, now=at("2026-03-03 18:00"))
    kept = read().context["page"].plan  # as it was handed in
    assert [(row["item"].kind, row["item"].timed) for row in kept] == shown


def test_what_was_done_after_handing_in_changes_nothing_of_it(store, planned, read, li):
    on, evening = dt.date(2026, 3, 3), at("2026-03-03 18:00")
    submit_report(store, on, Filled(estimate=0), by=li, now=evening)
    later = at("2026-03-03 20:00")
    log_contact(planned["known"].pk, Said("comparing"), by=li, at=later, now=later)
    assert read(when="2026-03-04 09:00").context["page"].kept_number == 2


def test_the_picture_holds_what_the_page_shows(store, planned, read, li):
    found = json.loads(PICTURE.search(read("2026-03-02", "2026-03-02 18:30").content.decode())[1])
    assert (found["title"][-2:], found["subtitle"]) == ("李强", store.name)
    assert found["figures"][:4] == [
        ["First visits", 1], ["Return visits", 1], ["Other business", 1], ["Calls taken", 5],
    ]  # fmt: skip
    assert found["blocks"] == [["Deals expected tomorrow", "0"], ["On the list tomorrow", "4"]]
    assert (found["foot"], found["file"]) == ("Handed in 2026-03-02 18:00", "2026-03-02-li.png")


def test_the_picture_names_no_customer(planned, read):
    assert "张三" not in PICTURE.search(read().content.decode())[1]


@pytest.mark.parametrize("known", [None, "2026-03-02 15:30"])
@pytest.mark.thorough
def test_every_number_is_that_of_its_rows(known, planned, store, li, wang):
    """The statement that counts and the rows that are listed are of one rule."""
    known = known and at(known)
    scope = Scope((store,), DAY, dt.date(2026, 3, 3), people=(li.pk, wang.pk), known=known)
    numbers = counted(scope, FACTS)
    for key, fact in FACTS.items():
        people = list(rows_of(fact, scope).values_list("person", flat=True))
        assert {pk: people.count(pk) for pk in people} == {
            pk: mine[key] for pk, mine in numbers.items() if key in mine
        }, key
