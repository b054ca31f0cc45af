"""Two people, each at a browser of their own: a claim that is settled, and the handover of a leaver."""

import re

import pytest
from playwright.sync_api import expect

from followups.models import Contact
from leads.models import Dispute, Lead, LeadEvent
from showroom.visits import Arrival, log_visit
from tests.browser.conftest import DESKTOP, PHONE
from tests.conftest import at
from tests.showroom.known import know

pytestmark = [pytest.mark.browser, pytest.mark.thorough, pytest.mark.django_db(transaction=True)]

CLAIM = "I showed them round and gave my card"
DECIDED = "The manager decided for 王芳: Wang did the work"
TYPED = "Comes on Saturday with his wife"
IN_HAND = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
AT_THE_DESK = {"viewport": DESKTOP}


@pytest.fixture
def browser_of(open_page, sign_in):
    """A browser in which somebody is signed in: `browser_of(li, IN_HAND)`."""

    def begin(person, options):
        page = open_page(**options)
        sign_in(page, person)
        return page

    return begin


def my_day(page):
    """My day with what it fetches later; answers what stands between colleagues."""
    page.goto("/", wait_until="networkidle")
    return page.locator("#together")


# --- whose customer -----------------------------------------------------------------------


@pytest.fixture
def peng(store, li, wang, freeze):
    """A customer of Li whom Wang received yesterday, as a courtesy."""
    lead = know(store, li, "13505188805", "彭丽", grade="A")
    came = at("2026-03-11 10:00")
    log_visit(store, Arrival(lead_id=lead.pk), receiver=wang, by=wang, at=came, now=came)
    freeze("2026-03-12 09:46")
    return lead


@pytest.fixture
def on_li(browser_of, li):
    return browser_of(li, IN_HAND)


@pytest.fixture
def on_wang(browser_of, wang):
    return browser_of(wang, IN_HAND)


def claim(page, lead) -> None:
    """Find a colleague's customer by the last four digits, and say that it is one's own."""
    page.goto("/", wait_until="networkidle")
    page.get_by_role("link", name="Search").tap()
    page.locator("#panel-field").fill("8805")
    page.locator("#found a.found").tap()
    expect(page.get_by_role("heading", name="彭**")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("彭丽")
    page.get_by_role("link", name="Claim this customer").tap()
    page.get_by_role("textbox", name="Why it is yours").fill(CLAIM)
    page.get_by_role("button", name="Claim").tap()
    expect(page.get_by_role("button", name="Withdraw the claim")).to_be_visible()
    assert Dispute.objects.get(lead=lead).claim == CLAIM


def test_the_manager_decides_and_both_read_the_end(on_li, on_wang, browser_of, chen, peng, freeze, axe):
    claim(on_wang, peng)
    between = my_day(on_li)
    expect(between).to_contain_text("王芳 claims a customer of 李强")
    between.get_by_role("link", name="Look").tap()
    sheet = on_li.get_by_role("dialog")
    expect(sheet).to_contain_text(CLAIM)
    answer = sheet.get_by_role("button", name="Leave it to 王芳")
    expect(answer).to_be_visible()

    freeze("2026-03-12 10:10")
    decide(browser_of(chen, AT_THE_DESK), "王芳", "Wang did the work")
    assert Lead.objects.get().owner.full_name == "王芳"

    answer.tap()  # he had not answered yet: too late
    expect(sheet).to_contain_text("This dispute is settled already.")
    expect(sheet).to_contain_text(DECIDED)
    assert axe(on_li) == []
    for page in (on_li, on_wang):
        expect(my_day(page)).to_contain_text(DECIDED)
    on_wang.goto(f"/leads/{peng.number}/")
    expect(on_wang.locator("main")).to_contain_text("Dispute settled for 王芳")
    assert on_li.goto(f"/leads/{peng.number}/").status == 404
    assert LeadEvent.objects.filter(kind="owner").count() == 1


def decide(page, winner: str, reason: str) -> None:
    """The manager's part, from My day."""
    my_day(page).get_by_role("link", name="Look").click()
    sheet = page.get_by_role("dialog")
    sheet.locator("label.chip", has_text=winner).click()
    sheet.get_by_role("textbox", name="Why").fill(reason)
    sheet.get_by_role("button", name="Decide").click()
    expect(page.locator(".toast")).to_contain_text(f"It is {winner}'s customer")


def test_the_owner_answers_by_leaving_the_customer_to_the_claimant(on_li, on_wang, li, wang, peng):
    claim(on_wang, peng)
    my_day(on_li).get_by_role("link", name="Look").tap()
    sheet = on_li.get_by_role("dialog")
    with on_li.expect_navigation():
        sheet.get_by_role("button", name="Leave it to 王芳").tap()
    expect(on_li.locator(".toast")).to_contain_text("Settled")
    dispute = Dispute.objects.get()
    assert (dispute.winner, dispute.decided_by, Lead.objects.get().owner) == (wang, li, wang)
    for page in (on_li, on_wang):
        expect(my_day(page)).to_contain_text("李强 left the customer to 王芳.")
    on_wang.goto("/leads/")
    expect(on_wang.locator("main")).to_contain_text("彭丽")


# --- a leaver's handover ------------------------------------------------------------------


@pytest.fixture
def leads_of_wang(store, wang, freeze):
    """Four open customers: two hot, one warm, one cool, each due today."""
    freeze("2026-03-12 09:46")
    rows = (("周雅琴", "H"), ("吴磊", "H"), ("苏晓燕", "A"), ("马国强", "C"))
    return [
        know(store, wang, f"1362087100{place}", name, grade=grade) for place, (name, grade) in enumerate(rows)
    ]


@pytest.fixture
def people(browser_of, chen, li, zhao, wang, leads_of_wang):
    """The manager's page of who leaves, by way of People."""
    page = browser_of(chen, AT_THE_DESK)
    page.goto("/people/")
    page.get_by_role("link", name="王芳").click()
    page.get_by_role("link", name="Hand over and let go").click()
    expect(page.get_by_role("heading", name="王芳 leaves")).to_be_visible()
    return page


def share_out(page, *names: str) -> None:
    form = page.locator("form", has_text="To one, or evenly among several")
    for name in names:
        form.locator("label.chip", has_text=name).click()
    form.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("No open lead is left.")).to_be_visible()


def test_a_leavers_customers_are_shared_out_and_the_colleague_finds_them(
    people, on_li, on_wang, li, zhao, wang, leads_of_wang, axe
):
    on_wang.goto("/", wait_until="networkidle")
    expect(people.get_by_role("status").filter(has_text="4 open leads")).to_be_visible()
    share_out(people, "李强", "赵敏")
    assert [Lead.objects.filter(owner=one).count() for one in (li, zhao, wang)] == [2, 2, 0]

    theirs = Lead.objects.filter(owner=li).order_by("pk")
    on_li.goto("/leads/")
    rows = on_li.locator("main .row")
    expect(rows).to_have_count(2)
    for lead in theirs:
        expect(on_li.locator("main")).to_contain_text(lead.customer.name)
    on_li.goto(f"/leads/{theirs[0].number}/")
    expect(on_li.locator("main")).to_contain_text("Owner: 李强")
    expect(on_li.locator("main")).to_contain_text("The owner left; handed over.")

    people.goto(f"/people/{wang.pk}/leaving/sheet/")
    for lead in leads_of_wang:
        expect(people.locator("main")).to_contain_text(lead.number)
    expect(people.locator("main")).to_contain_text("周**")
    expect(people.locator("main")).not_to_contain_text("周雅琴")
    assert axe(people) == []


def test_a_form_still_open_at_the_leaver_keeps_the_text_then_the_account_is_closed(
    people, on_wang, li, wang, leads_of_wang
):
    """SPEC A70: nothing is written, what was typed stands there to copy."""
    lead = leads_of_wang[0]
    on_wang.goto(f"/leads/{lead.number}/", wait_until="networkidle")
    on_wang.get_by_role("link", name="Comparing").tap()
    sheet = on_wang.get_by_role("dialog")
    sheet.get_by_role("textbox", name="Add a sentence").fill(TYPED)

    share_out(people, "李强")
    sheet.locator("[data-save]").tap()
    expect(on_wang.get_by_role("heading", name="No longer your customer")).to_be_visible()
    expect(on_wang.get_by_role("textbox", name="What you typed")).to_have_value(TYPED)
    assert (Contact.objects.count(), Lead.objects.get(pk=lead.pk).owner) == (0, li)
    assert on_wang.goto(f"/leads/{lead.number}/").status == 404

    people.get_by_role("button", name="Let 王芳 go").click()
    people.wait_for_url("**/people/")
    expect(people.locator("main")).to_contain_text("Left the store")
    on_wang.goto("/leads/")
    expect(on_wang).to_have_url(re.compile(r"/login/"))
    wang.refresh_from_db()
    assert wang.is_active is False
