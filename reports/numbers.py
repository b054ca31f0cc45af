"""The numbers of the funnel in one statement: entered, left out, time in the step (SPEC FLOW-11).

They equal those of the rows in `funnel`, which the lists are made of; a test and the night's check
compare them. Whole months are read as sums, the days at the ends of a period one by one, and what
happened to leads since out of their log.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db import connection

from accounts.models import Store

from .funnel import MERGED_STEPS, Wanted, entered, median_stays, skipped
from .funnel_sql import MERGED, TOGETHER, TOUCHED, shares
from .mark import Mark, mark_of
from .models import Gathered
from .stays import Stays

DAY = dt.timedelta(days=1)
# What was gathered, without the leads that something happened to since, and these out of their log.
NUMBERS = """
    WITH touched AS ({touched}),
         chosen AS (SELECT lead_id FROM touched WHERE store_id IN ({stores})), {ctes},
         told AS NOT MATERIALIZED (
             SELECT kept.lead_id, kept.figure, kept.place, kept.owner, kept.seconds, kept.before
               FROM reports_funnelday kept
              WHERE kept.store_id IN ({stores}) AND ({days})
                AND kept.lead_id NOT IN (SELECT lead_id FROM touched)
              UNION ALL
             SELECT share.lead_id, share.figure, share.place, share.owner, share.seconds, share.before
               FROM share WHERE share.store_id IN ({stores}) AND share.day BETWEEN %(first)s AND %(last)s)
    SELECT figure, place, owner, COUNT(*), NULL FROM told
     WHERE figure <> 'left' AND (before IS NULL OR before < %(first)s) {asked}
     GROUP BY figure, place, owner
     UNION ALL
    SELECT figure, place, 0, COUNT(*), {seconds} FROM told WHERE figure = 'left' {asked}
     GROUP BY figure, place"""
# Whole months: the sums, less what touched leads add to them, and who came again after the first time.
OF_MONTHS = """
     UNION ALL
    SELECT figure, place, owner, SUM(number), NULL FROM reports_funnelmonth
     WHERE store_id IN ({stores}) AND month BETWEEN %(start)s AND %(end)s AND figure <> 'left' {asked}
     GROUP BY figure, place, owner
     UNION ALL
    SELECT figure, place, owner, -COUNT(*), NULL FROM reports_funnelday
     WHERE lead_id IN (SELECT lead_id FROM touched) AND {within} AND figure <> 'left' AND before IS NULL
           {asked}
     GROUP BY figure, place, owner
     UNION ALL
    SELECT figure, place, owner, COUNT(*), NULL FROM reports_funnelday
     WHERE {within} AND figure <> 'left' AND before IS NOT NULL AND before < %(first)s
       AND lead_id NOT IN (SELECT lead_id FROM touched) {asked}
     GROUP BY figure, place, owner"""
STAYS_OF_MONTHS = """
     UNION ALL
    SELECT 'lasted', place, bucket, SUM(number), NULL FROM reports_funnelmonth
     WHERE store_id IN ({stores}) AND month BETWEEN %(start)s AND %(end)s AND figure = 'left' {asked}
     GROUP BY place, bucket
     UNION ALL
    SELECT 'gone', place, 0, COUNT(*), {seconds} FROM reports_funnelday
     WHERE lead_id IN (SELECT lead_id FROM touched) AND {within} AND figure = 'left' {asked}
     GROUP BY place"""
STAYS_OF_OWNERS = """
     UNION ALL
    SELECT 'left', place, 0, COUNT(*), {seconds} FROM reports_funnelday
     WHERE {within} AND figure = 'left' AND lead_id NOT IN (SELECT lead_id FROM touched) {asked}
     GROUP BY place"""
WITHIN = 'store_id IN ({stores}) AND "on" BETWEEN %(start)s AND %(end)s'
ABOUT_THE_MIDDLE = """
    SELECT place, {seconds} FROM reports_funnelday
     WHERE {within} AND figure = 'left' AND place = '{place}' AND seconds BETWEEN {low} AND {high}
       AND lead_id NOT IN (SELECT lead_id FROM touched)
     GROUP BY place"""
OF_CHANNEL = """
    AND lead_id IN (SELECT lead.id FROM leads_lead lead JOIN leads_term term ON term.id = lead.channel_id
                     WHERE term.code = %(channel)s)"""
OF_MODEL = " AND lead_id IN (SELECT lead_id FROM leads_leadmodel WHERE car_model_id = %(model)s)"


@dataclass
class Numbers:
    """By the row's code: leads by owner (0 = the pool) that entered it, leads that left it out, and the
    median time in it."""

    entered: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    skipped: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    stays: dict[str, dt.timedelta] = field(default_factory=dict)

    def drop_zeros(self) -> None:
        """A sum may be taken back by the leads that changed since."""
        for owners in self.entered.values():
            for owner in [owner for owner, number in owners.items() if not number]:
                del owners[owner]
        for counts in (self.entered, self.skipped):
            for code in [code for code, number in counts.items() if not number]:
                del counts[code]


@dataclass(frozen=True)
class Question:
    """What a statement is asked: the whole months of the period that may be read as sums, if any."""

    wanted: Wanted
    upto: int
    eight: bool
    months: tuple[dt.date, dt.date] | None

    @property
    def sums_stays(self) -> bool:
        """Sums know no owner of a stay."""
        return bool(self.months) and self.wanted.scope.people is None


def numbers_of(wanted: Wanted, *, eight: bool, mark: Mark | None = None) -> Numbers:
    """The numbers of a period: of what was gathered, else (a past day's knowledge too) of the log."""
    mark = mark or mark_of(wanted.scope)
    if not mark.upto:
        return Numbers(
            entered(wanted, eight=eight), skipped(wanted, eight=eight), median_stays(wanted, eight=eight)
        )
    summed = mark.months and not wanted.channel and not wanted.model
    months = whole_months(wanted.scope.first, wanted.scope.last) if summed else None
    found = _found(Question(wanted, mark.upto, eight, months))
    return found or _found(Question(wanted, mark.upto, eight, None))


def gathered_upto() -> int:
    """The newest event that stands in what was gathered; 0 while nothing was."""
    return Gathered.objects.filter(pk=1).values_list("upto", flat=True).first() or 0


def whole_months(first: dt.date, last: dt.date) -> tuple[dt.date, dt.date] | None:
    """First and last day of the calendar months that lie in a period as a whole."""
    start = first if first.day == 1 else (first.replace(day=1) + 31 * DAY).replace(day=1)
    end = last if (last + DAY).day == 1 else last.replace(day=1) - DAY
    return (start, end) if start < end else None


def _found(asked: Question) -> Numbers | None:
    """None where somebody gathered between two statements."""
    found, stays = Numbers(), defaultdict(Stays)
    for store, ids in asked.wanted.scope.by_zone():
        for row in _read(asked, store, ids):
            _add(found, stays, *row)
    found.drop_zeros()
    near = _about_the_middle(asked, {place: some.middle() for place, some in stays.items() if len(some)})
    for place, some in stays.items():
        if not len(some):
            continue
        seconds = some.median(near.get(place, []))
        if seconds is None:
            return None
        found.stays[_code(place)] = dt.timedelta(seconds=seconds)
    return found


def _add(found: Numbers, stays: dict, figure: str, place: str, owner: int, number: int, seconds: str) -> None:
    match figure:
        case "entered":
            found.entered[_code(place)][owner] += int(number)
        case "skipped":
            found.skipped[_code(place)] += int(number)
        case "left":
            stays[place].seconds += map(int, seconds.split(","))
        case "gone":
            stays[place].gone += map(int, seconds.split(","))
        case "lasted":
            stays[place].lasted[owner] += int(number)


def _code(place: str) -> str:
    return min(MERGED_STEPS).code if place == TOGETHER else place


def _read(asked: Question, store: Store, ids: list[int]) -> list[tuple]:
    params = _days(asked) | {"upto": asked.upto}
    names = {
        "touched": TOUCHED,
        "stores": ", ".join(map(str, ids)),
        "ctes": shares(store.time_zone, params),
        "days": _odd_days(asked),
        "asked": _asked(asked, params),
        "seconds": _joined(),
    }
    names["within"] = WITHIN.format(**names)
    text = NUMBERS
    if asked.months:
        text += OF_MONTHS + (STAYS_OF_MONTHS if asked.sums_stays else STAYS_OF_OWNERS)
    return _rows(text.format(**names), params)


def _rows(text: str, params: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall()


def _days(asked: Question) -> dict:
    on, scope = connection.ops.adapt_datefield_value, asked.wanted.scope
    start, end = asked.months or (scope.first, scope.last)
    days = {"first": scope.first, "last": scope.last, "start": start, "end": end}
    return {name: on(day) for name, day in days.items()}


def _odd_days(asked: Question) -> str:
    """The days before and after the whole months."""
    if not asked.months:
        return 'kept."on" BETWEEN %(first)s AND %(last)s'
    before = 'kept."on" >= %(first)s AND kept."on" < %(start)s'
    return f'({before}) OR (kept."on" > %(end)s AND kept."on" <= %(last)s)'


def _about_the_middle(asked: Question, spans: dict[str, tuple[int, int]]) -> dict[str, list[int]]:
    """Of the stays that only sums tell those that may be the median, by row."""
    if not asked.sums_stays or not spans:
        return {}
    stores = ", ".join(map(str, asked.wanted.scope.store_ids))
    parts = [
        ABOUT_THE_MIDDLE.format(
            within=WITHIN.format(stores=stores), place=place, low=low, high=high, seconds=_joined()
        )
        for place, (low, high) in spans.items()
    ]
    text = f"WITH touched AS ({TOUCHED}) {' UNION ALL '.join(parts)}"
    rows = _rows(text, _days(asked) | {"upto": asked.upto})
    return {place: [int(one) for one in seconds.split(",")] for place, seconds in rows}


def _asked(asked: Question, params: dict) -> str:
    """Whose, of what, and in which rows: nine, or eight with negotiation and deal in one."""
    wanted = asked.wanted
    text = f" AND place NOT IN {MERGED}" if asked.eight else f" AND place <> '{TOGETHER}'"
    if wanted.scope.people is not None:
        text += f" AND owner IN ({', '.join(map(str, wanted.scope.people)) or 'NULL'})"
    if wanted.channel:
        text, params["channel"] = text + OF_CHANNEL, wanted.channel
    if wanted.model:
        text, params["model"] = text + OF_MODEL, wanted.model
    return text


def _joined() -> str:
    """The seconds as one text: a row for each would be thousands."""
    if connection.vendor == "sqlite":
        return "group_concat(seconds, ',')"
    return "string_agg(seconds::text, ',')"
