"""A real browser on the live server: a phone and a desktop, signed in without the login form.

    @pytest.mark.browser
    def test_something(li, sign_in, phone_page, axe):
        sign_in(phone_page, li)
        phone_page.goto("/")
        assert axe(phone_page) == []

`freeze("2026-03-03 10:00")` fixes the server's clock at the showroom's wall clock.
"""

import json
import os
import shutil
import threading
import time
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from tests.conftest import at

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FIGURES = Path(django_settings.BASE_DIR) / "var" / "figures"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
# Judged at rest: nothing is on its way into the page, nothing moves or fades.
AT_REST = """() => {
  const forEver = (one) => one.effect.getTiming().iterations === Infinity;
  return !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")
    && document.getAnimations().every((one) => one.playState !== "running" || forEver(one));
}"""
# No selectors of the elements and nothing of what is in order: half the time.
VIOLATIONS = """axe.run({resultTypes: ["violations"], selectors: false}).then((found) => found.violations)"""
LEFT = ("htmx:afterRequest", "htmx:sendAbort", "htmx:sendError")  # said of a poll when its page is left

# Playwright's own loop runs in the thread of the tests, where Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def patience() -> float:
    """How many times longer than alone a thing may take now: those who want a processor, for each of them."""
    return max(1.0, os.getloadavg()[0] / os.cpu_count())


@pytest.fixture(scope="session")
def browser():
    """One Chromium for the whole run."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, f"none of {', '.join(BROWSERS)} is installed"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def answered(live_server):
    """Afterwards the server is at rest: every request has ended, also one whose page was left, and so have
    the threads of the connections that the pages kept. The rows may be swept, the server may stop.
    """
    yield
    for _moment in range(250):
        if not any("process_request_thread" in thread.name for thread in threading.enumerate()):
            break
        time.sleep(0.02)


@pytest.fixture
def open_page(browser, live_server, answered):
    """Opens pages of the live server: `open_page(viewport=..., has_touch=..., color_scheme="dark")`.

    What the browser complains about (script errors, blocked by the security policy) fails the test.
    """
    pages, complaints = [], []

    def new_page(**options):
        page = browser.new_context(base_url=live_server.url, **options).new_page()
        pages.append((page, _watched(page)))
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: _complain(line, complaints))
        return page

    yield new_page
    for page, under_way in pages:
        _leave(page, under_way)
    assert complaints == []


def _watched(page) -> set:
    """The requests of a page that are under way."""
    under_way: set = set()
    page.on("request", lambda request: under_way.add(request))
    page.on("requestfinished", lambda request: under_way.discard(request))
    page.on("requestfailed", lambda request: under_way.discard(request))
    return under_way


def _leave(page, under_way: set) -> None:
    """Close a page when the server has answered it; nothing (no draft) is sent into the next test."""
    for _moment in range(250):
        if not under_way:
            break
        page.wait_for_timeout(20)
    page.context.set_offline(True)
    page.context.close()


def _complain(line, complaints: list[str]) -> None:
    refused = "Failed to load resource" in line.text  # a 409 or 422 is an answer, not a fault
    left = line.text.startswith(LEFT)
    if line.type == "error" and not (refused or left):
        complaints.append(line.text)


@pytest.fixture
def phone_page(open_page):
    """390 x 844, a finger."""
    return open_page(viewport=PHONE, has_touch=True, is_mobile=True)


@pytest.fixture
def desktop_page(open_page):
    """1280 x 800, a mouse."""
    return open_page(viewport=DESKTOP)


@pytest.fixture
def sign_in(live_server):
    """Signs a person in on a page, by the session cookie."""

    def do(page, user):
        session = import_module(django_settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "accounts.backends.StaffBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        cookie = {"name": django_settings.SESSION_COOKIE_NAME, "value": session.session_key}
        page.context.add_cookies([{**cookie, "url": live_server.url}])

    return do


@pytest.fixture
def freeze(settings):
    """Fixes the clock of the server: `freeze("2026-03-03 10:00")`, Shanghai wall clock."""

    def do(wall_clock: str):
        settings.DEALER_NOW = at(wall_clock).isoformat()

    return do


@pytest.fixture
def axe():
    """What axe finds on a page: a list of "rule: element" lines, empty when all is well."""
    from axe_playwright_python.base import AXE_SCRIPT

    def run(page) -> list[str]:
        page.wait_for_function(AT_REST)
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate(VIOLATIONS)
        return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]

    return run


@pytest.fixture
def figure():
    """Keeps a measured number: `figure("log_contact", taps=3, seconds=1.2)`, in var/figures."""

    def keep(name: str, **numbers):
        FIGURES.mkdir(parents=True, exist_ok=True)
        (FIGURES / f"{name}.json").write_text(json.dumps(numbers, indent=1) + "\n")
        print(f"{name}: {numbers}")

    return keep
