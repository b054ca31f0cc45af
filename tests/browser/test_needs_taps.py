"""The needs report keeps what was tapped and typed last, also when the next tap leaves the page."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from showroom.needs import answer, standing_report
from tests.conftest import at
from tests.showroom.known import know

pytestmark = [pytest.mark.browser, pytest.mark.thorough, pytest.mark.django_db(transaction=True)]

NOW = "2026-03-12 10:00"


@pytest.fixture
def lead(store, li, freeze):
    freeze(NOW)
    return know(store, li, "13800000001", "张伟", step=3)


@pytest.fixture
def phone(phone_page, sign_in, li, lead):
    """Li beside the talk, at the questions about use."""
    sign_in(phone_page, li)
    phone_page.goto(reverse("showroom:needs", args=[lead.number]) + "?part=use")
    return phone_page


def chip(phone, words):
    return phone.locator("#needs-part label.chip", has_text=words)


def go_on(phone):
    phone.get_by_role("link", name="Next: Choice").tap()


def test_words_typed_just_before_going_on_are_kept(phone, lead):
    words = phone.locator("#id_main_use_text")
    phone.locator("fieldset", has=words).locator("summary").tap()
    words.press_sequentially("twins to school")
    go_on(phone)
    phone.wait_for_url("**part=choice")
    assert standing_report(lead).answers["main_use"]["text"] == "twins to school"


def test_a_tap_that_waits_for_the_one_before_it_is_kept(phone, lead):
    """A slow line: the first tap is still on its way when the page is left."""
    on_the_way = []

    def hold_the_first(route):
        on_the_way.append(route)
        if len(on_the_way) > 1:
            route.continue_()

    phone.route("**/needs/**", hold_the_first)
    with phone.expect_request("**/needs/**"):
        chip(phone, "School run").tap()
    chip(phone, "Safety").tap()
    phone.wait_for_timeout(200)  # it stands in line
    go_on(phone)
    on_the_way[0].continue_()
    phone.wait_for_url("**part=choice")
    answers = standing_report(lead).answers
    assert (answers["main_use"]["chips"], answers["matters"]["chips"]) == (["school"], ["safety"])


def test_who_goes_on_at_once_is_shown_both_answers_first(phone, lead, chen):
    said = {"main_use": {"chips": ["weekend"], "text": ""}}
    answer(lead.pk, said, by=chen, at=at(NOW))
    chip(phone, "School run").tap()
    go_on(phone)
    expect(phone.locator("#needs-part .clash")).to_contain_text("Theirs: Weekends out")
    go_on(phone)
    phone.wait_for_url("**part=choice")
