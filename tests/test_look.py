"""The grade as a plate, the nine steps as ticks, days as people say them."""

import datetime as dt
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import translation

from accounts.templatetags.look import grade_name, icon, initial, plate, ticks, undo_url, when

pytestmark = pytest.mark.once

TODAY = dt.date(2026, 3, 12)
PAGE = {"store": SimpleNamespace(zone=ZoneInfo("Asia/Shanghai")), "today": TODAY}


@pytest.mark.parametrize(
    ("grade", "css", "name"),
    [("H", "plate-h", "H 7 days"), ("A+", "plate-a", "A+ 15 days"), ("C", "plate-c", "C over 3 months")],
)
def test_plate_shows_the_letter_and_reads_out_the_horizon(grade, css, name):
    html = plate(grade)
    assert css in html
    assert f'aria-label="{name}"' in html
    assert html.endswith(f">{grade}</span>")


def test_no_grade_is_a_dashed_plate_with_a_name():
    html = plate("none", "small")
    assert 'class="plate plate-none plate-small"' in html
    assert 'aria-label="No grade"' in html
    assert grade_name("none") == "No grade"


@pytest.mark.parametrize("size", ["list", "inline"])
@pytest.mark.parametrize("step", range(1, 10))
def test_there_are_always_nine_ticks(step, size):
    assert ticks(step, "", size).count("M") == 9


def test_wide_ticks_show_done_skipped_current_and_ahead():
    html = ticks(6, "4", "card")
    assert html.count("<i") == 9
    assert html.count('class="done"') == 4
    assert html.count('class="skip"') == 1
    assert html.count('class="now"') == 1


def test_ticks_read_out_the_step_and_what_was_skipped():
    assert 'aria-label="step 6 of 9, step 4 skipped"' in ticks(6, "4")
    assert 'aria-label="step 6 of 9, steps 3, 4 skipped"' in ticks(6, "34")
    assert 'aria-label="step 2 of 9"' in ticks(2)


def test_a_step_skipped_ahead_of_the_current_one_is_only_ahead():
    assert "t-skip" not in ticks(3, "4")


def test_icon_beside_a_word_is_silent_and_alone_it_speaks():
    assert 'aria-hidden="true"' in icon("phone")
    assert 'role="img" aria-label="Call &lt;b&gt;"' in icon("phone", label="Call <b>")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (dt.date(2026, 3, 11), "Yesterday"),
        (dt.date(2026, 3, 12), "Today"),
        (dt.date(2026, 3, 13), "Tomorrow"),
        (dt.date(2026, 3, 9), "9 Mar"),
        (dt.date(2025, 12, 31), "31 Dec 2025"),
    ],
)
def test_days_are_said_as_people_say_them(day, said):
    assert when(PAGE, day) == f'<time datetime="{day}" title="{day}">{said}</time>'


def test_a_moment_is_told_by_the_clock_of_the_store():
    last_second = dt.datetime(2026, 3, 11, 15, 59, tzinfo=dt.UTC)
    midnight = dt.datetime(2026, 3, 11, 16, 0, tzinfo=dt.UTC)
    assert when(PAGE, last_second).endswith('title="2026-03-11 23:59">Yesterday 23:59</time>')
    assert when(PAGE, midnight).endswith('title="2026-03-12 00:00">Today 00:00</time>')


def test_a_date_to_choose_carries_its_weekday():
    assert ">Fri 13 Mar</time>" in when(PAGE, dt.date(2026, 3, 13), weekday=True)


def test_nothing_is_said_of_a_day_that_is_not_known():
    assert when(PAGE, None) == ""


@pytest.mark.parametrize(
    ("tags", "address"),
    [
        ("undo /contacts/3/undo/", "/contacts/3/undo/"),
        ("undo https://elsewhere", ""),
        ("undo //elsewhere", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_undo_leads_only_into_our_own_pages(tags, address):
    assert undo_url(SimpleNamespace(extra_tags=tags)) == address


def test_avatar_shows_the_first_letter():
    assert initial("李薇") == "李"
    assert initial("liwei") == "L"


def test_a_day_inside_a_sentence_begins_small():
    assert ">yesterday<" in when(PAGE, TODAY - dt.timedelta(days=1), inside=True)
    assert ">9 Mar<" in when(PAGE, dt.date(2026, 3, 9), inside=True)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_money_is_read_in_thousands_in_both_languages(language):
    with translation.override(language):
        money = Template('{{ sum|floatformat:"-2g" }}').render(Context({"sum": 128800}))
    assert money == "128,800"
