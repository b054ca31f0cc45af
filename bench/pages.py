"""List, filter, search and board over many leads, beside a page that does the least (PERFORMANCE.md).

The floor is a view of our own with the same middleware, base template and connection: session,
person, one indexed query, 25 plain rows. Both run inside this process, in turn.
"""

import datetime as dt
import gzip
import statistics
import time

from .pages_sql import WORLD
from .scratch import Statements, scratch_database

NOW = "2026-03-12T10:00:00+08:00"
BAR = 1.3  # times the floor
ASKED = 30  # requests of one run
FLOOR = "/floor/"
PAGES = [
    ("list, manager", "manager", "/leads/"),
    ("list, consultant", "bench1", "/leads/"),
    ("list by priority", "manager", "/leads/?order=priority"),
    ("filtered list", "manager", "/leads/?grade=A&step=negotiation&due=week"),
    ("filtered by model and owner", "manager", "/leads/?model={model}&owner={owner}"),
    ("last page of the list", "manager", "/leads/?after=2026-05-07~0"),
    ("last page by priority", "manager", "/leads/?order=priority&after=2026-05-07~0~C"),
    ("stuck in step", "manager", "/leads/?view=stuck"),
    ("tabs with their numbers", "manager", "/leads/tabs/"),
    ("search: last four digits", "manager", "POST 4321"),
    ("search: whole number", "manager", "POST 13800054321"),
    ("search: pinyin of thousands", "manager", "POST wang"),
    ("search: name, consultant", "bench1", "POST 王"),
    ("list of a search", "manager", "/leads/?q=wangxin1"),
    ("board, manager", "manager", "/leads/board/"),
    ("board, consultant", "bench1", "/leads/board/"),
    ("board column, next cards", "manager", "/leads/board/?column=reception&after=2026-03-20~500~C"),
]


def add_arguments(parser) -> None:
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=50, help="consultants who own them")
    parser.add_argument("--pairs", type=int, default=5, help="runs of a page and of the floor, in turn")


def run(options) -> None:
    with scratch_database():
        from django.test import override_settings

        plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
        with override_settings(
            ROOT_URLCONF="bench.floor", DEALER_NOW=NOW, STORAGES=plain, ALLOWED_HOSTS=["testserver"]
        ):
            world = build(options.leads, options.people)
            print(f"{options.leads:,} open leads of {options.people} people; p50 of {ASKED} requests")
            print(LINE.format("page", "ms", "x floor", "spread", "statements", "kB gzip", ""))
            for name, who, address in PAGES:
                report(name, measured(world, who, address, pairs=options.pairs))


def build(leads: int, people: int) -> dict:
    """One store of open leads; answers a signed-in client by user name, and ids for the addresses."""
    from django.db import connection
    from django.test import Client

    from accounts.models import User
    from leads.models import CarModel
    from leads.stores import create_staff, create_store

    store = create_store(code="bench", name="Bench", zone="Asia/Shanghai", country="CN")
    on = dt.date(2026, 1, 1)
    for n in range(people):
        create_staff(store, username=f"bench{n}", name=f"Bench {n}", roles=["consultant"], on=on)
    create_staff(store, username="manager", name="Manager", roles=["manager"], on=on)
    values = {"store": store.pk, "group": store.group_id, "leads": leads, "people": people}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in WORLD:
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SET statement_timeout = 10000")
    world = {"model": CarModel.objects.first().pk, "owner": User.objects.get(username="bench1").pk}
    for name in ("manager", "bench1"):
        world[name] = Client(headers={"Accept-Encoding": "gzip"})
        world[name].force_login(User.objects.get(username=name), backend="accounts.backends.StaffBackend")
    return world


def ask(client, address: str):
    if address.startswith("POST "):
        return client.post("/leads/search/", {"q": address[5:]}, headers={"HX-Request": "true"})
    headers = {"HX-Request": "true"} if "column=" in address or "tabs" in address else {}
    return client.get(address, headers=headers)


def measured(world: dict, who: str, address: str, *, pairs: int) -> dict:
    """Median and spread of the page's time by the floor's, in turn; statements and bytes of one answer."""
    from django.db import connection

    client, address = world[who], address.format(**world)
    response = ask(client, address)
    if response.status_code != 200:
        raise SystemExit(f"{address} answered {response.status_code}")
    statements = Statements()
    with connection.execute_wrapper(statements):
        ask(client, address)
    runs = [(middle(client, address), middle(client, FLOOR)) for _ in range(pairs)]
    ratios = [page / floor for page, floor in runs]
    body = response.content if response.get("Content-Encoding") == "gzip" else gzip.compress(response.content)
    return {
        "ms": statistics.median(page for page, _floor in runs),
        "ratio": statistics.median(ratios),
        "spread": f"{min(ratios):.2f}-{max(ratios):.2f}",
        "statements": statements.count,
        "kb": len(body) / 1000,
    }


def middle(client, address: str) -> float:
    """The median of a run, in milliseconds."""
    times = []
    for _ in range(ASKED):
        started = time.perf_counter()
        ask(client, address)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


LINE = "{:<30}{:>8}{:>9}{:>12}{:>12}{:>9}  {}"


def report(name: str, page: dict) -> None:
    verdict = "" if page["ratio"] <= BAR else f"over {BAR}"
    ms, ratio, kb = f"{page['ms']:.1f}", f"{page['ratio']:.2f}", f"{page['kb']:.1f}"
    print(LINE.format(name, ms, ratio, page["spread"], page["statements"], kb, verdict), flush=True)
