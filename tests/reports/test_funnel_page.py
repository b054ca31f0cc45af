"""The funnel as it is drawn: both sets of names, eight rows, what is worst (SPEC A51, FLOW-02, FLOW-11)."""

import pytest

from accounts.models import User
from accounts.rules import set_setting
from tests.conftest import at

from .month import march, moved, opened

pytestmark = pytest.mark.django_db
NOW = at("2026-03-31 20:00")


@pytest.fixture
def page(store, li, wang, chen, freeze, sign_in):
    freeze("2026-03-31 23:59:59")
    march(store, li, wang)
    return lambda query="": sign_in(chen).get(f"/reports/funnel/{query}")


@pytest.mark.parametrize(("labels", "drive"), [("trade", "试乘试驾"), ("classic", "试车")])
def test_the_steps_have_the_stores_names(labels, drive, page, store, chen):
    set_setting(store, "step_labels", labels, by=chen, at=NOW)
    User.objects.update(language="zh-hans")
    assert [line.name for line in page().context["page"].lines][4] == drive


def test_a_store_of_eight_steps_reads_eight_rows(page, store, chen):
    set_setting(store, "funnel_eight_steps", True, by=chen, at=NOW)
    answer = page()
    assert [line.row.number for line in answer.context["page"].lines] == list(range(1, 9))
    assert "Negotiation and deal" in answer.content.decode()
    User.objects.update(language="zh-hans")
    assert "洽谈成交" in page().content.decode()


def test_the_drawing_and_the_table_tell_the_same(page):
    numbers = page().context["page"]
    assert [bar.line.entered for bar in numbers.drawing.bars] == [0, 4, 3, 2, 1, 1, 0, 0, 0]
    tallest = max(numbers.drawing.bars, key=lambda bar: bar.height)
    assert (tallest.line.name, tallest.top) == ("Reception", 30.0)
    drive = numbers.drawing.bars[4]
    assert (drive.line.skipped, drive.skipped_height > 0) == (1, True)


def test_the_worst_step_is_where_most_are_lost(page, store, li):
    """Five enter the walkaround and one of them the drive; fewer than five tell nothing."""
    for _ in range(5):
        lead = opened(store, li, "2026-03-02 10:00")
        for step, hour in ((3, 11), (4, 12)):
            moved(lead, step, f"2026-03-02 {hour}:00")
    here, there = page().context["page"].worst
    assert (here.name, there.name, there.conversion) == ("Walkaround", "Test drive", 14.3)


def test_rates_are_of_those_received(page):
    drives, deals = page().context["page"].rates
    assert (drives["share"], drives["received"], deals["share"]) == (25.0, 4, 0.0)
