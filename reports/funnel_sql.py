"""What leads add to the funnel, worked out from their log in one pass (SPEC FLOW-11, TEST-08, S23).

A share is a row: lead, store, store day, figure, row of the funnel, owner, and the day of the share of
the same kind before it. A period counts a lead once: the shares of its days whose `before` lies before
its first day. `left` tells the seconds that the lead had stood in the row.
"""

import datetime as dt

from django.db import connection

from leads.models.leads import Status
from leads.models.log import EventKind, Source
from leads.steps import Step

TOGETHER = "together"  # negotiation and deal in one row, for stores of eight steps (SPEC FLOW-02)
MERGED = f"('{Step.NEGOTIATION.code}', '{Step.DEAL.code}')"
MOVES = f"('{EventKind.CREATED}', '{EventKind.STEP}')"
PASSES = f"('{EventKind.CREATED}', '{EventKind.STEP}', '{EventKind.PASSED}')"
STEPS = ", ".join(f"({step:d}, '{step.code}')" for step in Step if step > Step.RECEPTION)
STEPS_TOGETHER = ", ".join(f"({step:d}, '{TOGETHER}')" for step in (Step.NEGOTIATION, Step.DEAL))
POOL = 0
CODE_OF_STEP = "CASE lead.step " + " ".join(f"WHEN {step:d} THEN '{step.code}'" for step in Step) + " END"

# `moment`: a lead and the instant until which its log is read.
THEN = """
    moment AS MATERIALIZED (SELECT lead_id, {instant} AS since FROM chosen)"""
# Every instant at which something became known of a lead, and until when nothing else did.
EVER = """
    moment AS MATERIALIZED (
        SELECT lead_id, since, LEAD(since) OVER (PARTITION BY lead_id ORDER BY since) AS until,
               ROW_NUMBER() OVER (PARTITION BY lead_id ORDER BY since) AS number
          FROM (SELECT id AS lead_id, created_at AS since FROM leads_lead
                 WHERE id IN (SELECT lead_id FROM chosen)
                 UNION
                SELECT lead_id, recorded_at FROM leads_leadevent event
                 WHERE lead_id IN (SELECT lead_id FROM chosen) AND {telling}) known)"""
# What stood before the first change of a kind that became known later.
BEFORE = """(
    SELECT {value} FROM leads_leadevent later
     WHERE later.lead_id = lead.id AND later.kind = '{kind}' AND later.recorded_at > moment.since
     ORDER BY later.recorded_at, later.id LIMIT 1)"""
OWNER_BEFORE = BEFORE.format(
    kind=EventKind.OWNER, value="CASE WHEN later.from_value = '' THEN '0' ELSE later.from_value END"
)
STEP_BEFORE = BEFORE.format(kind=EventKind.STEP, value="later.from_value")
STATUS_BEFORE = BEFORE.format(kind=EventKind.STATUS, value="later.from_value")
# Leads that are not folded then, with their owner; a folded lead counts nowhere (A67).
HOLDER = f"""
    holder AS MATERIALIZED (
        SELECT moment.lead_id, moment.since, CAST(
               COALESCE({OWNER_BEFORE}, CAST(lead.owner_id AS VARCHAR(20)), '{POOL}') AS BIGINT) AS owner
          FROM moment JOIN leads_lead lead ON lead.id = moment.lead_id
         WHERE lead.merged_into_id IS NULL OR EXISTS (
               SELECT 1 FROM leads_leadevent later
                WHERE later.lead_id = lead.id AND later.kind = '{EventKind.STATUS}'
                  AND later.to_value = '{Status.VOID}' AND later.recorded_at > moment.since))"""
LOG = f"""
    log AS (
        SELECT event.id, event.lead_id, event.store_id, event.kind, event.at, {{day}} AS day, event.source,
               event.from_value, event.to_value, event.data ->> 'skipped' AS skipped,
               holder.owner, holder.since AS known,
               CASE WHEN event.from_value IN {MERGED} AND event.to_value IN {MERGED}
                    THEN 1 ELSE 0 END AS across
          FROM holder JOIN leads_leadevent event ON event.lead_id = holder.lead_id
         WHERE event.recorded_at <= holder.since AND event.kind IN {PASSES} AND event.undoes_id IS NULL
           AND NOT EXISTS (SELECT 1 FROM leads_leadevent undoing
                            WHERE undoing.undoes_id = event.id AND undoing.recorded_at <= holder.since))"""
COLUMNS = "lead_id, known, id, store_id, day"
ENTERED = f"""
        SELECT {COLUMNS}, 'entered' AS figure, to_value AS place, 0 AS step, owner,
               CAST(NULL AS BIGINT) AS seconds,
               LAG(day) OVER (PARTITION BY lead_id, known, to_value ORDER BY at, id) AS before
          FROM log"""
ENTERED_TOGETHER = f"""
        SELECT {COLUMNS}, 'entered', '{TOGETHER}', 0, owner, CAST(NULL AS BIGINT),
               LAG(day) OVER (PARTITION BY lead_id, known ORDER BY at, id)
          FROM log WHERE to_value IN {MERGED}"""
SKIPPED = f"""
        SELECT {COLUMNS}, 'skipped', code, step, owner, CAST(NULL AS BIGINT),
               LAG(day) OVER (PARTITION BY lead_id, known, code ORDER BY at, id)
          FROM (SELECT log.*, steps.column1 AS step, steps.column2 AS code FROM log
                  JOIN (SELECT column1, column2 FROM (VALUES {{steps}}) one_step) steps
                    ON log.skipped LIKE {{digit}}
                 WHERE log.kind = '{EventKind.STEP}' AND NOT EXISTS (
                       SELECT 1 FROM log passed WHERE passed.lead_id = log.lead_id
                          AND passed.known = log.known AND passed.at >= log.at AND {{passes}})) left_out"""
LEFT = f"""
        SELECT {COLUMNS}, 'left', from_value, 0, owner, {{seconds}}, CAST(NULL AS DATE)
          FROM (SELECT log.*, LAG(at) OVER (PARTITION BY lead_id, known ORDER BY at, id) AS since
                  FROM log WHERE kind IN {MOVES}) moves
         WHERE kind = '{EventKind.STEP}' AND source <> '{Source.IMPORT}' AND since IS NOT NULL"""
LEFT_TOGETHER = f"""
        SELECT {COLUMNS}, 'left', '{TOGETHER}', 0, owner, {{seconds}}, CAST(NULL AS DATE)
          FROM (SELECT log.*, LAG(at) OVER (PARTITION BY lead_id, known ORDER BY at, id) AS since
                  FROM log WHERE kind IN {MOVES} AND across = 0) moves
         WHERE kind = '{EventKind.STEP}' AND source <> '{Source.IMPORT}' AND since IS NOT NULL
           AND from_value IN {MERGED}"""
# The active leads and where they stood then.
STANDING = f"""
        SELECT holder.lead_id, holder.since AS known, holder.owner, lead.store_id,
               COALESCE({STEP_BEFORE.replace("moment", "holder")}, {CODE_OF_STEP}) AS place
          FROM holder JOIN leads_lead lead ON lead.id = holder.lead_id
         WHERE lead.created_at <= holder.since
           AND COALESCE({STATUS_BEFORE.replace("moment", "holder")}, lead.status) = '{Status.ACTIVE}'"""
# What stayed the same from one instant to the next is one row: `told` has the columns of `same`.
SPANS = """
    SELECT {same}, MIN(since) AS since, CASE WHEN COUNT(*) = COUNT(until) THEN MAX(until) END AS until
      FROM (SELECT told.*, since, until,
                   number - ROW_NUMBER() OVER (PARTITION BY {same} ORDER BY number) AS island
              FROM ({told}) told
              JOIN (SELECT lead_id AS of_lead, since, until, number FROM moment) moment
                ON of_lead = lead_id AND since = known) one_by_one
     GROUP BY {same}, island"""
# Every kind of event that may change what a lead adds; its words hold for whatever it undoes, too.
TELLING = ("created", "step", "passed", "owner", "status", "merge", "undo")
TELLS = f"(event.undoes_id IS NOT NULL OR event.kind IN {TELLING})"
TOUCHED = f"""
    SELECT DISTINCT event.lead_id, lead.store_id
      FROM leads_leadevent event JOIN leads_lead lead ON lead.id = event.lead_id
     WHERE event.id > %(upto)s AND {TELLS}"""
NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


def shares(zone: str, params: dict, known: dt.datetime | None = None) -> str:
    """The CTEs `share` and `standing` over the leads of the CTE `chosen`, with those they need; adds to
    `params`.

    `zone` is the clock of their stores; what was recorded after `known` does not count.
    """
    params["known"] = connection.ops.adapt_datetimefield_value(known or NEVER)
    instant = "%(known)s" if connection.vendor == "sqlite" else "CAST(%(known)s AS TIMESTAMPTZ)"
    parts = [THEN.format(instant=instant), HOLDER, _log(zone, params)]
    return ", ".join([*parts, f"share AS ({_told()})", f"standing AS ({STANDING})"])


def spans(zone: str, params: dict) -> str:
    """The same of every instant, each row with `since` and `until`: as of which instants it is true.

    A share is `late` when its day is not the one on which it became known.
    """
    same = "lead_id, store_id, id, day, figure, place, step, owner, seconds, before"
    share = SPANS.format(same=same, told=_told())
    late = f"SELECT span.*, {_day('span.since', zone, params)} <> span.day AS late FROM ({share}) span"
    standing = SPANS.format(same="lead_id, store_id, place, owner", told=STANDING)
    parts = [EVER.format(telling=TELLS), HOLDER, _log(zone, params)]
    return ", ".join([*parts, f"share AS ({late})", f"standing AS ({standing})"])


def _log(zone: str, params: dict) -> str:
    return LOG.format(day=_day("event.at", zone, params))


def _day(column: str, zone: str, params: dict) -> str:
    """The store day of an instant."""
    sql, zones = connection.ops.datetime_cast_date_sql(column, (), zone)
    for place, name in enumerate(zones):
        params[f"log_zone{place}"] = name
        sql = sql.replace("%s", f"%(log_zone{place})s", 1)
    return sql


def _told() -> str:
    return " UNION ALL ".join(_parts())


def _parts() -> list[str]:
    digit = "'%%' || steps.column1 || '%%'"
    one = {"steps": STEPS, "passes": "passed.to_value = steps.column2"}
    two = {"steps": STEPS_TOGETHER, "passes": f"passed.to_value IN {MERGED}"}
    return [
        ENTERED,
        ENTERED_TOGETHER,
        SKIPPED.format(**one, digit=digit),
        SKIPPED.format(**two, digit=digit),
        LEFT.format(seconds=_seconds()),
        LEFT_TOGETHER.format(seconds=_seconds()),
    ]


def _seconds() -> str:
    if connection.vendor == "sqlite":
        return "CAST(ROUND((julianday(at) - julianday(since)) * 86400) AS INTEGER)"
    return "CAST(EXTRACT(EPOCH FROM at - since) AS BIGINT)"
