"""What leads add to the funnel, worked out from their log in one pass (SPEC FLOW-11, TEST-08, S23).

A share is a row: lead, store, store day, figure, row of the funnel, owner, and the day of the share of
the same kind before it. A period counts a lead once: the shares of its days whose `before` lies before
its first day. `left` tells the seconds that the lead had stood in the row.
"""

from django.db import connection

from leads.models.log import EventKind, Source
from leads.steps import Step

TOGETHER = "together"  # negotiation and deal in one row, for stores of eight steps (SPEC FLOW-02)
MERGED = f"('{Step.NEGOTIATION.code}', '{Step.DEAL.code}')"
MOVES = f"('{EventKind.CREATED}', '{EventKind.STEP}')"
PASSES = f"('{EventKind.CREATED}', '{EventKind.STEP}', '{EventKind.PASSED}')"
STEPS = ", ".join(f"({step:d}, '{step.code}')" for step in Step if step > Step.RECEPTION)
STEPS_TOGETHER = ", ".join(f"({step:d}, '{TOGETHER}')" for step in (Step.NEGOTIATION, Step.DEAL))
POOL = 0

# `chosen`: lead ids.
LOG = f"""
    log AS (
        SELECT event.id, event.lead_id, event.store_id, event.kind, event.at, {{day}} AS day, event.source,
               event.from_value, event.to_value, event.data ->> 'skipped' AS skipped,
               COALESCE(lead.owner_id, {POOL}) AS owner,
               CASE WHEN event.from_value IN {MERGED} AND event.to_value IN {MERGED}
                    THEN 1 ELSE 0 END AS across
          FROM leads_leadevent event JOIN leads_lead lead ON lead.id = event.lead_id
         WHERE event.lead_id IN (SELECT lead_id FROM chosen) AND event.kind IN {PASSES}
           AND event.undoes_id IS NULL AND lead.merged_into_id IS NULL
           AND NOT EXISTS (SELECT 1 FROM leads_leadevent undoing WHERE undoing.undoes_id = event.id))"""
ENTERED = """
        SELECT lead_id, store_id, day, 'entered' AS figure, to_value AS place, owner,
               CAST(NULL AS BIGINT) AS seconds,
               LAG(day) OVER (PARTITION BY lead_id, to_value ORDER BY at, id) AS before
          FROM log"""
ENTERED_TOGETHER = f"""
        SELECT lead_id, store_id, day, 'entered', '{TOGETHER}', owner, CAST(NULL AS BIGINT),
               LAG(day) OVER (PARTITION BY lead_id ORDER BY at, id)
          FROM log WHERE to_value IN {MERGED}"""
SKIPPED = f"""
        SELECT lead_id, store_id, day, 'skipped', code, owner, CAST(NULL AS BIGINT),
               LAG(day) OVER (PARTITION BY lead_id, code ORDER BY at, id)
          FROM (SELECT log.*, steps.column2 AS code FROM log
                  JOIN (SELECT column1, column2 FROM (VALUES {{steps}}) one_step) steps
                    ON log.skipped LIKE {{digit}}
                 WHERE log.kind = '{EventKind.STEP}' AND NOT EXISTS (
                       SELECT 1 FROM log passed WHERE passed.lead_id = log.lead_id AND passed.at >= log.at
                          AND {{passes}})) left_out"""
LEFT = f"""
        SELECT lead_id, store_id, day, 'left', from_value, owner, {{seconds}}, CAST(NULL AS DATE)
          FROM (SELECT log.*, LAG(at) OVER (PARTITION BY lead_id ORDER BY at, id) AS since
                  FROM log WHERE kind IN {MOVES}) moves
         WHERE kind = '{EventKind.STEP}' AND source <> '{Source.IMPORT}' AND since IS NOT NULL"""
LEFT_TOGETHER = f"""
        SELECT lead_id, store_id, day, 'left', '{TOGETHER}', owner, {{seconds}}, CAST(NULL AS DATE)
          FROM (SELECT log.*, LAG(at) OVER (PARTITION BY lead_id ORDER BY at, id) AS since
                  FROM log WHERE kind IN {MOVES} AND across = 0) moves
         WHERE kind = '{EventKind.STEP}' AND source <> '{Source.IMPORT}' AND since IS NOT NULL
           AND from_value IN {MERGED}"""
# Every kind of event that may change what a lead adds; its words hold for whatever it undoes, too.
TELLING = ("created", "step", "passed", "owner", "status", "merge", "undo")
TOUCHED = f"""
    SELECT DISTINCT event.lead_id, lead.store_id
      FROM leads_leadevent event JOIN leads_lead lead ON lead.id = event.lead_id
     WHERE event.id > %(upto)s
       AND (event.undoes_id IS NOT NULL OR event.kind IN ({", ".join(f"'{kind}'" for kind in TELLING)}))"""


def shares(zone: str, params: dict) -> str:
    """The CTEs `log` and `share` over the leads of the CTE `chosen`; adds to `params`.

    `zone` is the clock of their stores.
    """
    sql, zones = connection.ops.datetime_cast_date_sql("event.at", (), zone)
    for place, name in enumerate(zones):
        params[f"log_zone{place}"] = name
        sql = sql.replace("%s", f"%(log_zone{place})s", 1)
    return f"{LOG.format(day=sql)}, share AS ({' UNION ALL '.join(_parts())})"


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
