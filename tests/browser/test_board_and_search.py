"""The board by mouse, thumb and keyboard; rows ticked and given; search from any page."""

import pytest
from playwright.sync_api import expect

from leads.identity import write_name_keys
from leads.models import Customer, Lead
from tests.factories import PhoneFactory
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.browser, pytest.mark.thorough, pytest.mark.django_db(transaction=True)]


def known(store, owner, name, phone, **facts):
    lead = make_lead(store, owner, "H", visited="2026-03-01 10:00", contacted="2026-03-10 15:00", **facts)
    Customer.objects.filter(pk=lead.customer_id).update(name=name)
    lead.customer.name = name
    write_name_keys(lead.customer)
    PhoneFactory(customer=lead.customer, value=f"+86{phone}")
    return lead


@pytest.fixture
def chen_jianguo(store, li, freeze):
    freeze("2026-03-12 09:46")
    return known(store, li, "陈建国", "13800001234", step=3)


@pytest.fixture
def board(desktop_page, sign_in, li, chen_jianguo):
    sign_in(desktop_page, li)
    desktop_page.goto("/leads/board/")
    return desktop_page


def column(page, code):
    return page.locator(f"#column-{code}")


def test_a_card_is_dragged_asks_why_and_stands_in_the_new_column(board, li, chen_jianguo):
    card = column(board, "needs").locator("[data-card]")
    card.drag_to(column(board, "negotiation"))
    sheet = board.locator("#sheet")
    expect(sheet).to_contain_text("Say why: this step has no evidence yet.")
    expect(column(board, "needs").locator("[data-card]")).to_have_count(1)
    sheet.locator('[name="reason"]').fill("knows the car")
    sheet.get_by_role("button", name="Move").click()
    expect(column(board, "negotiation")).to_contain_text("陈建国")
    expect(column(board, "needs").locator("[data-card]")).to_have_count(0)
    expect(board.locator(".toast")).to_contain_text("Moved to Negotiation")
    expect(sheet).not_to_be_visible()
    assert board.url.endswith("/leads/board/")
    assert Lead.objects.get().step == 6


def test_a_card_with_evidence_moves_at_once(board, li, chen_jianguo):
    chen_jianguo.evidence.create(kind="walkaround", at=chen_jianguo.created_at, by=li, ref_kind="x", ref_id=1)
    column(board, "needs").locator("[data-card]").drag_to(column(board, "walkaround"))
    expect(column(board, "walkaround")).to_contain_text("陈建国")
    assert Lead.objects.get().step == 4


def test_a_card_dropped_where_it_cannot_go_is_back_in_its_column(board, chen_jianguo):
    column(board, "needs").locator("[data-card]").drag_to(column(board, "delivery"))
    expect(board.locator("#sheet")).to_contain_text("This lead cannot go from here to that step.")
    expect(column(board, "needs").locator("[data-card]")).to_have_count(1)
    assert Lead.objects.get().step == 3


def test_a_card_is_moved_by_its_menu_with_the_keyboard_alone(board, chen_jianguo):
    board.get_by_role("link", name="Move 陈建国").focus()
    board.keyboard.press("Enter")
    reason = board.locator('#sheet [name="reason"]')
    expect(reason).to_be_visible()
    reason.focus()
    board.keyboard.type("saw it before")
    board.keyboard.press("Enter")
    expect(column(board, "walkaround")).to_contain_text("陈建国")


def test_on_a_phone_one_column_fills_the_screen_and_its_neighbour_is_one_tap_away(
    phone_page, sign_in, li, chen_jianguo
):
    sign_in(phone_page, li)
    phone_page.goto("/leads/board/")
    card = column(phone_page, "needs").locator("[data-card]")
    expect(card).to_be_in_viewport(ratio=1)
    column(phone_page, "needs").get_by_role("link", name="Reception").tap()
    expect(column(phone_page, "reception")).to_be_in_viewport(ratio=0.9)
    expect(card).not_to_be_in_viewport()
    column(phone_page, "reception").get_by_role("link", name="Needs analysis").tap()
    expect(card).to_be_in_viewport(ratio=1)
    assert column(phone_page, "needs").bounding_box()["width"] >= 350


def test_ticked_rows_are_given_and_taken_back(desktop_page, sign_in, store, li, wang, chen, chen_jianguo):
    sign_in(desktop_page, chen)
    desktop_page.goto("/leads/")
    bar = desktop_page.locator(".bulk-bar")
    expect(bar).not_to_be_visible()
    desktop_page.get_by_role("checkbox", name="陈建国").check()
    expect(bar).to_contain_text("Ticked 1")
    bar.get_by_role("button", name="Give").click()
    sheet = desktop_page.locator("#sheet")
    sheet.locator("label.chip", has_text="王芳").click()
    sheet.locator('[name="reason"]').fill("Li is away")
    sheet.get_by_role("button", name="Give").click()
    toast = desktop_page.locator(".toast")
    expect(toast).to_contain_text("1 customer given")
    assert Lead.objects.get().owner == wang
    toast.get_by_role("button", name="Undo").click()
    expect(desktop_page.locator(".toast")).to_contain_text("1 customer is back")
    assert Lead.objects.get().owner == li


def test_ctrl_k_finds_a_customer_and_enter_opens_the_card(desktop_page, sign_in, store, li, chen_jianguo):
    known(store, li, "陈建华", "13800005678")
    sign_in(desktop_page, li)
    desktop_page.goto("/")
    desktop_page.keyboard.press("Control+k")
    desktop_page.keyboard.insert_text("chenjianguo")  # at once: the list is not made anew below the arrow
    expect(desktop_page.locator("#found a.found")).to_have_count(1)
    desktop_page.keyboard.press("ArrowDown")
    desktop_page.keyboard.press("Enter")
    desktop_page.wait_for_url(f"**/leads/{chen_jianguo.number}/")


def test_a_slash_opens_the_panel_and_escape_closes_it(desktop_page, sign_in, li, chen_jianguo):
    sign_in(desktop_page, li)
    desktop_page.goto("/leads/")
    desktop_page.keyboard.press("/")
    panel = desktop_page.locator("#search-panel")
    expect(panel).to_be_visible()
    desktop_page.keyboard.press("Escape")
    expect(panel).not_to_be_visible()


def test_the_magnifier_opens_the_panel_over_the_whole_phone(phone_page, sign_in, li, chen_jianguo, axe):
    sign_in(phone_page, li)
    phone_page.goto("/")
    phone_page.get_by_role("link", name="Search").tap()
    phone_page.locator("#panel-field").fill("1234")
    expect(phone_page.locator("#found")).to_contain_text("138****1234")
    assert phone_page.locator("#search-panel").bounding_box()["width"] == 390
    assert axe(phone_page) == []
