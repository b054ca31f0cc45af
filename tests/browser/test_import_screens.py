"""The four steps of the import in a real browser, on a phone and a desktop, in both languages."""

import os
from pathlib import Path

import pytest

from accounts.models import User
from leads import uploads
from leads.models import Lead, Upload
from leads.upload_work import run_waiting
from tests.browser.conftest import DESKTOP, PHONE
from tests.conftest import at
from tests.followups.lists import write_list

pytestmark = [pytest.mark.browser, pytest.mark.thorough, pytest.mark.django_db(transaction=True)]
NOW = "2026-06-18 08:30"
PICTURES = os.environ.get("LOOKS", "")


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path, freeze):
    settings.VAR_DIR = tmp_path / "var"
    freeze(NOW)


@pytest.fixture
def no_worker(monkeypatch):
    """Nobody hears the wake-up: the test is the worker."""
    monkeypatch.setattr(uploads, "wake_worker", lambda: None)


def keep(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"import-{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_list_is_chosen_mapped_checked_and_read_in(
    open_page, sign_in, axe, li, chen, tmp_path, no_worker, size, language
):
    User.objects.update(language=language)
    chen.refresh_from_db()
    page = open_page(viewport=size, reduced_motion="reduce")
    sign_in(page, chen)
    shown = f"{size['width']}-{language}"
    path = write_list(tmp_path / "名单.csv", {}, {"级别": "Z"}, {"姓名": "李四"})

    page.goto("/import/")
    page.locator("label.chip", has=page.locator("input[value=leads]")).click()
    page.locator("input[type=file]").set_input_files(path)
    keep(page, f"1-{shown}")
    page.locator("main form button").click()

    page.wait_for_url("**/import/*/")
    assert page.locator("select").count() == 9
    assert page.locator("#id_column1").input_value() == "phone"
    assert axe(page) == []
    keep(page, f"2-{shown}")
    page.locator("main form button").click()

    page.locator("#import-progress").wait_for()
    keep(page, f"3-{shown}")
    run_waiting(at(NOW))
    page.locator(".import-bad").wait_for()  # the page looked again by itself
    assert page.locator(".stat-number").all_inner_texts() == ["3", "2", "0", "0", "1"]
    assert page.locator("tbody tr").count() == 2
    assert axe(page) == []
    keep(page, f"4-{shown}")
    page.locator("form[action$='/commit/'] button").click()

    page.locator("#import-progress").wait_for()
    run_waiting(at(NOW))
    page.locator(".strip-ok").wait_for()
    keep(page, f"5-{shown}")
    with page.expect_download() as download:
        page.locator("form[action$='/errors/'] button").click()
    assert download.value.suggested_filename == "名单-errors.csv"
    assert (Upload.objects.get().state, Lead.objects.count()) == ("done", 2)


def test_a_file_that_cannot_be_read_keeps_what_was_chosen(open_page, sign_in, chen, tmp_path):
    page = open_page(viewport=PHONE)
    sign_in(page, chen)
    (tmp_path / "a.csv").write_text("nothing\n")
    page.goto("/import/")
    page.locator("label.chip", has=page.locator("input[value=register]")).click()
    page.locator("input[type=file]").set_input_files(tmp_path / "a.csv")
    page.locator("main form button").click()
    page.locator(".field-error").wait_for()
    assert page.locator("input[value=register]").is_checked()


def test_a_page_that_was_left_is_found_again(open_page, sign_in, chen, li, tmp_path, no_worker):
    page = open_page(viewport=DESKTOP)
    sign_in(page, chen)
    page.goto("/import/")
    page.locator("label.chip", has=page.locator("input[value=leads]")).click()
    page.locator("input[type=file]").set_input_files(write_list(tmp_path / "a.csv", {}))
    page.locator("main form button").click()
    page.wait_for_url("**/import/*/")
    page.locator("main form button").click()
    page.locator("#import-progress").wait_for()
    page.goto("/leads/")
    run_waiting(at(NOW))
    page.goto("/import/")
    page.get_by_text("a.csv").click()
    page.locator("form[action$='/commit/']").wait_for()
