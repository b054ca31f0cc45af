"""Two people change the same hours: who saves second reads both values and saves what he means."""

import datetime as dt
import os
from pathlib import Path

import pytest

from accounts.models import StoreHours
from followups.models import Rework
from tests.conftest import at

pytestmark = [pytest.mark.browser, pytest.mark.thorough, pytest.mark.django_db(transaction=True)]
WIDTHS = [390, 1280]


def photographed(page, name: str) -> None:
    if folder := os.environ.get("LOOKS"):
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_both_hours_stand_on_the_page_and_the_own_ones_are_kept(store, chen, sign_in, open_page, axe, width):
    page = open_page(viewport={"width": width, "height": 844})
    sign_in(page, chen)
    page.goto("/settings/hours/")
    StoreHours.objects.filter(store=store, weekday=0).update(opens=dt.time(8, 30))
    page.fill("[name=opens_0]", "10:00")
    page.get_by_role("button", name="Save the hours").click()
    page.get_by_text("Look at both, then save.").wait_for()
    both = page.locator(".clash p").all_inner_texts()
    assert both == ["Mon from", "Theirs: 08:30", "Yours: 10:00"]
    assert page.input_value("[name=opens_0]") == "10:00"
    assert axe(page) == []
    photographed(page, "hours")
    page.get_by_role("button", name="Save the hours").click()
    page.get_by_text("Opening hours saved").wait_for()
    assert StoreHours.objects.get(store=store, weekday=0).opens == dt.time(10)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_says_how_far_the_worker_is(store, chen, sign_in, open_page, axe, width):
    Rework.objects.create(
        store=store, profile="classic", by=chen, at=at("2026-03-12 10:00"), of=20_000, done=5_200
    )
    page = open_page(viewport={"width": width, "height": 844})
    sign_in(page, chen)
    page.goto("/settings/grades/")
    page.get_by_text("5200 of 20000 leads").wait_for()
    assert axe(page) == []
    photographed(page, "rework")
    Rework.objects.update(finished_at=at("2026-03-12 10:05"))
    page.get_by_text("The leads are being brought in line").wait_for(state="detached")
