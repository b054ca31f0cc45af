"""The pages of every day over many leads, beside a page that does the least (PERFORMANCE.md).

The floor is a view of our own with the same middleware, base template and connection: session,
person, one indexed query, 25 plain rows. Both run inside this process, in turn.
"""

import datetime as dt
import gzip
import itertools
import statistics
import time
import uuid

from .pages_sql import WORLD
from .scratch import Statements, beside_the_floor

NOW = "2026-03-12T10:00:00+08:00"
ASKED = 30  # requests of one run
FLOOR = "/floor/"
FRAGMENT = {"HX-Request": "true"}
LIST, CARD, SAVE = 1.3, 2.0, 1.5  # the bars, times the floor
ARRIVALS = 40  # on the register of the day
PAGES = [
    ("list, manager", "manager", "/leads/", LIST),
    ("list, consultant", "bench1", "/leads/", LIST),
    ("list by priority", "manager", "/leads/?order=priority", LIST),
    ("filtered list", "manager", "/leads/?grade=A&step=negotiation&due=week", LIST),
    ("filtered by model and owner", "manager", "/leads/?model={model}&owner={owner}", LIST),
    ("last page of the list", "manager", "/leads/?after=2026-05-07~0", LIST),
    ("last page by priority", "manager", "/leads/?order=priority&after=2026-05-07~0~C", LIST),
    ("stuck in step", "manager", "/leads/?view=stuck", LIST),
    ("tabs with their numbers", "manager", "/leads/tabs/", LIST),
    ("search: last four digits", "manager", "SEARCH 4321", LIST),
    ("search: whole number", "manager", "SEARCH 13600034321", LIST),
    ("search: pinyin of thousands", "manager", "SEARCH wang", LIST),
    ("search: name, consultant", "bench1", "SEARCH 王", LIST),
    ("list of a search", "manager", "/leads/?q=wangxin1", LIST),
    ("board, manager", "manager", "/leads/board/", LIST),
    ("board, consultant", "bench1", "/leads/board/", LIST),
    ("board column, next cards", "manager", "/leads/board/?column=reception&after=2026-03-20~500~C", LIST),
    ("register of the day", "manager", "/register/", LIST),
    ("lookup: whole number", "bench1", "LOOKUP 13600034321", LIST),
    ("lookup: last four digits", "bench1", "LOOKUP 4321", LIST),
    ("lookup: pinyin", "bench1", "LOOKUP qiaox", LIST),
    ("lookup: pinyin of thousands", "bench1", "LOOKUP wangx", LIST),
    ("card", "manager", "/leads/L-260301-4321/", CARD),
    ("My day", "bench1", "/", CARD),
    ("Showroom now", "manager", "/showroom/", CARD),
    ("save: walk-in", "bench1", "WALK-IN", SAVE),
    ("save: contact", "manager", "CONTACT", SAVE),
]


def add_arguments(parser) -> None:
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--people", type=int, help="consultants who own them; else one for 2,000 leads")
    parser.add_argument("--pairs", type=int, default=5, help="runs of a page and of the floor, in turn")


def run(options) -> None:
    people = options.people or max(2, options.leads // 2000)  # as many of each, however many there are
    with beside_the_floor(NOW):
        world = build(options.leads, people)
        print(f"{options.leads:,} open leads of {people} people; p50 of {ASKED} requests")
        print(LINE.format("page", "ms", "x floor", "spread", "statements", "kB gzip", ""))
        for _ in range(ARRIVALS):
            ask(world["bench1"], "WALK-IN")
        for name, who, address, bar in PAGES:
            report(name, measured(world, who, address, pairs=options.pairs), bar=bar)


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


FRESH = itertools.count(1)  # every save is of somebody else


def ask(client, address: str):
    """One request; a word instead of a path is a form that is sent."""
    word, _space, typed = address.partition(" ")
    match word:
        case "SEARCH":
            return client.post("/leads/search/", {"q": typed}, headers=FRAGMENT)
        case "LOOKUP":
            return client.post("/walk-in/lookup/", {"phone": typed}, headers=FRAGMENT)
        case "WALK-IN":
            said = {"phone": f"139{next(FRESH):08d}", "name": "王新", "persons": 1, "token": uuid.uuid4()}
            return client.post("/walk-in/", said)
        case "CONTACT":
            said = {"outcome": "looking", "next_on": "2026-03-14", "token": uuid.uuid4()}
            return client.post(f"/leads/L-260301-{100 + next(FRESH)}/log/", said)
    return client.get(address, headers=FRAGMENT if "column=" in address or "tabs" in address else {})


def measured(world: dict, who: str, address: str, *, pairs: int) -> dict:
    """Median and spread of the page's time by the floor's, in turn; statements and bytes of one answer."""
    from django.db import connection

    client, address = world[who], address.format(**world)
    response = ask(client, address)
    if response.status_code not in (200, 302):
        raise SystemExit(f"{address} answered {response.status_code}")
    statements = Statements()
    with connection.execute_wrapper(statements):
        ask(client, address)
    runs = [in_turn(client, address) for _ in range(pairs)]
    ratios = [page / floor for page, floor in runs]
    body = response.content if response.get("Content-Encoding") == "gzip" else gzip.compress(response.content)
    return {
        "ms": statistics.median(page for page, _floor in runs),
        "ratio": statistics.median(ratios),
        "spread": f"{min(ratios):.2f}-{max(ratios):.2f}",
        "statements": statements.count,
        "kb": len(body) / 1000,
    }


def in_turn(client, address: str) -> tuple[float, float]:
    """The medians of a run of the page and of the floor, asked for in turn, in milliseconds."""
    times = {address: [], FLOOR: []}
    for _ in range(ASKED):
        for asked, taken in times.items():
            started = time.perf_counter()
            ask(client, asked)
            taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[address]), statistics.median(times[FLOOR])


LINE = "{:<30}{:>8}{:>9}{:>12}{:>12}{:>9}  {}"


def report(name: str, page: dict, *, bar: float) -> None:
    verdict = "" if page["ratio"] <= bar else f"over {bar}"
    ms, ratio, kb = f"{page['ms']:.1f}", f"{page['ratio']:.2f}", f"{page['kb']:.1f}"
    print(LINE.format(name, ms, ratio, page["spread"], page["statements"], kb, verdict), flush=True)
