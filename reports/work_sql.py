"""How often who did what, counted in one statement of SQL (SPEC A40).

By the ORM, building and compiling it took longer than the database took to answer. The rows are
those of `facts`, told apart by the columns its rules ask for; the rules themselves stand there.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from followups.outcomes import REACHED
from leads.models.log import EventKind, Source

from .scope import Scope

NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
EVENTS_OF_WORK = (EventKind.CONTACT, EventKind.GRADE, EventKind.STEP, EventKind.STATUS)
KINDS = ", ".join(f"'{kind}'" for kind in EVENTS_OF_WORK)

# `who`: id, until when the book is read for them, and whether that is now (1) or a past instant (0).
STANDING_ROW = """
           AND record.recorded_at <= who.known
           AND (record.voided_at IS NULL OR record.voided_at > who.known)"""
STANDING_EVENT = f"""
           ({{events}}) AND event.kind IN ({KINDS})
           AND event.source <> '{Source.IMPORT}' AND event.recorded_at <= who.known
           AND event.undoes_id IS NULL
           AND NOT EXISTS (SELECT 1 FROM leads_leadevent undoing
                            WHERE undoing.undoes_id = event.id AND undoing.recorded_at <= who.known)"""
KIND_THEN = """
    COALESCE((SELECT change.old FROM leads_fieldchange change
               WHERE change.ref_kind = 'visit' AND change.ref_id = record.id AND change.field = 'kind'
                 AND change.at > who.known ORDER BY change.at, change.id LIMIT 1), record.kind)"""
VISITS = f"""
    SELECT 'visits', person, kind_then, '', '', NULL, COUNT(*) FROM (
        SELECT record.receiver_id AS person, {{kind_then}} AS kind_then
          FROM showroom_visit record JOIN who ON who.id = record.receiver_id
         WHERE ({{days}}) {STANDING_ROW}) visits
     GROUP BY person, kind_then"""
CALLS = f"""
    SELECT 'calls', record.receiver_id, '', '', '', NULL, COUNT(*)
      FROM showroom_call record JOIN who ON who.id = record.receiver_id
     WHERE ({{days}}) {STANDING_ROW}
     GROUP BY record.receiver_id"""
EVENTS = f"""
    SELECT 'events', person, kind, before, after, reached, COUNT(*) FROM (
        SELECT event.by_id AS person, event.kind AS kind,
               CASE WHEN event.kind = '{EventKind.GRADE}' THEN event.from_value ELSE '' END AS before,
               CASE WHEN event.kind = '{EventKind.CONTACT}' THEN '' ELSE event.to_value END AS after,
               CASE WHEN event.kind = '{EventKind.CONTACT}' THEN event.data ->> 'reached' END AS reached
          FROM leads_leadevent event JOIN who ON who.id = event.by_id
         WHERE {STANDING_EVENT}) work
     GROUP BY person, kind, before, after, reached"""
AGREED = """
    SELECT 'agreed', planned.set_by_id, '', '', '', NULL, COUNT(*)
      FROM followups_appointment planned JOIN who ON who.id = planned.set_by_id
     WHERE ({agreed}) AND planned.set_at <= who.known
       AND NOT EXISTS (SELECT 1 FROM followups_appointment earlier WHERE earlier.moved_to_id = planned.id)
     GROUP BY planned.set_by_id"""
SHOWED = f"""
    SELECT 'showed', planned.set_by_id, '', '', '', NULL, COUNT(*)
      FROM followups_appointment planned JOIN who ON who.id = planned.set_by_id
     WHERE ({{showed}}) AND planned.state = 'showed'
       AND (who.live = 1 OR EXISTS (
            SELECT 1 FROM showroom_visit record WHERE record.lead_id = planned.lead_id
               AND record."on" = {{day}} {STANDING_ROW}))
     GROUP BY planned.set_by_id"""
CARDS = f"""
    SELECT 'cards', person, '', '', '', NULL, COUNT(*) FROM (
        SELECT lead.created_at, customer.card_opened_at,
               CAST((SELECT opened.data ->> 'owner' FROM leads_leadevent opened
                      WHERE opened.lead_id = lead.id AND opened.kind = '{EventKind.CREATED}'
                      ORDER BY opened.id LIMIT 1) AS BIGINT) AS person
          FROM leads_customer customer JOIN leads_lead lead ON lead.customer_id = customer.id
         WHERE ({{cards}}) AND customer.group_id IN ({{groups}})
           AND lead.arrived_at <= customer.card_opened_at) cards
      JOIN who ON who.id = cards.person
     WHERE cards.created_at <= who.known AND cards.card_opened_at <= who.known
     GROUP BY person"""
# Few cards open on a day: their leads are found by the customer, not by reading all of the store's.
BY_CUSTOMER = "+lead"
PARTS = {
    "visits": VISITS, "calls": CALLS, "events": EVENTS, "agreed": AGREED, "showed": SHOWED, "cards": CARDS,
}  # fmt: skip

# What a person did, line by line, with the customer it was done for.
LINES = f"""
    SELECT event.at, event.id, event.kind, event.from_value, event.to_value, lead.id, lead.number,
           customer.name
      FROM leads_leadevent event JOIN who ON who.id = event.by_id
      JOIN leads_lead lead ON lead.id = event.lead_id
      JOIN leads_customer customer ON customer.id = lead.customer_id
     WHERE {STANDING_EVENT}
     UNION ALL
    SELECT record.arrived_at, record.id, 'visit', '', {{kind_then}}, lead.id, lead.number, customer.name
      FROM showroom_visit record JOIN who ON who.id = record.receiver_id
      LEFT JOIN leads_lead lead ON lead.id = record.lead_id
      LEFT JOIN leads_customer customer ON customer.id = lead.customer_id
     WHERE ({{days}}) {STANDING_ROW}
     ORDER BY 1, 2"""


# Every instant at which something became known that facts of a day are counted from, cards apart.
INSTANTS = f"""
    SELECT MIN(at), MAX(at) FROM (
        SELECT recorded_at AS at FROM showroom_visit record WHERE ({{days}}) UNION ALL
        SELECT voided_at FROM showroom_visit record WHERE ({{days}}) UNION ALL
        SELECT recorded_at FROM showroom_call record WHERE ({{days}}) UNION ALL
        SELECT voided_at FROM showroom_call record WHERE ({{days}}) UNION ALL
        SELECT change.at FROM showroom_visit record JOIN leads_fieldchange change ON change.ref_id = record.id
         WHERE ({{days}}) AND change.ref_kind = 'visit' AND change.field = 'kind' UNION ALL
        SELECT recorded_at FROM leads_leadevent event WHERE ({{events}}) AND event.kind IN ({KINDS}) UNION ALL
        SELECT undoing.recorded_at FROM leads_leadevent event
          JOIN leads_leadevent undoing ON undoing.undoes_id = event.id
         WHERE ({{events}}) AND event.kind IN ({KINDS}) UNION ALL
        SELECT set_at FROM followups_appointment planned WHERE ({{agreed}})) instants"""


@dataclass(frozen=True)
class Work:
    """One thing that was done: an event, or a visit with its kind in `to_value`."""

    at: dt.datetime
    pk: int
    kind: str
    from_value: str
    to_value: str
    lead_id: int | None
    number: str | None
    name: str | None

    @property
    def reached(self) -> bool:
        """Of a contact: somebody was talked to."""
        return self.to_value in REACHED


def told(scopes: list[Scope], bases: list[str]) -> Iterator[tuple[str, int, dict, int]]:
    """(base, person, the columns that tell its facts apart, number) of the people of the first scope.

    The scopes differ in stores and days alone, and no day of a store lies in two of them.
    """
    if not scopes[0].people:
        return
    sql, params = _statement(scopes, " UNION ALL ".join(PARTS[base] for base in bases))
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for base, person, kind, before, after, reached, number in cursor.fetchall():
            columns = {
                "kind": kind, "kind_then": kind, "from_value": before, "to_value": after,
                "data__reached": None if reached is None else reached in ("true", 1),
            }  # fmt: skip
            yield base, person, columns, number


def lines_of(scope: Scope) -> list[Work]:
    """The events and visits of the people of a scope, in the order they happened."""
    sql, params = _statement([scope], LINES)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [Work(read_instant(at), *row) for at, *row in cursor.fetchall()]


def known_between(scope: Scope) -> tuple[dt.datetime, dt.datetime] | None:
    """From when to when what happened on the days of a scope, cards apart, became known (UTC)."""
    sql, params = _statement([scope], INSTANTS)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        first, last = cursor.fetchone()
    return (read_instant(first), read_instant(last)) if first else None


def read_instant(value) -> dt.datetime:
    """SQLite answers text."""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def _statement(scopes: list[Scope], text: str) -> tuple[str, dict]:
    """The statement of a text with its conditions, and its parameters by name."""
    params: dict = {}
    scope = scopes[0]
    columns = {
        "events": "event.at", "agreed": "planned.set_at", "showed": "planned.at",
        "cards": "customer.card_opened_at",
    }  # fmt: skip
    names = {
        "groups": ", ".join(str(store.group_id) for one in scopes for store in one.stores),
        "days": " OR ".join(_days(one, params) for one in scopes),
        "kind_then": KIND_THEN if scope.known or scope.known_by else "record.kind",
        "day": _day_of("planned", scopes, params),
    }
    for name, column in columns.items():
        of = BY_CUSTOMER if name == "cards" else column.split(".")[0]
        names[name] = " OR ".join(within(one, column, params, of=of) for one in scopes)
    return f"WITH who AS ({_who(scope, params)}) {text.format(**names)}", params


def _who(scope: Scope, params: dict) -> str:
    adapt = connection.ops.adapt_datetimefield_value
    people = []
    for place, person in enumerate(scope.people):
        known = scope.known_by.get(person, scope.known)
        params[f"known{place}"] = adapt(known or NEVER)
        people.append(f"({person:d}, %(known{place})s, {0 if known else 1:d})")
    return f"SELECT column1 AS id, column2 AS known, column3 AS live FROM (VALUES {', '.join(people)}) people"


def _days(scope: Scope, params: dict) -> str:
    on = connection.ops.adapt_datefield_value
    first, last = _named(params, on(scope.first)), _named(params, on(scope.last))
    stores = ", ".join(map(str, scope.store_ids))
    return f'(record.store_id IN ({stores}) AND record."on" BETWEEN {first} AND {last})'


def within(scope: Scope, column: str, params: dict, *, of: str) -> str:
    """The instants of the period, by each store's own clock, as a condition; adds to `params`."""
    adapt = connection.ops.adapt_datetimefield_value
    found = []
    for store, ids in scope.by_zone():
        start = _named(params, adapt(store.start_of_day(scope.first)))
        end = _named(params, adapt(store.start_of_day(scope.last + dt.timedelta(days=1))))
        stores = ", ".join(map(str, ids))
        found.append(f"({of}.store_id IN ({stores}) AND {column} >= {start} AND {column} < {end})")
    return " OR ".join(found)


def _named(params: dict, value) -> str:
    name = f"value{len(params)}"
    params[name] = value
    return f"%({name})s"


def _day_of(row: str, scopes: list[Scope], params: dict) -> str:
    """The day of a row's instant by the clock of its store, in SQL."""
    found = []
    for store, ids in (one for scope in scopes for one in scope.by_zone()):
        sql, zones = connection.ops.datetime_cast_date_sql(f"{row}.at", (), store.time_zone)
        sql = sql % tuple(_named(params, zone) for zone in zones)
        found.append(f"WHEN {row}.store_id IN ({', '.join(map(str, ids))}) THEN {sql}")
    return f"CASE {' '.join(found)} END"
