"""A daily report as a picture: drawn and saved in the browser, nothing leaves it (SPEC A41)."""

import datetime as dt
import os
from pathlib import Path

import pytest

from accounts.models import User
from reports.daily import Filled, submit_report
from tests.conftest import at
from tests.reports.day import second_of_march

pytestmark = [pytest.mark.browser, pytest.mark.thorough, pytest.mark.django_db(transaction=True)]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def handed_in(store, li, freeze):
    second_of_march(store, li)
    freeze("2026-03-03 18:00")
    for on in (dt.date(2026, 3, 2), dt.date(2026, 3, 3)):
        filled = Filled(
            estimate=1, result=["drives", "quotes"], causes=["price"], note="少打两个电话，明天补上。"
        )
        submit_report(store, on, filled, by=li, now=at(f"{on} 18:00"))


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", "保存为图片"), ("en", "Save as picture")],
)
@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_the_report_is_drawn_and_saved(
    language, words, width, phone_page, desktop_page, sign_in, li, handed_in
):
    User.objects.update(language=language)
    page = phone_page if width == "phone" else desktop_page
    sign_in(page, li)
    page.goto("/reports/daily/?on=2026-03-02")
    with page.expect_download() as saving:
        page.get_by_role("button", name=words).click()
    path = Path(saving.value.path())
    data = path.read_bytes()
    assert saving.value.suggested_filename == "2026-03-02-li.png"
    assert (data[:8], int.from_bytes(data[16:20])) == (PNG, 1440)
    assert int.from_bytes(data[20:24]) > 1000
    assert page.get_by_role("img", name="李强").last.is_visible()
    if folder := os.environ.get("LOOKS"):
        Path(folder, f"picture-{width}-{language}.png").write_bytes(data)
        page.screenshot(path=f"{folder}/report-{width}-{language}.png", full_page=True)
        page.goto("/reports/daily/?on=2026-03-03")
        page.screenshot(path=f"{folder}/plan-{width}-{language}.png", full_page=True)
