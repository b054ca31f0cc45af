"""Every save of the floor and of the card (tests/saves), beside a page that does the least (PERFORMANCE.md).

Each is made ready, its form is opened, and what it wrote is taken back; only the sending is timed.
"""

import logging
import statistics
import time
from urllib.parse import urlencode

from .pages import FLOOR, SAVE
from .scratch import beside_the_floor

STAFF = {"li": ["consultant"], "wang": ["consultant"], "zhao": ["consultant"], "chen": ["manager"]}
NOW = "2026-03-12T14:06:00+08:00"  # of the day of tests/saves
LINE = "{:<44}{:>8}{:>9}{:>14}  {}"


def add_arguments(parser) -> None:
    parser.add_argument(
        "--asked", type=int, default=15, help="times that each is sent; PostgreSQL plans the first five anew"
    )
    parser.add_argument("--only", default="", help="saves whose name contains this")


def run(options) -> None:
    with beside_the_floor(NOW):
        logging.getLogger("django.request").setLevel("ERROR")  # some saves have no page to open
        from tests.saves import SAVES

        day = build()
        print(LINE.format("save", "ms", "x floor", "statements", ""))
        for name, send in SAVES.items():
            if options.only in name:
                report(name, *measured(day, send, options.asked))


def build():
    from django.db import transaction

    from tests.factories import make_person, make_store
    from tests.saves import make_day

    store = make_store("east")
    staff = {name: make_person(store, name, name.title(), *roles) for name, roles in STAFF.items()}
    qian = make_person(store, "qian", "Qian", "receptionist")
    with transaction.atomic():
        return make_day(store, **staff, qian=qian, much=True)


def measured(day, send, asked: int) -> tuple[float, float, int]:
    """Median milliseconds of a save, that time by the floor's, and its statements."""
    from django.test import Client

    from tests.test_saves import asked_by

    reader = Client()
    reader.force_login(day.li)
    saves, floors = [], []
    for _ in range(asked):
        saves.append(seconds_of(day, send))
        started = time.perf_counter()
        reader.get(FLOOR)
        floors.append(time.perf_counter() - started)
    took = statistics.median(saves)
    return took * 1000, took / statistics.median(floors), len(asked_by(send, day))


def seconds_of(day, send) -> float:
    from django.db import transaction
    from django.test import Client

    from tests.test_saves import shown

    client = Client()
    with transaction.atomic():
        by, url, typed = send(day)
        client.force_login(by)
        sent = as_sent(shown(client, url, typed) | typed)
        started = time.perf_counter()
        client.post(url, **sent)
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds


def as_sent(typed: dict) -> dict:
    """What a browser sends of a form: in parts only where a file is among it."""
    if any(hasattr(value, "read") for value in typed.values()):
        return {"data": typed}
    return {"data": urlencode(typed, doseq=True), "content_type": "application/x-www-form-urlencoded"}


def report(name: str, ms: float, ratio: float, statements: int) -> None:
    verdict = "" if ratio <= SAVE else f"over {SAVE}"
    print(LINE.format(name, f"{ms:.1f}", f"{ratio:.2f}", statements, verdict), flush=True)
