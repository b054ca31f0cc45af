"""The machines of a store as real processes on the database of a test: web, worker, beat, and a Redis."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest

BASE = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60  # seconds for a machine to be there


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def wait_for(there: Callable[[], object], seconds: float = PATIENCE) -> float:
    """Ask until something is so; answers the seconds it took, AssertionError when it never was."""
    began = time.monotonic()
    while not there():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


class Machine:
    """A process in a group of its own."""

    def __init__(self, command: list[str], **environment: str):
        self.command, self.environment = command, os.environ | environment
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, cwd=BASE, env=self.environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def keep(self) -> None:
        """Start it again when it ended by itself, as the store's supervisor does."""
        if self.process.poll() is not None:
            self.end()  # what it may have left behind
            self.start()

    def stop(self, seconds: float) -> float:
        """Ask its first process to end, as compose does, and kill what is left then; answers the seconds."""
        began = time.monotonic()
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.end()
        return time.monotonic() - began

    def end(self, how: int = signal.SIGKILL, seconds: float = PATIENCE) -> float:
        """Send a signal to the whole group; answers the seconds until it was gone."""
        began = time.monotonic()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        self.process.wait(seconds)
        return time.monotonic() - began


class Redis(Machine):
    """A Redis of its own, which a test may empty and stop."""

    def __init__(self, folder: Path):
        self.port = free_port()
        super().__init__(
            [
                "redis-server",
                "--bind",
                "127.0.0.1",
                "--port",
                str(self.port),
                "--save",
                "",
                "--dir",
                str(folder),
            ]
        )
        self.wait()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def wait(self) -> None:
        wait_for(lambda: answers(self.port))


def answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def of_the_store(redis_url: str, **more: str) -> dict[str, str]:
    """The environment of a real installation on the database of this test."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    return {
        "DJANGO_SETTINGS_MODULE": "dealer_crm.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        "REDIS_URL": redis_url,
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "0",
        "SSL_REDIRECT": "0",
        "DEBUG": "0",
        **more,
    }


def worker(redis_url: str, *, processes: int = 2, beat: bool = False, **more: str) -> Machine:
    """A Celery worker as the compose file starts it; with its beat where asked, by CLOCK_FILE where given."""
    command = ["worker", "-c", str(processes), "--without-mingle", "--without-gossip", "-l", "ERROR"]
    command += ["-B", "-s", "/dev/null"] if beat else []
    return Machine([*_celery(more), *command], **of_the_store(redis_url, **more))


def beat(redis_url: str, **more: str) -> Machine:
    """A beat of its own, as the compose file starts it."""
    command = [*_celery(more), "beat", "-l", "ERROR", "--pidfile", ""]
    return Machine(command, **of_the_store(redis_url, **more))


def _celery(environment: dict[str, str]) -> list[str]:
    application = "tests.faults.clocked" if "CLOCK_FILE" in environment else "dealer_crm"
    application = "tests.faults.hard_night" if "CHUNK" in environment else application
    return [sys.executable, "-m", "celery", "-A", application]


class Web(Machine):
    """gunicorn, and a browser of one person."""

    def __init__(self, redis_url: str, *, threads: int = 4, **more: str):
        self.port = free_port()
        gunicorn = ["-m", "gunicorn", "dealer_crm.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2"]
        command = [sys.executable, *gunicorn, "--worker-class", "gthread", "--threads", str(threads)]
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
        subprocess.run(collect, cwd=BASE, env=os.environ | of_the_store(redis_url), check=True)
        super().__init__(command, **of_the_store(redis_url, **more))
        wait_for(lambda: answers(self.port))

    def sign_in(self, user) -> None:
        self.phone = Phone(self.port, user)

    def ask(self, path: str, sheet: dict | None = None) -> int:
        """The status of an answer; 0 when there was none."""
        return self.phone.ask(path, sheet).status


@dataclass(frozen=True)
class Answer:
    """What came back: `status` 0 when nothing did, `leads_to` a page, `said` the line shown there."""

    status: int
    leads_to: str = ""
    said: str = ""


class Phone:
    """Somebody who is signed in at a web."""

    def __init__(self, port: int, user):
        self.site, session = f"http://127.0.0.1:{port}", SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "accounts.backends.StaffBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        self.session = session.session_key

    def ask(self, path: str, sheet: dict | None = None) -> Answer:
        """Open a page, or send a sheet."""
        token = "a" * 32
        body = urllib.parse.urlencode(sheet | {"csrfmiddlewaretoken": token}).encode() if sheet else None
        cookies = f"{settings.SESSION_COOKIE_NAME}={self.session}; {settings.CSRF_COOKIE_NAME}={token}"
        request = urllib.request.Request(self.site + path, body, {"Cookie": cookies})
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=30) as answer:
                return Answer(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers["Location"] or "", _said(error.headers))
        except OSError:
            return Answer(0)


def _said(headers) -> str:
    """What the next page will tell: it travels in a cookie that the key of the store signs."""
    cookies, request = SimpleCookie(), HttpRequest()
    for line in headers.get_all("Set-Cookie", []):
        cookies.load(line)
    request.COOKIES = {name: cookie.value for name, cookie in cookies.items()}
    return " ".join(map(str, CookieStorage(request)))


class _Stay(urllib.request.HTTPRedirectHandler):
    """A save answers with a redirect: that is the answer."""

    def redirect_request(self, *_asked):
        return None
