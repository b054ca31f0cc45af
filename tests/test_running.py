"""`make run`, for real: what starts, what it says, and that nothing outlives it."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

import serve

pytestmark = pytest.mark.once

BASE = Path(__file__).resolve().parent.parent
SERVE = [sys.executable, "scripts/serve.py"]

# What a first start makes, but for a month of demo days: it carries on from these.
TWO_DAYS_OF_THE_DEMO = """
import django; django.setup()
from django.core.management import call_command
from accounts import clock
from showroom.demo.build import build
call_command("migrate", verbosity=0)
build(now=clock.now(), days=1)
"""
SHUT_DOWN = 45  # seconds: a worker ends the task it is at, thirty at most


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict:
    """That of an installation of its own: database, queue, files and port."""
    var = tmp_path_factory.mktemp("var")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "dealer_crm.settings",
        "SECRET_KEY": "the-key-of-a-test-installation-" + "0123456789",
        "DATABASE_URL": f"sqlite:///{var}/dealer.sqlite3",
        "QUEUE_DIR": f"{var}/queue",
        "STATIC_ROOT": f"{var}/static",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }


@pytest.fixture(scope="module")
def installation(environment) -> dict:
    """The same, with a demo in its database."""
    subprocess.run([sys.executable, "-c", TWO_DAYS_OF_THE_DEMO], cwd=BASE, env=environment, check=True)
    return environment


@pytest.fixture
def running(installation, tmp_path):
    """The supervisor under make, and the file with what it printed."""
    with started(installation, tmp_path) as (make, log):
        yield make, log


@contextmanager
def started(installation: dict, tmp_path: Path):
    (tmp_path / "Makefile").write_text(f"run:\n\t@{sys.executable} scripts/serve.py\n")
    log = tmp_path / "log"
    with log.open("w") as out:
        make = subprocess.Popen(
            ["make", "-f", tmp_path / "Makefile"],
            cwd=BASE,
            env=installation,
            stdout=out,
            stderr=out,
            preexec_fn=heeding_signals,
        )
    try:
        until(lambda: "Dealer CRM: " in log.read_text() or make.poll() is not None, 180)
        assert make.poll() is None, log.read_text()
        yield make, log
    finally:
        for pid in [*descendants(make.pid), make.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        make.wait()


def heeding_signals():
    """As at a keyboard: who runs the tests in the background hands them signals that are ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def until(is_so, seconds: float):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.05)


def parents() -> dict[int, int]:
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            found[int(stat.parent.name)] = int(parent)
    return found


def descendants(pid: int) -> list[int]:
    """Children before grandchildren."""
    tree = parents()
    found = [pid]
    for ancestor in found:
        found.extend(child for child, parent in tree.items() if parent == ancestor)
    return found[1:]


def alive(pid: int) -> bool:
    return pid in parents()


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def ask(installation) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{installation['PORT']}/healthz", timeout=20) as answer:
        return json.load(answer)


@pytest.mark.thorough
def test_one_start_brings_all_says_where_and_leaves_nothing_behind(running, installation):
    make, log = running
    until(lambda: len(descendants(make.pid)) == 5, 20)
    supervisor, *others = descendants(make.pid)

    assert ask(installation)["database"] == "ok"
    assert f"Dealer CRM: http://127.0.0.1:{installation['PORT']}/" in log.read_text()
    assert "User names and passwords of the demo:" in log.read_text()
    assert "serve.py" in command(supervisor)
    assert sum("gunicorn" in command(pid) for pid in others) == 2
    assert sum("celery" in command(pid) for pid in others) == 2

    web = next(pid for pid in others if "gunicorn" in command(pid))
    os.kill(web, signal.SIGKILL)
    until(lambda: re.search(r"web ended \(code -9\); starting again in 2 s", log.read_text()), 10)
    assert not alive(web)
    until(lambda: answers(installation), 20)

    ended(make, make.pid, signal.SIGTERM)


@pytest.mark.thorough
def test_the_first_start_makes_a_month_of_the_demo(installation, tmp_path):
    fresh = installation | {"DATABASE_URL": f"sqlite:///{tmp_path}/dealer.sqlite3"}
    with started(fresh, tmp_path):
        assert ask(fresh)["database"] == "ok"
    with closing(sqlite3.connect(tmp_path / "dealer.sqlite3")) as database:
        days = database.execute('SELECT COUNT(DISTINCT "on"), COUNT(*) FROM showroom_visit').fetchone()
    assert (days[0] >= 25, days[1] >= 200) == (True, True)


def answers(installation) -> bool:
    with suppress(OSError):
        return ask(installation)["database"] == "ok"
    return False


def ended(make, victim: int, how: int) -> None:
    """Send the signal, and wait until nothing of what was started is left."""
    pids = descendants(make.pid)
    os.kill(victim, how)
    make.wait(SHUT_DOWN)
    until(lambda: not any(alive(pid) for pid in pids), SHUT_DOWN)


@pytest.mark.parametrize(
    ("victim", "how"),
    [
        pytest.param("make", signal.SIGINT, marks=pytest.mark.thorough),
        pytest.param("make", signal.SIGHUP, marks=pytest.mark.thorough),
        pytest.param("make", signal.SIGKILL, marks=pytest.mark.thorough),
        pytest.param("supervisor", signal.SIGINT, marks=pytest.mark.thorough),
        pytest.param("supervisor", signal.SIGKILL, marks=pytest.mark.thorough),
    ],
)
def test_nothing_is_left_behind(running, victim, how):
    make, _log = running
    until(lambda: len(descendants(make.pid)) == 5, 20)
    ended(make, make.pid if victim == "make" else descendants(make.pid)[0], how)


def test_a_taken_port_is_named_and_nothing_starts(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            SERVE, cwd=BASE, env=environment | {"PORT": port}, capture_output=True, text=True
        )

    assert ended.returncode == 1
    assert ended.stderr == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. Another port: make run PORT=8001\n"
    )


@pytest.fixture
def fresh_clone(tmp_path, monkeypatch) -> Path:
    """Where .env would be; nothing is set by the environment."""
    monkeypatch.setattr(serve, "ENV_FILE", tmp_path / ".env")
    for name in ("SECRET_KEY", "ALLOWED_HOSTS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return tmp_path / ".env"


def test_a_fresh_clone_gets_a_key_of_its_own_once(fresh_clone):
    serve.complete_environment()
    written = fresh_clone.read_text()
    serve.complete_environment()

    assert re.fullmatch(r"\nSECRET_KEY=[\w-]{67}\n", written)
    assert fresh_clone.read_text() == written
    assert fresh_clone.stat().st_mode & 0o777 == 0o600


def test_a_key_in_the_environment_writes_nothing(fresh_clone, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "given")
    serve.complete_environment()

    assert not fresh_clone.exists()


def test_on_this_machine_alone_only_its_own_names_are_answered(fresh_clone):
    serve.complete_environment()

    assert os.environ["ALLOWED_HOSTS"] == "127.0.0.1,[::1],localhost"


def test_for_the_whole_network_the_addresses_of_the_machine_are_answered(monkeypatch):
    monkeypatch.setattr(serve, "HOST", "0.0.0.0")
    monkeypatch.setattr(serve, "addresses_of_this_machine", lambda: {"192.168.1.20"})

    names = serve.allowed_hosts().split(",")

    assert {"localhost", "127.0.0.1", "192.168.1.20", socket.gethostname()} <= set(names)


def test_hosts_named_in_env_stay_as_they_are(fresh_clone):
    fresh_clone.write_text("SECRET_KEY=kept\nALLOWED_HOSTS=crm.example.com\n")
    serve.complete_environment()

    assert "ALLOWED_HOSTS" not in os.environ
    assert fresh_clone.read_text() == "SECRET_KEY=kept\nALLOWED_HOSTS=crm.example.com\n"
