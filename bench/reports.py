"""The funnel and the daily report over a year of five stores, beside the floor (PERFORMANCE.md).

The floor is the one of the lists: same middleware, base template and connection, run in turn.
"""

import datetime as dt

from .pages import LINE, measured
from .reports_sql import WORLD
from .scratch import beside_the_floor

NOW = "2026-03-12T10:00:00+08:00"
BAR = 2.0  # times the floor
STORES = 5
YEAR = "period=own&from=2025-03-13&to=2026-03-12"
PAGES = [
    ("funnel, month", "group", "/reports/funnel/"),
    ("funnel, last month", "group", "/reports/funnel/?period=last"),
    ("funnel, 90 days", "group", "/reports/funnel/?period=90"),
    ("funnel, year", "group", f"/reports/funnel/?{YEAR}"),
    ("funnel, year, odd days", "group", "/reports/funnel/?period=own&from=2025-03-20&to=2026-03-09"),
    ("funnel, month as of a day", "group", "/reports/funnel/?period=last&known=2026-01-20"),
    ("funnel, year as of a day", "group", f"/reports/funnel/?{YEAR}&known=2026-02-20"),
    ("funnel, year, one person", "group", f"/reports/funnel/?{YEAR}&person={{person_id}}"),
    ("funnel, year, one channel", "group", f"/reports/funnel/?{YEAR}&channel={{channel}}"),
    ("funnel, year, one model", "group", f"/reports/funnel/?{YEAR}&model={{model}}"),
    ("funnel, month, one store", "manager", "/reports/funnel/"),
    ("funnel, year, one store", "manager", f"/reports/funnel/?{YEAR}"),
    ("funnel, year, own", "person", f"/reports/funnel/?{YEAR}"),
    ("daily report, consultant", "person", "/reports/daily/"),
    ("daily report, manager", "manager", "/reports/daily/"),
    ("daily report, day handed in", "manager", "/reports/daily/?on=2026-03-10"),
]


def add_arguments(parser) -> None:
    parser.add_argument("--leads", type=int, default=40_000, help="of the year and the five stores")
    parser.add_argument("--people", type=int, default=8, help="consultants of a store")
    parser.add_argument("--pairs", type=int, default=5, help="runs of a page and of the floor, in turn")
    parser.add_argument("--only", default="", help="pages whose name holds this")


def run(options) -> None:
    with beside_the_floor(NOW):
        world = build(options.leads, options.people)
        print(f"a year of {STORES} stores, {options.leads:,} leads; p50 of 30 requests")
        print(LINE.format("page", "ms", "x floor", "spread", "statements", "kB gzip", ""))
        for name, who, address in PAGES:
            if options.only in name:
                report(name, measured(world, who, address, pairs=options.pairs))


def build(leads: int, people: int) -> dict:
    """The stores with their year; answers signed-in clients, and ids for the addresses."""
    from django.db import connection

    from accounts.models import User
    from leads.models import CarModel, Term
    from leads.stores import create_staff, create_store
    from reports.gathering import gather
    from reports.work_days import gather_work

    on = dt.date(2025, 1, 1)
    group = None
    for n in range(STORES):
        facts = {"zone": "Asia/Shanghai", "country": "CN", **({"group": group} if group else {})}
        store = create_store(code=f"bench{n}", name=f"Bench {n}", **facts)
        group = store.group
        for m in range(people):
            create_staff(store, username=f"p{n}x{m}", name=f"Person {n} {m}", roles=["consultant"], on=on)
        create_staff(store, username=f"manager{n}", name=f"Manager {n}", roles=["manager"], on=on)
    create_staff(store, username="group", name="Group", roles=["general_manager"], on=on)
    manager = User.objects.get(username="manager1")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        values = {"group": group.pk, "leads": leads, "manager": manager.pk}
        for statement in WORLD:
            cursor.execute(statement, values)
        moment = dt.datetime.fromisoformat(NOW)
        for minute in (0, 5):  # as the beat does it
            gather(moment + dt.timedelta(minutes=minute))
        while gather_work():
            pass
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SET statement_timeout = 10000")
    channel = Term.objects.filter(store__code="bench1", list="channel").order_by("pk").first()
    person = User.objects.get(username="p1x1")
    ids = {"model": CarModel.objects.first().pk, "person_id": person.pk, "channel": channel.code}
    return ids | signed_in(group="group", manager="manager1", person="p1x1")


def signed_in(**names: str) -> dict:
    from django.test import Client

    from accounts.models import User

    clients = {}
    for name, username in names.items():
        clients[name] = Client(headers={"Accept-Encoding": "gzip"})
        clients[name].force_login(
            User.objects.get(username=username), backend="accounts.backends.StaffBackend"
        )
    return clients


def report(name: str, page: dict) -> None:
    verdict = "" if page["ratio"] <= BAR else f"over {BAR}"
    ms, ratio, kb = f"{page['ms']:.1f}", f"{page['ratio']:.2f}", f"{page['kb']:.1f}"
    print(LINE.format(name, ms, ratio, page["spread"], page["statements"], kb, verdict), flush=True)
