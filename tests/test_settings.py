"""Settings as a fresh process reads them: fail-closed, and clean for production."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

import dealer_crm
from followups.checks import the_way_out_works

pytestmark = pytest.mark.once

BASE = Path(__file__).resolve().parent.parent
KEY = "k9$Wz-3v_Q!x7" * 5


def manage(*command: str, **environment: str) -> subprocess.CompletedProcess:
    """Run manage.py with these settings alone; an empty value also hides what .env says."""
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=BASE,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": KEY} | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("key", ["", "changeme", "x" * 31])
@pytest.mark.thorough
def test_without_a_long_secret_key_nothing_starts(key):
    ended = manage("check", SECRET_KEY=key)

    assert ended.returncode == 1
    assert "SECRET_KEY must be set to at least 32 random characters" in ended.stderr


def test_mail_without_a_sender_does_not_start():
    ended = manage("check", EMAIL_URL="smtp://mail.example.com")

    assert ended.returncode == 1
    assert "EMAIL_FROM must be the address that e-mails come from" in ended.stderr


@pytest.mark.parametrize(
    ("name", "fault"),
    [("nowhere.Backend", "names no class"), ("followups.outbox.backends.http.HttpBackend", "SMS_HTTP_URL")],
)
def test_a_way_out_that_cannot_work_is_told_at_the_start(name, fault, settings):
    settings.SMS_BACKEND = name

    assert fault in the_way_out_works(None)[0].msg


OURS = {
    "SECRET_KEY": "4f1b8c27" * 8,
    "DATABASE_URL": "postgres://app:4f1b8c27d0e94f1b8c27@localhost/crm",
    "REDIS_URL": "redis://:4f1b8c27d0e94f1b8c27@localhost/0",
}


@pytest.mark.thorough
def test_a_production_set_up_passes_every_deployment_check():
    ended = manage("check", "--deploy", "--fail-level", "WARNING", HTTPS="1", SSL_REDIRECT="1", **OURS)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "System check identified no issues (1 silenced).\n"


@pytest.fixture(scope="module")
def unasked() -> list[str]:
    """What is in force when nothing was asked for: debugging, the session's cookie, whether it is secure."""
    return in_force()


def in_force(**environment: str) -> list[str]:
    code = "from django.conf import settings as s; "
    code += "print(s.DEBUG, s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE)"
    return manage("shell", "--no-imports", "-c", code, **environment).stdout.split()


def test_debug_is_off_unless_asked_for(unasked):
    assert unasked[0] == "False"


@pytest.mark.thorough
def test_cookies_are_bound_to_the_host_under_https(unasked):
    assert in_force(HTTPS="1")[1:] == ["__Host-session", "True"]
    assert unasked[1:] == ["session", "False"]


def test_the_queue_never_holds_more_than_it_may_lose():
    from dealer_crm.celery import app

    assert app.conf.task_acks_late is True
    assert app.conf.task_reject_on_worker_lost is True
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.task_ignore_result is True
    assert app.conf.result_backend is None
    assert app.conf.timezone == "UTC"
    assert list(app.conf.beat_schedule) == ["sweep", "messages", "uploads", "reports", "backup"]
    assert app.conf.beat_schedule["sweep"]["schedule"] == settings.SWEEP_SECONDS


def test_the_version_is_the_same_wherever_it_is_written():
    project = tomllib.loads((BASE / "pyproject.toml").read_text())["project"]

    assert dealer_crm.__version__ == project["version"]
