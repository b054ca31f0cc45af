"""Every page, in both languages and themes, on a phone and a desktop: nothing is at fault."""

import os
import re
from itertools import cycle, product
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.one_of_everything import NOW, TOKEN, one_of_everything
from tests.browser.uploads import make_uploads
from tests.conftest import at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = list(product((PHONE, DESKTOP), ("light", "dark")))
TURNS = [
    ("zh-hans", PHONE, "light"),
    ("en", DESKTOP, "light"),
    ("zh-hans", DESKTOP, "dark"),
    ("en", PHONE, "dark"),
]
PARTS = 4  # what two workers share should come in pieces
# A folder for pictures: every look is kept there, and judged by axe (`make looks`).
PICTURES = os.environ.get("LOOKS", "")
in_one_look = pytest.mark.skipif(bool(PICTURES), reason="every look is taken anyway")
# Otherwise axe judges one look of each language; the others are measured.
JUDGED = {"zh-hans": (PHONE, "light"), "en": (DESKTOP, "dark")}
# Nobody, or a person; what is typed into the phone field follows the address.
TABLET = "the shared tablet"  # nobody is signed in on it
PAGES = [
    ("", "/login/"),
    ("", "/nothing-here/"),
    ("", "/welcome/1/x/"),
    ("", "{way_in}"),
    ("li", "/"),
    ("li", "/backlog/"),
    ("li", "/leads/{own}/log/"),
    ("li", "/leads/{graceless}/log/?outcome=coming"),
    ("li", "/appointments/{appointment}/"),
    ("li", "/appointments/"),
    ("chen", "/appointments/?span=week"),
    ("li", "/appointments/?on=2026-03-20"),
    ("li", "/walk-in/"),
    ("li", "/walk-in/", "8805"),
    ("li", "/walk-in/", "13505188805"),
    ("li", "/walk-in/", "13700000000"),
    ("li", "/visits/{visit}/close/"),
    ("li", "/visits/{returned}/close/"),
    ("li", "/call/"),
    ("li", "/call/", "8805"),
    ("li", "/call/", "13505188805"),
    ("li", "/register/"),
    ("li", "/register/visits/{visit}/edit/"),
    ("chen", "/register/"),
    ("chen", "/register/?tab=calls"),
    ("chen", "/register/?tab=desk"),
    ("chen", "/register/calls/{call}/edit/"),
    ("li", "/leads/{own}/"),
    ("li", "/leads/{own}/?tab=details"),
    ("li", "/leads/{own}/move/"),
    ("li", "/leads/{floor}/"),
    ("li", "/leads/{floor}/?tab=details"),
    ("li", "/leads/{floor}/walkaround/"),
    ("li", "/leads/{own}/walkaround/"),
    ("li", "/leads/{floor}/price-talk/"),
    ("li", "/leads/{own}/price-talk/"),
    ("li", "/leads/{floor}/price-talk/objection/"),
    ("li", "/leads/{floor}/price-talk/concession/"),
    ("li", "/leads/{own}/edit/"),
    ("li", "/leads/{own}/message/"),
    ("li", "/leads/{own}/snooze/"),
    ("li", "/leads/{own}/maker/"),
    ("li", "/notices/"),
    ("li", "/entries/"),
    ("chen", "/entries/"),
    ("chen", "/leads/{own}/why-today/"),
    ("chen", "/workload/"),
    ("chen", "/escalated/"),
    ("li", "/me/channels/add/"),
    ("chen", "/settings/channels/"),
    ("li", "/leads/maker/"),
    ("li", "/leads/{graceless}/"),
    ("li", "/leads/"),
    ("li", "/leads/?q=zzzz"),
    ("li", "/leads/?order=priority"),
    ("li", "/leads/board/"),
    ("li", "/leads/search/"),
    ("li", "/leads/filter/"),
    ("li", "/leads/{own}/lose/?asked=1"),
    ("li", "/leads/{own}/rest/"),
    ("li", "/leads/{own}/invalid/"),
    ("li", "/leads/{own}/another/"),
    ("li", "/leads/{resting}/back/"),
    ("li", "/leads/{lost}/back/"),
    ("li", "/leads/{resting}/"),
    ("li", "/leads/{lost}/"),
    ("chen", "/leads/{gone}/"),
    ("chen", "/losses/"),
    ("chen", "/losses/found/?period=week"),
    ("chen", "/losses/{loss}/"),
    ("chen", "/losses/invalid/"),
    ("li", "/night/"),
    ("li", "/nothing-here/"),
    ("wang", "/"),
    ("zhao", "/"),
    ("chen", "/"),
    ("chen", "/?person={li}"),
    ("chen", "/leads/"),
    ("chen", "/leads/board/?view=stuck"),
    ("chen", "/leads/views/new/?grade=H"),
    ("chen", "/leads/views/{view}/"),
    ("chen", "/leads/give/"),
    ("chen", "/leads/given/"),
    ("chen", "/leads/{own}/"),
    ("chen", "/leads/{own}/number/"),
    ("chen", "/leads/{own}/merge/"),
    ("chen", "/leads/{own}/merge/?q=8805"),
    ("chen", "/leads/{own}/merge/{other}/"),
    ("chen", "/merges/"),
    ("chen", "/night/"),
    ("li", "/me/"),
    ("li", "/me/pin/"),
    ("li", "/me/password/"),
    ("li", "/me/days-off/"),
    ("li", "/me/days-off/week/"),
    ("chen", "/people/"),
    ("chen", "/people/add/"),
    ("chen", "/people/teams/"),
    ("chen", "/people/{li}/"),
    ("chen", "/people/{li}/roles/"),
    ("chen", "/people/{li}/leaving/"),
    ("chen", "/people/{li}/leaving/sheet/"),
    ("chen", "/people/{li}/edit/"),
    ("chen", "/people/{li}/days-off/"),
    ("chen", "/people/{li}/days-off/week/"),
    ("chen", "/people/teams/{team}/"),
    ("chen", "/settings/"),
    ("chen", "/settings/rules/protection_days/"),
    ("chen", "/settings/hours/"),
    ("chen", "/settings/tablets/"),
    ("chen", "/settings/grades/"),
    ("chen", "/settings/grades/?profile=classic"),
    ("chen", "/settings/messages/"),
    ("chen", "/settings/messages/thank_you/sms/zh-hans/"),
    ("chen", "/settings/messages/drive_eve/email/en/"),
    ("chen", "/messages/"),
    ("chen", "/settings/lists/channel/"),
    ("chen", "/settings/lists/area/"),
    ("chen", "/settings/lists/media/"),
    ("chen", "/settings/lists/lost_reason/"),
    ("chen", "/settings/lists/channel/{term}/"),
    ("chen", "/settings/models/{model}/"),
    ("chen", "/settings/models/"),
    ("li", "/reports/daily/"),
    ("li", "/reports/funnel/"),
    ("chen", "/reports/daily/?on=2026-03-11"),
    ("chen", "/reports/funnel/"),
    ("chen", "/reports/funnel/?known=2026-03-11&period=90"),
    ("chen", "/reports/funnel/leads/?of=stock&step=reception"),
    ("chen", "/reports/work/?of=visits"),
    ("li", "/together/"),
    ("li", "/evening/"),
    ("chen", "/evening/"),
    ("chen", "/evening/week/"),
    ("chen", "/evening/day/"),
    ("chen", "/rewards/"),
    ("chen", "/leads/maker/?kind=loss"),
    ("li", "/leads/{won}/maker/?kind=order"),
    ("chen", "/paste/"),
    ("li", "/pool/"),
    ("li", "/leads/{pooled}/masked/"),
    ("li", "/leads/{tipped}/masked/"),
    ("li", "/leads/{other}/masked/"),
    ("li", "/leads/{other}/claim/"),
    ("li", "/leads/{shared}/"),
    ("li", "/leads/{shared}/give/"),
    ("li", "/leads/{shared}/collaborators/"),
    ("li", "/leads/{shared}/family/"),
    ("li", "/leads/{company}/"),
    ("li", "/leads/{company}/?tab=details"),
    ("li", "/leads/{company}/organisation/"),
    ("li", "/leads/{company}/out-visit/"),
    ("li", "/leads/{shared}/out-visit/"),
    ("li", "/leads/filter/?at=phase"),
    ("li", "/leads/{shared}/referred/"),
    ("li", "/leads/{shared}/referral/"),
    ("li", "/disputes/{dispute}/"),
    ("chen", "/disputes/{dispute}/"),
    ("chen", "/disputes/{settled}/"),
    ("chen", "/leads/{fresh}/setter/"),
    ("chen", "/leads/{fresh}/referral/"),
    ("chen", "/leads/{won}/credit/"),
    ("zhao", "/pool/"),
    ("chen", "/import/"),
    ("chen", "/import/{chosen}/"),
    ("chen", "/import/{checked}/"),
    ("chen", "/import/{importing}/"),
    ("chen", "/import/{cut_short}/"),
    ("chen", "/import/{done}/"),
    ("qian", "/showroom/"),
    ("qian", "/showroom/?wall=1"),
    ("chen", "/showroom/"),
    ("li", "/showroom/"),
    ("li", "/visits/{visit}/signals/"),
    ("li", "/playbook/"),
    ("li", "/playbook/?step=needs"),
    ("li", "/playbook/?q=zzz"),
    ("li", "/playbook/{read}/"),
    ("li", "/playbook/beside/reception/"),
    ("chen", "/playbook/new/"),
    ("chen", "/playbook/{ours}/edit/"),
    ("chen", "/playbook/trainings/"),
    ("chen", "/playbook/trainings/new/"),
    ("qian", "/walk-in/"),
    ("qian", "/call/"),
    ("sun", "/start/"),
    ("sun", "/rewards/"),
    (TABLET, "/tablet/"),
    (TABLET, "/tablet/?person={li}"),
]
# What opens over a page: the thing tapped, and what is to be seen then.
OVER = [
    ("li", "/", "[popovertarget=account]", "#account"),
    ("li", "/", "[data-search-open] >> visible=true", "#search-panel"),
    ("li", "/", "[hx-get$='/log/'] >> visible=true", "#sheet"),
    ("li", "/leads/{own}/", "[popovertarget=card-menu] >> visible=true", "#card-menu"),
    ("li", "/leads/{own}/", "[hx-get^='/playbook/beside/'] >> visible=true", "#sheet"),
    ("li", "/call/", ".playbook-inside > summary", ".playbook-pages .leaves >> nth=0"),
    ("chen", "/leads/", "[type=checkbox] >> nth=0", ".bulk-bar"),
    ("chen", "/people/", "[hx-get='/people/add/'] >> visible=true", "#sheet"),
]
TEMPLATES = ["413.html", "500.html", "503.html", "403_csrf.html", "accounts/locked.html"]


@pytest.fixture
def showroom(store, li, wang, zhao, chen, qian, freeze):
    freeze(NOW)
    return one_of_everything(store, li, wang, zhao, chen)


@pytest.fixture
def files(store, chen, settings, tmp_path):
    """A file in every state that an import can have, by that state."""
    settings.VAR_DIR = tmp_path
    return make_uploads(store, chen, at=at(NOW))


@pytest.fixture
def walk(open_page, sign_in, axe, showroom, live_server, files):
    """Opens pages one after the other: `walk(PAGES, "en", looks)`; answers what is at fault."""

    def do(pages, language, looks, *, judged) -> list[str]:
        page, faults, signed_in = a_phone(open_page, language), [], ""
        for who, address, *typed in pages:
            if who != signed_in:
                page.goto("about:blank")  # a page that asks by itself does not ask as somebody else
                page.context.clear_cookies()
                if who == TABLET:
                    page.context.add_cookies([{"name": "tablet", "value": TOKEN, "url": live_server.url}])
                else:
                    sign_in(page, User.objects.get(username=who))
                signed_in = who
            page.set_viewport_size(looks[0][0])
            answer = page.goto(address.format(**showroom, **files))
            faults += [f"{who} {address}: {answer.status}"] if answer.status >= 500 else []
            for digits in typed:
                with page.expect_response("**/lookup/"):
                    page.locator("#id_phone").fill(digits)
            faults += faults_of(page, axe, f"{who} {address} {''.join(typed)}", looks, judged=judged)
        return faults

    return do


@pytest.fixture
def open_over(open_page, sign_in, axe, showroom):
    """Opens one thing over a page; answers what is at fault."""

    def do(over, language, looks, *, judged) -> list[str]:
        who, address, tapped, seen = over
        page = a_phone(open_page, language)
        sign_in(page, User.objects.get(username=who))
        page.goto(address.format(**showroom), wait_until="networkidle")
        page.locator(tapped).first.tap()
        page.locator(seen).wait_for()
        return faults_of(page, axe, f"{who} {address} over {seen}", looks, judged=judged)

    return do


def a_phone(open_page, language: str):
    User.objects.update(language=language)
    locale = "zh-CN" if language == "zh-hans" else "en-GB"
    return open_page(viewport=PHONE, has_touch=True, locale=locale, reduced_motion="reduce")


@in_one_look
@pytest.mark.thorough
@pytest.mark.parametrize("turn", range(len(TURNS)))
def test_every_page_stands(turn, walk):
    """One look of each page; the looks turn from page to page."""
    language, *look = TURNS[turn]
    assert "\n".join(walk(PAGES[turn :: len(TURNS)], language, [look], judged=look)) == ""


@in_one_look
@pytest.mark.thorough
def test_what_opens_over_a_page_stands(open_over):
    faults = []
    for over, (language, *look) in zip(OVER, cycle(TURNS), strict=False):
        faults += open_over(over, language, [look], judged=look)
    assert "\n".join(faults) == ""


@pytest.mark.thorough
@pytest.mark.parametrize("language", JUDGED)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_stands_in_every_look(part, language, walk):
    faults = walk(PAGES[part::PARTS], language, LOOKS, judged=JUDGED[language])
    assert "\n".join(faults) == ""


@pytest.mark.thorough
@pytest.mark.parametrize("language", JUDGED)
def test_what_opens_over_a_page_stands_in_every_look(language, open_over):
    faults = []
    for over in OVER:
        faults += open_over(over, language, LOOKS, judged=JUDGED[language])
    assert "\n".join(faults) == ""


@pytest.mark.parametrize("language", ["zh-hans", pytest.param("en", marks=pytest.mark.thorough)])
@pytest.mark.thorough
def test_every_page_of_a_fault_stands_in_every_look(language, open_page, axe):
    page, faults, body = open_page(viewport=PHONE, reduced_motion="reduce"), [], ""
    page.route(
        "**/at-fault/", lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8")
    )
    for template in TEMPLATES:
        with translation.override(language):
            body = render_to_string(template, {"typed": [("text", "太太周六能来")], "limit": 20})
        page.goto("/at-fault/")
        faults += faults_of(page, axe, template, LOOKS, judged=JUDGED[language])
    assert "\n".join(faults) == ""


def faults_of(page, axe, name: str, looks, *, judged) -> list[str]:
    """What is wrong with the page that is open: measured in each look, and in one judged by axe."""
    faults = []
    for size, theme in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        found = page.evaluate(CUT_OFF)
        if PICTURES or [size, theme] == [*judged]:
            found += axe(page)
        if PICTURES:
            language = page.evaluate("document.documentElement.lang")
            keep(page, f"{name} {size['width']} {theme} {language}")
        faults += [f"{name} {size['width']} {theme}: {fault}" for fault in found]
    return faults


def keep(page, name: str) -> None:
    page.screenshot(
        path=Path(PICTURES) / f"{re.sub(r'[^a-zA-Z0-9]+', '-', name.strip())}.png", full_page=True
    )


# A page wider than its window, or a text wider than the button, chip or tab that holds it.
CUT_OFF = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const holders = "button, .btn, .chip, .chip > span, .segment > *, .tabs > *, .dock a, .tag";
  const held = [...document.querySelectorAll(holders)]
    .filter((e) => e.checkVisibility() && !e.closest(".hidden-text") && e.clientWidth)
    .filter((e) => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 2);
  return [
    ...(wide > 0 ? [`the page is ${wide} px too wide`] : []),
    ...held.map((e) => `cut off: ${e.textContent.trim().slice(0, 60)}`),
  ];
}"""
