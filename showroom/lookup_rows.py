"""What the live answer reads: who fits, then what is told of the few it shows; one statement each.

By the ORM, building and compiling these took longer than the database took to answer.
"""

import datetime as dt
from typing import NamedTuple

from django.db import connection

from accounts.models import Store, User
from accounts.roles import RECEIVING
from leads.list_columns import aware
from leads.models.terms import in_reader_language
from leads.search_rows import COLUMNS, HAS_KEY, LOOKED_AT, key_begins, named, seen_by

LIGHT = ", ".join(f"lead.{column}" for column in COLUMNS.split(", "))
BY_NUMBER = f"""
    SELECT {LIGHT}, point.customer_id
      FROM leads_contactpoint point
      LEFT JOIN leads_lead lead ON lead.customer_id = point.customer_id AND lead.store_id = %s
     WHERE point.group_id = %s AND point.kind = 'phone' AND point.value = %s
       AND point.ended_at IS NULL AND NOT point.shared"""
BY_TAIL = f"""
    SELECT {LIGHT}
      FROM leads_contactpoint point JOIN leads_lead lead ON lead.customer_id = point.customer_id
     WHERE point.group_id = %s AND point.tail = %s AND point.ended_at IS NULL AND lead.store_id = %s
     LIMIT {LOOKED_AT}"""
# Whoever is expected today is found however many have the name.
EXPECTED = f"""
    SELECT {LIGHT} FROM followups_appointment planned JOIN leads_lead lead ON lead.id = planned.lead_id
     WHERE planned.store_id = %s AND planned.state = 'planned' AND planned.at BETWEEN %s AND %s
       AND lead.store_id = planned.store_id AND {HAS_KEY.format(customer="lead.customer_id")}"""
WITH_EXPECTED = """
    SELECT lead.*, lead.id IN (SELECT planned.lead_id FROM followups_appointment planned
        WHERE planned.store_id = %s AND planned.state = 'planned' AND planned.at BETWEEN %s AND %s)
      FROM ({leads}) lead"""
TOLD = """
    SELECT lead.id, lead.number, lead.grade, lead.step, lead.skipped, lead.status, lead.owner_id,
           lead.phone_only_since, lead.agreed_on, lead.protected_from,
           customer.name, owner.full_name, here.id, here.receiver_id,
           EXISTS (SELECT 1 FROM accounts_membership held
                    WHERE held.store_id = lead.store_id AND held.user_id = lead.owner_id
                      AND held.ends_on IS NULL AND held.role IN ({receiving})),
           {seen},
           lead.last_visit_at, lead.last_contact_at, here.arrived_at, planned.at,
           car.name_en, car.name_zh
      FROM leads_lead lead
      JOIN leads_customer customer ON customer.id = lead.customer_id
      LEFT JOIN accounts_user owner ON owner.id = lead.owner_id
      LEFT JOIN leads_carmodel car ON car.id =
           (SELECT wish.car_model_id FROM leads_leadmodel wish
             WHERE wish.lead_id = lead.id ORDER BY wish.rank, wish.id LIMIT 1)
      LEFT JOIN showroom_visit here ON here.id =
           (SELECT visit.id FROM showroom_visit visit
             WHERE visit.lead_id = lead.id AND visit."on" = %s AND visit.left_at IS NULL
               AND visit.voided_at IS NULL ORDER BY visit.arrived_at LIMIT 1)
      LEFT JOIN followups_appointment planned ON planned.id =
           (SELECT plan.id FROM followups_appointment plan
             WHERE plan.lead_id = lead.id AND plan.state = 'planned' AND plan.at BETWEEN %s AND %s
             ORDER BY plan.at LIMIT 1)
     WHERE lead.id IN ({places})"""
RECEIVING_ROLES = ", ".join(f"'{role.value}'" for role in RECEIVING)


class Light(NamedTuple):
    """A lead that fits, to be weighed; `expected` = an appointment of today."""

    pk: int
    customer_id: int
    car_no: int
    status: str
    owner_id: int | None
    expected: bool = False


class Told(NamedTuple):
    """What is told of one lead, instants in UTC; `seen` = the reader may open the card."""

    pk: int
    number: str
    grade: str
    step: int
    skipped: str
    status: str
    owner_id: int | None
    phone_only_since: dt.date | None
    agreed_on: dt.date | None
    protected_from: dt.date | None
    name: str
    owner_name: str | None
    here_id: int | None
    here_receiver: int | None
    receives: bool  # the owner still does, in this store
    seen: bool
    last_visit_at: dt.datetime | None
    last_contact_at: dt.datetime | None
    here_since: dt.datetime | None
    expected_at: dt.datetime | None  # an appointment of today
    car: str


def with_number(store: Store, value: str) -> tuple[int | None, list[Light]]:
    """Whose number in the group it is, and his leads in the store."""
    rows = _rows(BY_NUMBER, (store.pk, store.group_id, value))
    return (rows[0][-1] if rows else None), [Light(*row[:-1]) for row in rows if row[0]]


def with_tail(store: Store, tail: str, *, now: dt.datetime) -> list[Light]:
    """The leads of a store whose customers have a number that ends so."""
    return _with_expected(store, BY_TAIL, (store.group_id, tail, store.pk), now)


def with_name(store: Store, key: str, *, user: User, now: dt.datetime, enough: int) -> list[Light]:
    """The leads of a store whose customers have a name that begins so: who is expected, one's own, others.

    With more than `enough` customers of one's own, others are those who are expected.
    """
    leads, values = named(store, key, user, enough=enough)
    expected = (store.pk, *_today(store, now)[1:], key_begins(key))
    return _with_expected(store, f"{leads} UNION {EXPECTED}", (*values, *expected), now)


def _with_expected(store: Store, leads: str, values: tuple, now: dt.datetime) -> list[Light]:
    asked = WITH_EXPECTED.format(leads=leads)
    return [Light(*row) for row in _rows(asked, (store.pk, *_today(store, now)[1:], *values))]


def told(lead_ids: list[int], store: Store, *, user: User, now: dt.datetime, own: bool) -> list[Told]:
    """What is told of leads of a store, in this order; `own` = the reader sees them all as it is."""
    if not lead_ids:
        return []
    seen, values = ("TRUE", ()) if own else seen_by(user, store, now=now)
    places = ", ".join(["%s"] * len(lead_ids))
    asked = TOLD.format(receiving=RECEIVING_ROLES, seen=seen, places=places)
    rows = _rows(asked, (*values, *_today(store, now), *lead_ids))
    found = {row[0]: Told(*row[:16], *map(aware, row[16:20]), _car(*row[20:])) for row in rows}
    return [found[pk] for pk in lead_ids if pk in found]


def _car(name_en: str | None, name_zh: str | None) -> str:
    return in_reader_language(name_en or "", name_zh or "")


def _today(store: Store, now: dt.datetime) -> tuple:
    """The store day of an instant, its beginning and its end, as the database has them."""
    today, ops = store.business_date(now), connection.ops
    return ops.adapt_datefield_value(today), *map(ops.adapt_datetimefield_value, store.day(today))


def _rows(sql: str, values: tuple) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
