"""Two phones beside one talk: the tap that came second is shown both answers, and the next one is kept."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from showroom.needs import answer, standing_report
from tests.conftest import at
from tests.showroom.known import know

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOW = "2026-03-12 10:00"


@pytest.mark.thorough
def test_a_tap_that_came_second_shows_both_and_the_next_one_is_kept(
    store, li, chen, freeze, phone_page, sign_in
):
    freeze(NOW)
    lead = know(store, li, "13800000001", "张伟", step=3)
    phone = phone_page
    sign_in(phone, li)
    phone.goto(reverse("showroom:needs", args=[lead.number]) + "?part=use")
    said = {"matters": {"chips": ["safety"], "text": ""}, "main_use": {"chips": ["weekend"], "text": ""}}
    answer(lead.pk, said, by=chen, at=at(NOW))

    phone.locator("label.chip", has_text="School run").tap()
    part = phone.locator("#needs-part")
    expect(part).to_contain_text("Somebody saved this meanwhile.")
    expect(part.locator(".clash")).to_contain_text("Theirs: Weekends out")
    expect(part.get_by_role("checkbox", name="Safety")).to_be_checked()

    phone.locator("label.chip", has_text="Comfort and practicality").tap()
    expect(phone.locator("#needs-head b.num")).to_have_text("2")
    answers = standing_report(lead).answers
    assert answers["main_use"]["chips"] == ["school"]
    assert answers["matters"]["chips"] == ["safety", "comfort"]
