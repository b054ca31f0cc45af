"""Web, worker and beat together, from one terminal, and nothing left behind when it ends.

It prepares the database, then keeps two children alive: gunicorn and one Celery worker with its
beat. Whatever ends this process (Ctrl+C, TERM, HUP, the death of its parent, even SIGKILL) ends
them too: on Linux the kernel itself is asked to (PR_SET_PDEATHSIG).
"""

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from supervisor import BASE, Child, die_with, say, spawn, stop

ENV_FILE = BASE / ".env"
HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = int(os.environ.get("PORT") or 8000)
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # to listen on, and where to ask then
ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# One process with eight threads: SQLite has one writer at a time anyway.
WEB = (
    "-m gunicorn dealer_crm.wsgi --bind fd://{port} --worker-class gthread --threads 8"
    " --graceful-timeout 8 --no-control-socket --log-level warning"
)
# The beat inside, and none of the chatter between workers, which a queue in a folder cannot carry.
WORKER = (
    """-W "ignore:You're running the worker" -m celery --quiet -A dealer_crm worker"""
    " -B -P threads -c 2 --without-mingle --without-gossip --without-heartbeat"
)


def in_env_file(name: str) -> bool:
    return ENV_FILE.exists() and any(
        line.startswith(f"{name}=") for line in ENV_FILE.read_text().splitlines()
    )


def complete_environment():
    """A fresh clone gets a secret key that nobody else has, kept in .env."""
    if "SECRET_KEY" not in os.environ and not in_env_file("SECRET_KEY"):
        say("Writing a new secret key to .env")
        ENV_FILE.touch(mode=0o600)
        with ENV_FILE.open("a") as lines:
            lines.write(f"\nSECRET_KEY={secrets.token_urlsafe(50)}\n")
    if not in_env_file("ALLOWED_HOSTS"):
        os.environ.setdefault("ALLOWED_HOSTS", allowed_hosts())


def listen() -> socket.socket:
    """Take the port before the long work: it is either ours or named as taken."""
    try:
        family, kind, proto, _name, address = socket.getaddrinfo(
            HOST, PORT, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(256)
    except OSError as error:
        sys.exit(f"Cannot listen on {HOST}:{PORT}: {error.strerror}. Another port: make run PORT=8001")
    return listener


def allowed_hosts() -> str:
    """The names under which this machine answers."""
    names = {"localhost", "127.0.0.1", "::1", HOST}
    if HOST in EVERYWHERE:
        names |= {socket.gethostname(), *addresses_of_this_machine()}
    return ",".join(sorted(as_host(name) for name in names))


def as_host(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def addresses_of_this_machine() -> set[str]:
    found = set()
    with suppress(OSError):
        found |= {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # a datagram socket sends nothing by connecting
        found.add(probe.getsockname()[0])
    return found


def prepare() -> str:
    """Migrate and load what is missing; answer the lines with the demo logins."""
    process = spawn("manage.py", "prepare", stdout=subprocess.PIPE, text=True)
    try:
        logins, _ = process.communicate()
    finally:
        stop([process])
    if process.returncode:
        sys.exit("The set-up failed; nothing was started.")
    return logins


def answers() -> bool:
    connection = http.client.HTTPConnection(EVERYWHERE.get(HOST, HOST), PORT, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status > 0
    except OSError:
        return False
    finally:
        connection.close()


def serve(listener: socket.socket, logins: str, parent: int):
    """Until the parent is gone or a signal ends it."""
    port = listener.fileno()
    children = [Child("web", WEB.format(port=port), keep=(port,)), Child("worker", WORKER)]
    announced = False
    try:
        while os.getppid() == parent and not is_ending(parent):
            for child in children:
                child.watch()
            if not announced and answers():
                announced = True
                say(f"\nDealer CRM: http://{as_host(EVERYWHERE.get(HOST, HOST))}:{PORT}/")
                say(f"User names and passwords of the demo:\n{logins}" if logins else "")
            time.sleep(0.2)
    finally:
        say("Stopping")
        stop([child.process for child in children if child.process])


def is_ending(parent: int) -> bool:
    """make, sent INT or HUP alone, waits for us and does not tell us; its blocked signals do."""
    with suppress(OSError):
        status = Path(f"/proc/{parent}/status").read_text()
        blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
        return any(blocked >> (how - 1) & 1 for how in ENDINGS)
    return False


def end(*_):
    """The first signal ends everything; more of them must not disturb that."""
    for how in ENDINGS:
        signal.signal(how, signal.SIG_IGN)
    sys.exit(0)


def main():
    parent = os.getppid()
    die_with(parent, signal.SIGTERM)
    for how in ENDINGS:
        if how != signal.SIGHUP or signal.getsignal(how) != signal.SIG_IGN:  # nohup means it
            signal.signal(how, end)
    listener = listen()
    complete_environment()
    serve(listener, prepare(), parent)


if __name__ == "__main__":
    main()
