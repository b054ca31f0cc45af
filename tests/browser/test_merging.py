"""Two cards of one person, at two browsers: the manager merges and takes it back, the owner sees both."""

import pytest
from playwright.sync_api import expect

from leads.models import Lead, Merge
from tests.browser.conftest import DESKTOP, PHONE
from tests.showroom.known import know

pytestmark = [pytest.mark.browser, pytest.mark.thorough, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def twice(store, li, freeze):
    """彭丽 stands on two cards of Li: her own number, and that of her office."""
    freeze("2026-03-12 09:46")
    return [know(store, li, phone, "彭丽", grade="A") for phone in ("13505188805", "13505188806")]


@pytest.fixture
def on_li(open_page, sign_in, li):
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True)
    sign_in(page, li)
    return page


@pytest.fixture
def on_chen(open_page, sign_in, chen):
    page = open_page(viewport=DESKTOP)
    sign_in(page, chen)
    return page


def cards_of_li(page) -> list[str]:
    """The customers on his list, by the address of their cards."""
    page.goto("/leads/")
    rows = page.locator("a[href^='/leads/L-']")
    return sorted({row.get_attribute("href") for row in rows.all() if row.is_visible()})


def test_a_merge_and_its_undoing_are_seen_by_the_owner(on_li, on_chen, twice, axe):
    kept, folded = twice
    both = sorted(f"/leads/{lead.number}/" for lead in twice)
    assert cards_of_li(on_li) == both

    on_chen.goto(f"/leads/{kept.number}/merge/")
    on_chen.get_by_label("Find the other card").fill("8806")
    on_chen.get_by_label("Find the other card").press("Enter")
    on_chen.locator(f"a[href*='/merge/{folded.number}/']").click()
    on_chen.locator(f"label.chip:has(input[value='{kept.number}'])").click()
    on_chen.get_by_label("Why").fill("Same person, the office phone")
    assert axe(on_chen) == []
    with on_chen.expect_navigation():
        on_chen.get_by_role("button", name="Merge", exact=True).click()

    assert cards_of_li(on_li) == [f"/leads/{kept.number}/"]
    on_li.goto(f"/leads/{folded.number}/")
    on_li.wait_for_url(f"**/leads/{kept.number}/**")

    on_chen.goto("/merges/")
    expect(on_chen.locator("main")).to_contain_text("Same person, the office phone")
    with on_chen.expect_navigation():
        on_chen.get_by_role("button", name="Undo").click()
    assert cards_of_li(on_li) == both
    assert Merge.objects.get().undone_at is not None
    assert Lead.objects.filter(merged_into=None).count() == 2
