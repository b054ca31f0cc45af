"""The statements of My day, in SQL (SPEC A60, A66).

By the ORM, building and compiling them took longer than the database took to answer: 13 of the
page's 20 ms.
"""

import datetime as dt
import json
from operator import attrgetter
from typing import NamedTuple

from django.db import connection

from accounts.models import Store, User
from accounts.prepared import Statement
from accounts.roles import RECEIVING
from leads.lists import CAP
from leads.lost_desk import overdue_before
from leads.models import Lead
from leads.models.terms import GRADE_RANK
from leads.steps import Step

from .models import Task
from .task_kinds import OF_ONE_DAY, RIDERS

GIVEN_DAYS = 30  # so long a lead that changed hands is "new" to its owner


class DayLead(NamedTuple):
    """What My day tells of a lead, straight from the database: a hundred rows need no models."""

    pk: int
    number: str
    customer_id: int
    step: int
    skipped: str
    status: str
    grade: str
    owner_id: int | None
    setter_id: int | None
    merged_into_id: int | None
    first_attempt_at: dt.datetime | None
    last_contact_at: dt.datetime | None
    last_visit_at: dt.datetime | None
    agreed_on: dt.date | None
    lapses_on: dt.date | None
    priority: bool
    customer_name: str
    customer_kind: str
    last_channel: str | None  # of the last contact
    car_en: str | None
    car_zh: str | None
    store: Store

    is_active = Lead.is_active


class DayTask(NamedTuple):
    """What My day tells of a task."""

    pk: int
    lead_id: int
    kind: str
    due_at: dt.datetime
    state: str
    due_on: dt.date
    catch_up: bool
    why: str
    why_json: str
    snoozed_until: dt.datetime | None

    State = Task.State
    is_overdue = Task.is_overdue
    at = property(attrgetter("due_at"))

    @property
    def why_args(self) -> dict:
        """What the kind keeps beside its `why`; few rows ask."""
        return json.loads(self.why_json)


class DayMoment(NamedTuple):
    """What My day tells of an appointment, a contact or an attempt."""

    pk: int
    lead_id: int
    kind: str
    at: dt.datetime


class OnLeads(NamedTuple):
    """What is open or happened on some leads, by lead and in the order of time."""

    tasks: dict[int, list[DayTask]]
    planned: dict[int, list[DayMoment]]
    contacts: dict[int, list[DayMoment]]


class AtWork(NamedTuple):
    """One person's customers of the day; what the whole store waits for stands with everybody."""

    pk: int
    full_name: str
    overdue: int
    due_today: int
    share: int  # left of today's
    backlog: int
    escalated: int
    pool: int  # CAP + 1 at most
    losses: int  # that wait for the manager
    losses_overdue: int
    late_call_backs: int  # S05


def listed(kinds: tuple[str, ...]) -> str:
    """Task kinds for an SQL list."""
    return ", ".join(f"'{kind:s}'" for kind in kinds)


MINE = "%(user)s IN (lead.owner_id, lead.setter_id)"
IN_CATCH_UP = """
    EXISTS (SELECT 1 FROM followups_task task
             WHERE task.lead_id = lead.id AND task.state = 'open' AND task.catch_up)"""

# Each part answers customers; one of them is enough to stand on the day. Between two bounds PostgreSQL
# expects a few rows whatever the values are, as they are: it plans the whole once, with indexes.
DUE = f"""
    SELECT lead.customer_id FROM followups_task task JOIN leads_lead lead ON lead.id = task.lead_id
     WHERE task.store_id = %(store)s AND task.assignee_id = %(user)s AND task.state = 'open'
       AND task.due_at BETWEEN '2000-01-01' AND %(end)s AND task.kind NOT IN ({listed(RIDERS)})
       AND (task.due_at >= %(start)s OR task.kind NOT IN ({listed(OF_ONE_DAY)}))"""
EXPECTED = f"""
    SELECT lead.customer_id FROM followups_appointment planned
      JOIN leads_lead lead ON lead.id = planned.lead_id
     WHERE planned.store_id = %(store)s AND planned.state = 'planned'
       AND planned.at BETWEEN %(start)s AND %(end)s AND {MINE}"""
WORKED_ON = f"""
    SELECT lead.customer_id FROM followups_contact contact JOIN leads_lead lead ON lead.id = contact.lead_id
     WHERE contact.by_id = %(user)s AND contact.at BETWEEN %(start)s AND %(end)s
       AND contact.undone_at IS NULL AND contact.kind <> 'message'
       AND lead.store_id = %(store)s AND {MINE}"""
# Changed hands lately, and not met or tried since.
GIVEN = f"""
    SELECT lead.customer_id FROM leads_leadevent given JOIN leads_lead lead ON lead.id = given.lead_id
     WHERE given.store_id = %(store)s AND given.kind = 'owner' AND given.to_value = %(user_text)s
       AND given.at >= %(given_since)s AND lead.owner_id = %(user)s AND lead.status = 'active'
       AND (lead.last_visit_at IS NULL OR lead.last_visit_at < given.at)
       AND NOT EXISTS (SELECT 1 FROM followups_contact contact
                        WHERE contact.lead_id = lead.id AND contact.at >= given.at
                           AND contact.undone_at IS NULL)
       AND NOT {IN_CATCH_UP}"""
NEVER_TRIED = f"""
    SELECT lead.customer_id FROM leads_lead lead
     WHERE lead.store_id = %(store)s AND lead.owner_id = %(user)s AND lead.status = 'active'
       AND lead.step = {Step.PROSPECTING:d} AND lead.first_attempt_at IS NULL AND lead.last_visit_at IS NULL
       AND NOT {IN_CATCH_UP}"""
# Nothing brings them back: an alarm.
WITHOUT_NEXT_STEP = f"""
    SELECT lead.customer_id FROM leads_lead lead
     WHERE lead.store_id = %(store)s AND lead.owner_id = %(user)s AND lead.status = 'active'
       AND lead.next_due_on IS NULL AND lead.step <= {Step.DELIVERY:d}
       AND NOT EXISTS (SELECT 1 FROM leads_customer customer
                        WHERE customer.id = lead.customer_id AND customer.kind = 'organisation')
       AND NOT EXISTS (SELECT 1 FROM followups_task task WHERE task.lead_id = lead.id AND task.state = 'open')
       AND NOT EXISTS (SELECT 1 FROM followups_appointment planned WHERE planned.lead_id = lead.id
                          AND planned.state = 'planned' AND planned.at >= %(start)s)"""
PARTS = (DUE, EXPECTED, WORKED_ON, GIVEN, NEVER_TRIED, WITHOUT_NEXT_STEP)
LEADS = Statement(f"""
    SELECT lead.id, lead.number, lead.customer_id, lead.step, lead.skipped, lead.status, lead.grade,
           lead.owner_id, lead.setter_id, lead.merged_into_id, lead.first_attempt_at, lead.last_contact_at,
           lead.last_visit_at, lead.agreed_on, lead.lapses_on, lead.priority, customer.name, customer.kind,
           (SELECT contact.channel FROM followups_contact contact
             WHERE contact.lead_id = lead.id AND contact.kind = 'contact' AND contact.undone_at IS NULL
             ORDER BY contact.at DESC LIMIT 1),
           car.name_en, car.name_zh
      FROM leads_lead lead
      JOIN leads_customer customer ON customer.id = lead.customer_id
      LEFT JOIN leads_carmodel car ON car.id =
           (SELECT wish.car_model_id FROM leads_leadmodel wish
             WHERE wish.lead_id = lead.id ORDER BY wish.rank, wish.id LIMIT 1)
     WHERE lead.store_id = %(store)s
       AND lead.customer_id IN ({" UNION ".join(PARTS)})
       AND ({MINE} OR EXISTS (SELECT 1 FROM followups_task task WHERE task.lead_id = lead.id
                                 AND task.state = 'open' AND task.assignee_id = %(user)s))
     ORDER BY lead.id""")


ON_LEADS = Statement("""
    SELECT 'task', id, lead_id, kind, due_at AS at, state, due_on, catch_up, why, why_args,
           snoozed_until
      FROM followups_task
     WHERE state = 'open' AND assignee_id = %(user)s AND lead_id = ANY(%(ids)s)
     UNION ALL
    SELECT 'planned', id, lead_id, kind, at, '', NULL, NULL, '', NULL, NULL FROM followups_appointment
     WHERE state = 'planned' AND at >= %(start)s AND lead_id = ANY(%(ids)s)
     UNION ALL
    SELECT 'contact', id, lead_id, kind, at, '', NULL, NULL, '', NULL, NULL FROM followups_contact
     WHERE at >= %(start)s AND undone_at IS NULL AND kind <> 'message' AND lead_id = ANY(%(ids)s)
     ORDER BY at, id""")
BACKLOG = Statement("""
    SELECT lead.grade, COUNT(*) FROM followups_task task JOIN leads_lead lead ON lead.id = task.lead_id
     WHERE task.store_id = %(store)s AND task.assignee_id = %(user)s AND task.state = 'open'
       AND task.catch_up AND task.due_on > %(today)s
     GROUP BY lead.grade""")

# Customers, not tasks, but for what has come up: each number opens a list of rows.
TEAM = f"""
    SELECT person.id, person.full_name,
           COALESCE(work.overdue, 0) AS overdue,
           COALESCE(work.due, 0) - COALESCE(work.overdue, 0) AS due_today,
           COALESCE(work.share, 0) AS share,
           COALESCE(work.backlog, 0) AS backlog,
           COALESCE(work.escalated, 0) AS escalated,
           (SELECT COUNT(*) FROM (
                   SELECT 1 FROM leads_lead WHERE store_id = %(store)s AND status = 'active'
                      AND owner_id IS NULL LIMIT {CAP + 1}) pooled) AS pool,
           (SELECT COUNT(*) FROM leads_lostrecord WHERE store_id = %(store)s AND decision = '') AS losses,
           (SELECT COUNT(*) FROM leads_lostrecord WHERE store_id = %(store)s AND decision = ''
               AND recorded_at < %(loss_overdue)s) AS losses_overdue,
           (SELECT COUNT(*) FROM followups_task WHERE store_id = %(store)s AND kind = 'call_back'
               AND state = 'open' AND due_at < %(now)s) AS late_call_backs
      FROM accounts_user person
      LEFT JOIN (
           SELECT assignee_id,
                  COUNT(DISTINCT CASE WHEN NOT catch_up AND due_at < %(now)s
                                       AND kind NOT IN ({listed(OF_ONE_DAY)}) THEN lead_id END) AS overdue,
                  COUNT(DISTINCT CASE WHEN NOT catch_up AND due_at <= %(end)s THEN lead_id END) AS due,
                  COUNT(DISTINCT CASE WHEN catch_up AND due_on <= %(today)s THEN lead_id END) AS share,
                  COUNT(DISTINCT CASE WHEN catch_up AND due_on > %(today)s THEN lead_id END) AS backlog,
                  COUNT(CASE WHEN told_up >= %(told_up)s AND due_at <= %(now)s THEN lead_id END) AS escalated
             FROM followups_task
            WHERE store_id = %(store)s AND state = 'open' AND (due_at <= %(end)s OR catch_up)
              AND kind NOT IN ({listed(RIDERS)})
            GROUP BY assignee_id) work ON work.assignee_id = person.id
     WHERE person.is_active
       AND EXISTS (SELECT 1 FROM accounts_membership member
                    WHERE member.user_id = person.id AND member.store_id = %(store)s
                      AND member.ends_on IS NULL
                      AND member.role IN ({", ".join(f"'{role}'" for role in RECEIVING)}){{team}})
     ORDER BY person.full_name, person.id"""


def leads_of_the_day(
    user: User, store: Store, *, start: dt.datetime, end: dt.datetime, now: dt.datetime
) -> list[DayLead]:
    """The person's leads of every customer of the day from `start` to `end`, UTC."""
    rows = LEADS(
        user=user.pk,
        user_text=str(user.pk),
        store=store.pk,
        start=start,
        end=end,
        given_since=now - dt.timedelta(days=GIVEN_DAYS),
    )
    return [DayLead(*row, store) for row in _in_utc(rows)]


def on_leads(leads: list[DayLead], user: User, *, start: dt.datetime) -> OnLeads:
    """The person's open tasks of some leads, and of whomever the appointments, contacts and attempts from
    `start` (UTC) on; one statement.
    """
    found = OnLeads({}, {}, {})
    ids = [lead.pk for lead in leads]
    for part, *row in _in_utc(ON_LEADS(user=user.pk, start=start, ids=ids)) if ids else ():
        if part == "task":
            found.tasks.setdefault(row[1], []).append(DayTask._make(row))
        else:
            of_part = found.planned if part == "planned" else found.contacts
            of_part.setdefault(row[1], []).append(DayMoment._make(row[:4]))
    return found


def backlog_by_grade(user: User, store: Store, today: dt.date) -> list[tuple[str, int]]:
    """How many catch-up tasks of a person are due later than a store day, by grade, the hottest first."""
    rows = BACKLOG(store=store.pk, user=user.pk, today=today)
    return sorted(rows, key=lambda row: GRADE_RANK[row[0]])


def team_at_work(
    store: Store, teams: list[int] | None, *, told_up: int, end: dt.datetime, now: dt.datetime
) -> list[AtWork]:
    """Who sells in the store (in some teams of it): what is overdue at `now` and due until `end`, UTC, and
    how many tasks have come up so far.
    """
    values = {
        "store": store.pk,
        "told_up": told_up,
        "now": _moment(now),
        "end": _moment(end),
        "today": connection.ops.adapt_datefield_value(store.business_date(now)),
        "loss_overdue": _moment(overdue_before(store, now=now)),
    }
    marks = {f"team{place}": team for place, team in enumerate(teams or [])}
    only = f" AND member.team_id IN ({', '.join(f'%({mark})s' for mark in marks) or 'NULL'})"
    sql = TEAM.format(team="" if teams is None else only)
    with connection.cursor() as cursor:
        cursor.execute(sql, {**values, **marks})
        return list(map(AtWork._make, cursor.fetchall()))


def _in_utc(rows: list[tuple]) -> list[tuple]:
    """Rows as they were read; SQLite does not say that its moments are UTC."""
    return rows if connection.vendor == "postgresql" else [tuple(map(_aware, row)) for row in rows]


def _aware(value: object) -> object:
    naive = isinstance(value, dt.datetime) and value.tzinfo is None
    return value.replace(tzinfo=dt.UTC) if naive else value


def _moment(at: dt.datetime):
    return connection.ops.adapt_datetimefield_value(at)
