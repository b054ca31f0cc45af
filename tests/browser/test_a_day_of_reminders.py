"""A day on which the reminders arrive: a consultant and a deputy on their phones, the manager at the desk.

The sweep runs as the machine would run it at each moment; the people do the rest with their thumbs.
"""

import datetime as dt
import os
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.days_off import Kind, set_days
from accounts.models import User
from followups.models import Appointment, Contact, Notice, Task
from followups.tasks import sweep_all
from followups.telling import tell_what_happened
from leads.models import Customer, Lead, LeadEvent
from showroom.visits import Arrival, log_visit
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_log_taps import DIALLER, MOST_TAPS, Taps, come_back
from tests.conftest import at, person
from tests.factories import PhoneFactory
from tests.followups.worked_leads import make_lead

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = dt.date(2026, 3, 12)
IN_HAND = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
AT_THE_DESK = {"viewport": DESKTOP}
PICTURES = os.environ.get("LOOKS", "")  # a folder: every look of every page is kept there
# What waits for a minute to go by waits until the test says so.
MINUTES = """
{
  const waiting = [], later = window.setTimeout;
  window.setTimeout = (act, ms, ...more) => (ms === 60000 ? waiting.push(act) : later(act, ms, ...more));
  window.aMinuteGoesBy = () => waiting.splice(0).forEach((act) => act());
}
"""
WORDS = {
    "en": {
        "unread": "unread",
        "digest": "Overdue 2 · Today 2 · Protection ends within two days 2",
        "late": "A 1 month, 3 days late · goes to the pool in 1 day",
        "zhou": "H 7 days · last 2 days ago",
        "su": "A 1 month · last 8 days ago",
        "open": "Model open",
        "dialled": "09:06 dialled · H 7 days",
        "logged": "Logged, next date 14 Mar",
        "undo": "Undo",
        "put_off": "Put off until 11:06",
        "su_later": "snoozed until 11:06 · A 1 month · last 8 days ago",
        "covered": "Covered for others 1",
        "covering": "Covering for 王芳",
        "due": "Thu 12 Mar",
        "nothing_to_cover": "Nothing is due for you today.",
        "desk": "Escalated 2",
        "came_up": "2 overdue tasks have come up to you",
        "up": "3 days overdue · Next contact | Give | Take back",
        "given": "Given to 赵敏",
        "pool": "Into the pool",
        "yours": "{} is your customer now",
        "not_yours": "{} is no longer your customer",
        "does_not_open": "{} is with somebody else now, so it does not open for you.",
        "at_the_door": "Your customer {} is in the showroom",
        "today": "Today",
    },
    "zh-hans": {
        "unread": "未读",
        "digest": "逾期 2 · 今天 2 · 两天内保护期到期 2",
        "late": "A级 1个月内 · 逾期3天 · 1天后掉入公海",
        "zhou": "H级 7天内 · 2天前跟进",
        "su": "A级 1个月内 · 8天前跟进",
        "open": "未定车型",
        "dialled": "09:06 拨出 · H级 7天内",
        "logged": "已记录，下次跟进3月14日",
        "undo": "撤销",
        "put_off": "已延后到11:06",
        "su_later": "延后到11:06 · A级 1个月内 · 8天前跟进",
        "covered": "代跟进 1",
        "covering": "代王芳跟进",
        "due": "3月12日 周四",
        "nothing_to_cover": "今天没有要代跟进的。",
        "desk": "已上报 2",
        "came_up": "有2项逾期待办上报给你",
        "up": "逾期3天 · 下次跟进 | 转交 | 收回",
        "given": "已转给赵敏",
        "pool": "放入公海",
        "yours": "潜客{}现在由你负责",
        "not_yours": "潜客{}不再由你负责",
        "does_not_open": "潜客{}现在由别人负责，你打不开它了。",
        "at_the_door": "你的客户{}到店了",
        "today": "今天",
    },
}


@dataclass
class Day:
    """The customers of the day, and who looks at what is shown: `say` holds the texts of the language."""

    zhou: Lead  # Li's, due today: called
    su: Lead  # Li's, due today: put off
    peng: Lead  # Li's, late: given to somebody else
    ma: Lead  # Li's, late: taken back
    wu: Lead  # Wang's, who is absent
    language: str = ""
    axe: object = None
    freeze: object = None
    seen: int = 0

    @property
    def say(self) -> dict[str, str]:
        return WORDS[self.language]

    def look(self, page: Page, name: str) -> None:
        """axe finds nothing on what is open."""
        assert self.axe(page) == [], name
        self.seen += 1
        if PICTURES:
            self._keep(page, f"{self.seen:02}-{name}-{self.language}")

    def _keep(self, page: Page, name: str) -> None:
        size = page.viewport_size
        for look, theme in product((PHONE, DESKTOP), ("light", "dark")):
            page.set_viewport_size(look)
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=Path(PICTURES) / f"{name}-{look['width']}-{theme}.png", full_page=True)
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light")


def known(store, owner, grade, name, tail, **facts) -> Lead:
    lead = make_lead(store, owner, grade, **{"visited": "2026-03-01 10:00", **facts})
    Customer.objects.filter(pk=lead.customer_id).update(name=name)
    PhoneFactory(customer=lead.customer, value=f"+861380000{tail}")
    return lead


@pytest.fixture(params=["zh-hans", "en"])
def day(request, store, li, wang, zhao, chen, freeze, axe) -> Day:
    """12 March: Wang is absent, Zhao covers; somebody else runs the machine."""
    person(store, "he", "何伟", "admin")
    User.objects.update(language=request.param)
    set_days(wang, store, TODAY, TODAY, Kind.ABSENT, deputy=zhao, by=chen, at=at("2026-03-11 10:00"))
    return Day(
        known(store, li, "H", "周雅琴", "1234", contacted="2026-03-10 15:00"),
        known(store, li, "A", "苏晓燕", "1235", contacted="2026-03-04 15:00", due="2026-03-12"),
        known(store, li, "A", "彭丽", "1236", contacted="2026-03-02 11:00", due="2026-03-09"),
        known(store, li, "A", "马国强", "1237", contacted="2026-03-02 12:00", due="2026-03-09"),
        known(store, wang, "H", "吴磊", "1238", contacted="2026-03-10 16:00"),
        language=request.param,
        axe=axe,
        freeze=freeze,
    )


@pytest.fixture
def browser_of(open_page, sign_in, day):
    """A browser in which somebody is signed in: `browser_of(li, IN_HAND)`."""

    def begin(user, options) -> Page:
        locale = "en-GB" if day.language == "en" else "zh-CN"
        page = open_page(locale=locale, reduced_motion="reduce", **options)
        page.add_init_script(DIALLER + MINUTES)
        sign_in(page, user)
        return page

    return begin


def rows(page: Page, part: str = "main") -> list[str]:
    """The lists that are to be seen, a line for each row."""
    texts = page.locator(f"{part} li.row:visible").all_inner_texts()
    return [" | ".join(text.replace("\N{NO-BREAK SPACE}", " ").split("\n")) for text in texts]


def toasts(page: Page) -> list[str]:
    return [" | ".join(toast.split("\n")) for toast in page.locator(".toast").all_inner_texts()]


def expect_lines(read, page: Page, wanted: list[str]) -> None:
    """What is read comes to be this: a list may still be on its way."""
    for _moment in range(100):
        if read(page) == wanted:
            return
        page.wait_for_timeout(50)
    assert read(page) == wanted


def open_bell(page: Page) -> list[str]:
    page.locator(".bell").click()
    page.locator("#sheet .notices").wait_for()
    return rows(page, "#sheet")


def open_notice(page: Page, place: int = 0) -> None:
    with page.expect_navigation():
        page.locator("#sheet .notices button").nth(place).click()


@pytest.mark.thorough
def test_a_day_of_reminders(day, browser_of, li, zhao, chen):
    sweep_all(at("2026-03-12 00:05"))
    for minute in ("09:00", "09:05"):
        sweep_all(at(f"2026-03-12 {minute}"))
    on_li, on_zhao = browser_of(li, IN_HAND), browser_of(zhao, IN_HAND)
    the_bell_brings_the_digest(on_li, day)
    a_call_is_three_taps(on_li, day)
    one_is_put_off(on_li, day)
    the_deputy_covers(on_zhao, day, zhao)
    the_manager_reads_what_came_up(browser_of(chen, AT_THE_DESK), day, zhao)
    what_the_manager_did_is_told(on_li, on_zhao, day)
    who_is_at_the_door_is_told_at_once(on_li, day, chen)
    what_was_put_off_comes_back(on_li, day)
    assert everything_told() == [
        ("chen", "overdue_up", {"n": 2}),
        ("chen", "digest", {"escalated": 2}),
        ("li", "digest", {"overdue": 2, "today": 2, "lapsing": 2}),
        ("li", "taken", day.peng.number),
        ("li", "taken", day.ma.number),
        ("li", "at_the_door", day.zhou.number),
        ("zhao", "digest", {"covering": 1}),
        ("zhao", "given", day.peng.number),
    ]  # each once, however often the sweep came


def everything_told() -> list[tuple]:
    notices = Notice.objects.select_related("user", "lead").order_by("user__username", "at", "pk")
    return [(one.user.username, one.kind, one.lead.number if one.lead else one.args) for one in notices]


# --- the consultant, on the phone ----------------------------------------------------------------


def late_rows(day) -> list[str]:
    return [f"A | {name} | {day.say['open']} | {day.say['late']}" for name in ("彭丽", "马国强")]


def due_row(day, grade: str, name: str, key: str) -> str:
    return f"{grade} | {name} | {day.say['open']} | {day.say[key]}"


def the_bell_brings_the_digest(page, day):
    say = day.say
    day.freeze("2026-03-12 09:06")
    page.goto("/", wait_until="networkidle")
    expect(page.locator(".bell-count")).to_have_text(f"1 {say['unread']}")
    day.look(page, "my-day")
    assert open_bell(page) == [f"{say['digest']} | {say['unread']} | {say['today']} 09:00"]
    day.look(page, "bell")
    open_notice(page)
    assert page.url.endswith("/")
    zhou, su = due_row(day, "H", "周雅琴", "zhou"), due_row(day, "A", "苏晓燕", "su")
    expect_lines(rows, page, [*late_rows(day), zhou, su])
    expect(page.locator(".bell-count")).to_have_text("")


def call(page, day, place: str, outcome: str, name: str) -> int:
    """Dial from a list, tap what came out, save; answers how many taps it took."""
    tap = Taps()
    with page.expect_response("**/number/"):
        tap(page.locator(f"{place} [data-dial]"))
    come_back(page)
    sheet = page.get_by_role("dialog")
    tap(sheet.locator(f"label.chip:has([value={outcome}])"))
    day.look(page, name)
    expect(sheet.locator("[name=next_pick]:checked")).to_have_value("2026-03-14")
    tap(sheet.locator("[data-save]"))
    return tap.count


def a_call_is_three_taps(page, day):
    say = day.say
    assert call(page, day, f"#customer-{day.zhou.customer_id}", "comparing", "log") == MOST_TAPS
    page.locator("#done").wait_for(state="attached")
    expect_lines(toasts, page, [f"{say['logged']} | {say['undo']}"])
    expect_lines(rows, page, [*late_rows(day), due_row(day, "A", "苏晓燕", "su")])
    done = Task.objects.get(lead=day.zhou, kind="cadence", state="done")
    assert (done.closed_by.username, done.contact.outcome) == ("li", "comparing")
    assert Task.objects.get(lead=day.zhou, state="open").due_on == dt.date(2026, 3, 14)


def one_is_put_off(page, day):
    page.locator(f"[id='log-{day.su.customer_id}']").tap()
    sheet = page.get_by_role("dialog")
    sheet.locator("[href*=snooze]").tap()
    sheet.locator("label.chip:has([value='120'])").tap()
    sheet.locator("label.chip:has([value=serving])").tap()
    day.look(page, "snooze")
    sheet.locator(".sheet-foot button").tap()
    page.locator("#snoozed").wait_for()
    expect(page.locator(".toast").last).to_have_text(day.say["put_off"])
    expect_lines(rows, page, late_rows(day))
    day.look(page, "put-off")
    task = Task.objects.get(lead=day.su, kind="cadence", state="open")
    assert (task.due_on, task.snoozed_until) == (TODAY, at("2026-03-12 11:06"))
    assert LeadEvent.objects.get(lead=day.su, kind="snooze").reason == "serving"


def what_was_put_off_comes_back(page, day):
    """Nothing else waits by then: until its moment it stands open below."""
    for clock, why in (("11:05", "su_later"), ("11:06", "su")):
        day.freeze(f"2026-03-12 {clock}")
        page.goto("/", wait_until="networkidle")
        expect_lines(rows, page, [due_row(day, "A", "苏晓燕", why)])
        day.look(page, why.replace("_", "-"))


# --- the deputy, on the phone --------------------------------------------------------------------


def the_deputy_covers(page, day, zhao):
    say, row = day.say, f"#covering-{day.wu.pk}"
    day.freeze("2026-03-12 09:10")
    page.goto("/", wait_until="networkidle")
    assert open_bell(page) == [f"{say['covered']} | {say['unread']} | {say['today']} 09:00"]
    open_notice(page)
    panel = page.get_by_label(say["covering"])
    expect_lines(
        lambda _page: panel.inner_text().split("\n"), page, [say["covering"], "1", "H", "吴磊", say["due"]]
    )
    day.look(page, "covering")
    assert call(page, day, row, "coming", "covering-log") == MOST_TAPS
    page.locator(row).wait_for(state="detached")
    expect(panel).to_contain_text(say["nothing_to_cover"])
    day.look(page, "covered")
    contact, lead = Contact.objects.get(lead=day.wu), Lead.objects.get(pk=day.wu.pk)
    assert (contact.by, contact.for_user.username, lead.owner.username) == (zhao, "wang", "wang")
    done, following = Task.objects.filter(lead=day.wu, kind="cadence").order_by("pk")
    assert (done.state, done.closed_by, done.assignee.username) == ("done", zhao, "wang")
    assert (following.state, following.assignee.username) == ("open", "wang")
    assert Appointment.objects.get(lead=day.wu).at == at("2026-03-14 10:00")


# --- the manager, at the desk --------------------------------------------------------------------


def the_manager_reads_what_came_up(page, day, zhao):
    say = day.say
    day.freeze("2026-03-12 09:20")
    page.goto("/", wait_until="networkidle")
    day.look(page, "team")
    assert open_bell(page) == [
        f"{say['desk']} | {say['unread']} | {say['today']} 09:00",
        f"{say['came_up']} | {say['unread']} | {say['today']} 00:00",
    ]
    day.look(page, "bell-of-the-manager")
    open_notice(page, 1)
    assert page.url.endswith("/escalated/")
    expect_lines(rows, page, [f"A | {name} | 李强 | {say['up']}" for name in ("彭丽", "马国强")])
    day.look(page, "escalated")
    decide(page, day, "彭丽", 0, "赵敏")
    expect_lines(toasts, page, [say["given"]])
    expect_lines(rows, page, [f"A | 彭丽 | 赵敏 | {say['up']}", f"A | 马国强 | 李强 | {say['up']}"])
    decide(page, day, "马国强", 1)
    expect_lines(toasts, page, [say["pool"]])
    expect_lines(rows, page, [f"A | 彭丽 | 赵敏 | {say['up']}"])
    held = {lead.pk: lead.owner for lead in Lead.objects.filter(pk__in=[day.peng.pk, day.ma.pk])}
    assert held == {day.peng.pk: zhao, day.ma.pk: None}


def decide(page, day, name: str, act: int, to: str = "") -> None:
    """Give (0) a customer to somebody, or take back (1), and stand on the same list again."""
    page.locator("main li.row", has_text=name).locator(".row-acts a").nth(act).click()
    sheet = page.get_by_role("dialog")
    if to:
        sheet.locator("label.chip", has_text=to).click()
    sheet.locator(".sheet-foot button").wait_for()
    day.look(page, "take-back" if act else "give")
    with page.expect_navigation():
        sheet.locator(".sheet-foot button").click()
    assert page.url.endswith("/escalated/")


# --- what one did is told to the others -----------------------------------------------------------


def what_the_manager_did_is_told(on_li, on_zhao, day):
    say, now = day.say, f"{day.say['unread']} | {day.say['today']} 09:21"
    day.freeze("2026-03-12 09:21")
    for _minute in range(2):
        tell_what_happened(at("2026-03-12 09:21"))
    on_zhao.goto("/", wait_until="networkidle")
    assert open_bell(on_zhao)[0] == f"{say['yours'].format(day.peng.number)} | {now}"
    open_notice(on_zhao)
    assert on_zhao.url.endswith(f"/leads/{day.peng.number}/")
    expect(on_zhao.get_by_role("heading", name="彭丽")).to_be_visible()
    on_li.goto("/", wait_until="networkidle")
    assert open_bell(on_li)[:2] == [
        f"{say['not_yours'].format(lead.number)} | {now}" for lead in (day.ma, day.peng)
    ]
    open_notice(on_li)
    expect_lines(toasts, on_li, [say["does_not_open"].format(day.ma.number)])
    day.look(on_li, "notices")


def who_is_at_the_door_is_told_at_once(page, day, chen):
    """The bell of a page that stands open says it, and opens the customer."""
    text, came = day.say["at_the_door"].format(day.zhou.number), at("2026-03-12 10:30")
    page.goto("/", wait_until="networkidle")
    page.locator(".bell-count[hx-get*='seen']:not(.htmx-added)").wait_for(state="attached")  # the bell waits
    who = {"receiver": day.zhou.owner, "by": chen}
    log_visit(day.zhou.store, Arrival(lead_id=day.zhou.pk), at=came, now=came, **who)
    day.freeze("2026-03-12 10:31")
    tell_what_happened(at("2026-03-12 10:31"))
    page.evaluate("aMinuteGoesBy()")
    expect(page.locator(".toast")).to_have_text(text)
    expect(page.locator(".bell-count")).to_have_text(f"2 {day.say['unread']}")
    day.look(page, "at-the-door")
    assert open_bell(page)[0] == f"{text} | {day.say['unread']} | {day.say['today']} 10:31"
    open_notice(page)
    assert page.url.endswith(f"/leads/{day.zhou.number}/")
    expect(page.get_by_role("heading", name="周雅琴")).to_be_visible()
    day.look(page, "card")
