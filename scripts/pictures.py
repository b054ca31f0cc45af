"""The four pictures of the README, from a demo store of their own, on a day that is half done.

    .venv/bin/python scripts/pictures.py

Needs what the browser tests need: Chromium, and requirements-browser.txt installed.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager

from supervisor import BASE, say, spawn, stop

PICTURES = BASE / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NOW = "2026-03-12T14:58:00+08:00"
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESKTOP = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1.25}
CONSULTANT, ENGLISH, COLLEAGUE = "li", "he", "wang"


def main():
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "dealer_crm.settings",
            "SECRET_KEY": "of-a-store-that-lives-for-a-minute-only",
            "DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3",
            "REDIS_URL": "",
            "STATIC_ROOT": f"{folder}/static",
            "QUEUE_DIR": f"{folder}/queue",
            "DEALER_NOW": NOW,
        }
        subprocess.run(
            [sys.executable, "manage.py", "prepare"], cwd=BASE, check=True, stdout=subprocess.DEVNULL
        )
        known = what_to_show()
        with served() as address:
            take(address, known)


def what_to_show() -> dict[str, str]:
    """Prepare the English reader; answer the card to open and the colleague's number to type."""
    import django

    sys.path.insert(0, str(BASE))
    django.setup()
    from accounts.models import User
    from leads.models import ContactPoint, Lead

    User.objects.filter(username=ENGLISH).update(language="en")
    leads = Lead.objects.filter(status="active", customer__name__gt="")
    card = leads.filter(owner__username=ENGLISH).order_by("-step", "created_at").first()
    theirs = leads.filter(owner__username=COLLEAGUE, grade="A").order_by("-step", "created_at")
    numbers = ContactPoint.objects.filter(customer__leads__in=theirs, kind="phone")
    return {"card": card.number, "number": numbers.first().value.removeprefix("+86")}


@contextmanager
def served():
    """The address of a gunicorn that ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.fileno()
        options = f"--bind fd://{port} --threads 4 --no-control-socket --log-level error"
        web = spawn("-m", "gunicorn", "dealer_crm.wsgi", *options.split(), pass_fds=[port])
        try:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            urllib.request.urlopen(f"{address}/login/", timeout=60).close()
            yield address
        finally:
            stop([web])


def take(address: str, known: dict[str, str]):
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])

        def signed_in(username: str, **options):
            page = chromium.new_context(base_url=address, locale="en-GB", **options).new_page()
            page.goto("/login/")
            page.fill("[name=username]", username)
            page.fill("[name=password]", "showroom-demo")
            page.press("[name=password]", "Enter")
            page.wait_for_url(f"{address}/")
            return page

        phone = signed_in(CONSULTANT, **PHONE)
        keep(phone, "my-day-phone-zh")
        phone.goto("/walk-in/")
        phone.fill("#id_phone", known["number"])
        phone.locator(".answer").wait_for()
        keep(phone, "walk-in-phone-zh")

        dark = signed_in(CONSULTANT, **PHONE, color_scheme="dark")
        dark.locator("#today .row-acts .icon-btn-soft").first.tap()
        dark.locator("label.chip", has=dark.locator("[value=comparing]")).tap()
        keep(dark, "log-phone-zh-dark")

        desktop = signed_in(ENGLISH, **DESKTOP)
        desktop.goto(f"/leads/{known['card']}/")
        keep(desktop, "card-desktop-en")
        chromium.close()


def keep(page, name: str):
    """What the window shows, at rest."""
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(500)  # what moves has come to rest
    file = PICTURES / f"{name}.png"
    page.screenshot(path=file)
    say(f"{file.relative_to(BASE)}: {file.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
