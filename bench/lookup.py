"""The phone lookup while typing, its time in the database, beside the same job in plain SQL (PERFORMANCE.md).

Both answer who it is and what a row of the list tells of him: ours by the verb behind the page, the
plain one by psycopg2 on one open connection.
"""

import datetime as dt
import os
import statistics
import time

import psycopg2

from .pages import NOW, build
from .scratch import scratch_database

ASKED = 50  # times of each, in turn
BAR = 5.0  # times the plain statement
TYPED = {"whole number": "13600034321", "last four digits": "4321", "pinyin": "wangx"}  # of thousands

# A page tells of eight leads at most, of the reader's own first.
TELLS = """
    SELECT lead.number, lead.grade, lead.step, lead.status, lead.owner_id, lead.last_visit_at,
           lead.last_contact_at, customer.name, owner.full_name, car.name_zh,
           (SELECT visit.arrived_at FROM showroom_visit visit WHERE visit.lead_id = lead.id
               AND visit."on" = %(on)s AND visit.left_at IS NULL LIMIT 1),
           (SELECT MIN(plan.at) FROM followups_appointment plan WHERE plan.lead_id = lead.id
               AND plan.state = 'planned' AND plan.at BETWEEN %(begins)s AND %(ends)s)
      FROM {found} JOIN leads_customer customer ON customer.id = lead.customer_id
      LEFT JOIN accounts_user owner ON owner.id = lead.owner_id
      LEFT JOIN leads_leadmodel wish ON wish.lead_id = lead.id AND wish.rank = 1
      LEFT JOIN leads_carmodel car ON car.id = wish.car_model_id
     ORDER BY lead.owner_id = %(user)s DESC, lead.id DESC LIMIT 8"""
POINTS = """leads_contactpoint point JOIN leads_lead lead ON lead.customer_id = point.customer_id
       AND lead.store_id = %(store)s AND point.group_id = %(group)s AND point.ended_at IS NULL
       AND NOT point.shared AND """
SHOWN = "id, customer_id, number, grade, step, status, owner_id, last_visit_at, last_contact_at"
NAMES = f"""(
    (SELECT {SHOWN} FROM leads_lead WHERE store_id = %(store)s AND customer_id IN
        (SELECT customer_id FROM leads_namekey WHERE group_id = %(group)s AND key LIKE %(pinyin)s LIMIT 200))
    UNION
    (SELECT {SHOWN} FROM leads_lead lead WHERE store_id = %(store)s AND owner_id = %(user)s
        AND status = 'active' AND EXISTS (SELECT 1 FROM leads_namekey named
            WHERE named.customer_id = lead.customer_id AND named.key LIKE %(pinyin)s) LIMIT 200)) lead"""
PLAIN = {
    "whole number": TELLS.format(found=f"{POINTS} point.kind = 'phone' AND point.value = %(number)s"),
    "last four digits": TELLS.format(found=f"{POINTS} point.tail = %(tail)s"),
    "pinyin": TELLS.format(found=NAMES),
}


def add_arguments(parser) -> None:
    parser.add_argument("--customers", type=int, default=100_000)


def run(options) -> None:
    with scratch_database():
        build(options.customers, max(2, options.customers // 2000))
        print(f"{options.customers:,} customers; median of {ASKED}, time in the database")
        print(LINE.format("typed", "ms", "plain ms", "x plain", ""))
        for name, typed in TYPED.items():
            report(name, *in_turn(name, typed))


class Clock:
    """The seconds that statements take inside `with connection.execute_wrapper(clock)`."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self, execute, sql, params, many, context):
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - started


def in_turn(name: str, typed: str) -> tuple[float, float]:
    """The medians of our statements and of the plain one, asked in turn, in milliseconds."""
    from django.conf import settings

    from accounts.models import Store, User

    store, user = Store.objects.get(code="bench"), User.objects.get(username="bench1")
    plain = psycopg2.connect(os.environ["DATABASE_URL"], **settings.DATABASES["default"]["OPTIONS"])
    values = values_of(store, user)
    times = [(ours(store, user, typed), of_plain(plain, name, values)) for _ in range(ASKED + 1)][1:]
    plain.close()
    return tuple(statistics.median(column) * 1000 for column in zip(*times, strict=True))


def ours(store, user, typed: str) -> float:
    from django.db import connection

    from showroom.lookup import answer

    clock = Clock()
    with connection.execute_wrapper(clock):
        answer(store, typed, user=user, now=dt.datetime.fromisoformat(NOW))
    return clock.seconds


def of_plain(connection, name: str, values: dict) -> float:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(PLAIN[name], values)
        cursor.fetchall()
    return time.perf_counter() - started


def values_of(store, user) -> dict:
    on = store.business_date(dt.datetime.fromisoformat(NOW))
    begins, ends = store.start_of_day(on), store.end_of_day(on)
    place = {"store": store.pk, "group": store.group_id, "user": user.pk, "on": on}
    typed = {"number": "+8613600034321", "tail": TYPED["last four digits"], "pinyin": f"{TYPED['pinyin']}%"}
    return {**place, **typed, "begins": begins, "ends": ends}


LINE = "{:<20}{:>9}{:>10}{:>9}  {}"


def report(name: str, took: float, plain: float) -> None:
    ratio = took / plain
    verdict = "" if ratio <= BAR else f"over {BAR}"
    print(LINE.format(name, f"{took:.2f}", f"{plain:.2f}", f"{ratio:.2f}", verdict), flush=True)
