"""The numbers of the funnel in one statement: entered, left out, time in the step (SPEC FLOW-11).

They equal those of the rows in `funnel`, which the lists are made of; a test and the night's check
compare them. The days of a period are read as sums, and what happened to leads since out of their log.
As of an instant the days after it are read row by row, and so is what became known later.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

from accounts.models import Store

from .funnel import MERGED_STEPS, Wanted, by_row, entered, median_stays, skipped, standing_now
from .funnel_sql import MERGED, NEVER, TOGETHER, TOUCHED, shares
from .mark import Mark, mark_of
from .models import Gathered
from .scope import Scope
from .stays import Stays
from .sums import Sums, added_up, parts_of

DAY = dt.timedelta(days=1)
# What was gathered, without the leads that something happened to since, and these out of their log.
NUMBERS = """
    WITH touched AS ({touched}),
         chosen AS (SELECT lead_id FROM touched WHERE store_id IN ({stores})), {ctes},
         told AS MATERIALIZED (
             SELECT figure, place, owner, seconds, before FROM reports_funnelday kept
              WHERE store_id IN ({stores}) AND ({days}) AND {true}
                AND lead_id NOT IN (SELECT lead_id FROM touched) {asked}
              UNION ALL
             SELECT figure, place, owner, seconds, before FROM share
              WHERE store_id IN ({stores}) AND day BETWEEN %(first)s AND %(last)s {asked})
    SELECT figure, place, owner, COUNT(*), NULL FROM told
     WHERE figure <> 'left' AND (before IS NULL OR before < %(first)s)
     GROUP BY figure, place, owner
     UNION ALL
    SELECT figure, place, 0, COUNT(*), {seconds} FROM told WHERE figure = 'left'
     GROUP BY figure, place"""
# Days that are summed up: the sums, less what touched leads add to them, and who came again after the
# first time.
SUMMED = """
     UNION ALL
    SELECT 'sums', '', {sign}, 0, {text} FROM accounts_store store WHERE store.id IN ({stores})"""
OF_SUMMED = """
     UNION ALL
    SELECT figure, place, owner, -COUNT(*), NULL FROM reports_funnelday
     WHERE lead_id IN (SELECT lead_id FROM touched) AND {within} AND figure <> 'left' AND before IS NULL
       AND until IS NULL {asked}
     GROUP BY figure, place, owner
     UNION ALL
    SELECT figure, place, owner, COUNT(*), NULL FROM reports_funnelday
     WHERE {within} AND figure <> 'left' AND before IS NOT NULL AND before < %(first)s AND {true}
       AND lead_id NOT IN (SELECT lead_id FROM touched) {asked}
     GROUP BY figure, place, owner"""
STAYS_OF_SUMMED = """
     UNION ALL
    SELECT 'gone', place, 0, COUNT(*), {seconds} FROM reports_funnelday
     WHERE lead_id IN (SELECT lead_id FROM touched) AND {within} AND figure = 'left' AND until IS NULL {asked}
     GROUP BY place"""
STAYS_OF_OWNERS = """
     UNION ALL
    SELECT 'left', place, 0, COUNT(*), {seconds} FROM reports_funnelday
     WHERE {within} AND figure = 'left' AND {true} AND lead_id NOT IN (SELECT lead_id FROM touched) {asked}
     GROUP BY place"""
# The sums are of now: as of an instant less what became known later, and with what was true then.
OF_SUMMED_THEN = """
     UNION ALL
    SELECT figure, place, owner, {sign}COUNT(*), NULL FROM reports_funnelday
     WHERE {within} AND figure <> 'left' AND before IS NULL AND {which}
       AND lead_id NOT IN (SELECT lead_id FROM touched) {asked}
     GROUP BY figure, place, owner"""
STAYS_OF_SUMMED_THEN = """
     UNION ALL
    SELECT '{figure}', place, 0, COUNT(*), {seconds} FROM reports_funnelday
     WHERE {within} AND figure = 'left' AND {which} AND lead_id NOT IN (SELECT lead_id FROM touched) {asked}
     GROUP BY place"""
NOT_YET = "late AND until IS NULL AND since > %(known)s"
NO_MORE = "until IS NOT NULL AND since <= %(known)s AND until > %(known)s"
TRUE_NOW = "until IS NULL"
TRUE_THEN = "(since <= %(known)s AND (until IS NULL OR until > %(known)s))"
WITHIN = 'store_id IN ({stores}) AND "on" BETWEEN %(first)s AND %(end)s'
ABOUT_THE_MIDDLE = """
    SELECT place, {seconds} FROM reports_funnelday
     WHERE {within} AND figure = 'left' AND place = '{place}' AND seconds BETWEEN {low} AND {high}
       AND until IS NULL AND (NOT late OR since <= %(known)s)
       AND lead_id NOT IN (SELECT lead_id FROM touched)
     GROUP BY place"""
# Where leads stood: those that nothing happened to since, and the others out of their log.
STOOD = """
    WITH touched AS ({touched}),
         chosen AS (SELECT lead_id FROM touched WHERE store_id IN ({stores})), {ctes}
    SELECT place, COUNT(*) FROM reports_funnelstand
     WHERE store_id IN ({stores}) AND until IS NULL AND since <= %(known)s
       AND lead_id NOT IN (SELECT lead_id FROM touched) {asked}
     GROUP BY place
     UNION ALL
    SELECT place, COUNT(*) FROM reports_funnelstand
     WHERE store_id IN ({stores}) AND until > %(known)s AND since <= %(known)s
       AND lead_id NOT IN (SELECT lead_id FROM touched) {asked}
     GROUP BY place
     UNION ALL
    SELECT place, COUNT(*) FROM standing WHERE store_id IN ({stores}) {asked} GROUP BY place"""
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
    """What a statement is asked: until which day of the period sums may be read, if at all."""

    wanted: Wanted
    upto: int
    eight: bool
    summed_to: dt.date | None

    @property
    def sums_stays(self) -> bool:
        """Sums know no owner of a stay."""
        return bool(self.summed_to) and self.wanted.scope.people is None


def numbers_of(wanted: Wanted, *, eight: bool, mark: Mark | None = None) -> Numbers:
    """The numbers of a period: of what was gathered, else of the log."""
    mark = mark or mark_of(wanted.scope)
    if not mark.upto:
        return Numbers(
            entered(wanted, eight=eight), skipped(wanted, eight=eight), median_stays(wanted, eight=eight)
        )
    summed = mark.sums and not wanted.channel and not wanted.model
    summed_to = _over_then(wanted.scope) if summed else None
    found = _found(Question(wanted, mark.upto, eight, summed_to))
    return found or _found(Question(wanted, mark.upto, eight, None))


def gathered_upto() -> int:
    """The newest event that stands in what was gathered; 0 while nothing was."""
    return Gathered.objects.filter(pk=1).values_list("upto", flat=True).first() or 0


def _over_then(scope: Scope) -> dt.date | None:
    """The last day of a period, as of an instant of those that were over then by every clock."""
    last = scope.last
    if scope.known:
        after = scope.known + dt.timedelta(microseconds=1)
        last = min(last, *(store.business_date(after) - DAY for store in scope.stores))
    return last if scope.first <= last else None


def stock_of(wanted: Wanted, *, eight: bool, mark: Mark | None = None) -> dict[str, int]:
    """Active leads that stand in each row; as of an instant of what was gathered, else of the leads."""
    mark = mark or mark_of(wanted.scope)
    if not mark.upto or not wanted.scope.known:
        return standing_now(wanted, eight=eight)
    counts: Counter = Counter()
    asked = Question(wanted, mark.upto, eight=False, summed_to=None)
    for store, ids in wanted.scope.by_zone():
        params = _params(asked)
        names = _names(asked, store, ids, params)
        for place, number in _rows(STOOD.format(**names), params):
            counts[place] += number
    return by_row(counts, eight=eight)


def _found(asked: Question) -> Numbers | None:
    """None where somebody gathered between two statements."""
    found, stays, texts = Numbers(), defaultdict(Stays), []
    for store, ids in asked.wanted.scope.by_zone():
        for figure, place, owner, number, text in _read(asked, store, ids):
            if figure != "sums":
                _add(found, stays, figure, place, owner, number, text)
            elif text:
                texts.append((owner, text))
    _add_sums(asked, found, stays, added_up(texts))
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


def _add_sums(asked: Question, found: Numbers, stays: dict, sums: Sums) -> None:
    hidden = [step.code for step in MERGED_STEPS] if asked.eight else [TOGETHER]
    people = asked.wanted.scope.people
    for (figure, place), numbers in sums.items():
        if place in hidden:
            continue
        if figure == "left":
            stays[place].lasted.update(numbers if asked.sums_stays else {})
            continue
        for owner, number in numbers.items():
            if people is None or owner in people:
                _add(found, stays, figure, place, owner, number, "")


def _code(place: str) -> str:
    return min(MERGED_STEPS).code if place == TOGETHER else place


def _read(asked: Question, store: Store, ids: list[int]) -> list[tuple]:
    params = _params(asked)
    names = _names(asked, store, ids, params)
    text = NUMBERS.format(**names)
    if asked.summed_to:
        for sign, sums in parts_of(asked.wanted.scope.first, asked.summed_to, params):
            text += SUMMED.format(sign=sign, text=sums, stores=names["stores"])
        text += "".join(part.format(**names, **which) for part, which in _of_summed(asked))
    return _rows(text, params)


def _of_summed(asked: Question) -> Iterator[tuple[str, dict]]:
    yield OF_SUMMED, {}
    yield (STAYS_OF_SUMMED if asked.sums_stays else STAYS_OF_OWNERS), {}
    if not asked.wanted.scope.known:
        return
    yield OF_SUMMED_THEN, {"sign": "-", "which": NOT_YET}
    yield OF_SUMMED_THEN, {"sign": "", "which": NO_MORE}
    if asked.sums_stays:
        yield STAYS_OF_SUMMED_THEN, {"figure": "gone", "which": NOT_YET}
        yield STAYS_OF_SUMMED_THEN, {"figure": "left", "which": NO_MORE}


def _names(asked: Question, store: Store, ids: list[int], params: dict) -> dict[str, str]:
    """What the texts leave open; adds to `params`."""
    stores = ", ".join(map(str, ids))
    known = asked.wanted.scope.known
    return {
        "touched": TOUCHED,
        "stores": stores,
        "ctes": shares(store.time_zone, params, known),
        "days": _odd_days(asked),
        "true": TRUE_THEN if known else TRUE_NOW,
        "asked": _asked(asked, params),
        "seconds": _joined(),
        "within": WITHIN.format(stores=stores),
    }


def _rows(text: str, params: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall()


def _params(asked: Question) -> dict:
    on, scope = connection.ops.adapt_datefield_value, asked.wanted.scope
    begun = max(store.business_date(scope.known or NEVER) for store in scope.stores)
    days = {"first": scope.first, "last": scope.last, "end": asked.summed_to or scope.last, "begun": begun}
    known = connection.ops.adapt_datetimefield_value(scope.known or NEVER)
    return {name: on(day) for name, day in days.items()} | {"upto": asked.upto, "known": known}


def _odd_days(asked: Question) -> str:
    """Those that sums do not tell; of a day that had not begun only what is told of another day was known."""
    if not asked.summed_to:
        return 'kept."on" BETWEEN %(first)s AND %(last)s'
    if not asked.wanted.scope.known:
        return "1 = 0"
    return 'kept."on" > %(end)s AND kept."on" <= %(last)s AND (kept.late OR kept."on" <= %(begun)s)'


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
    rows = _rows(text, _params(asked))
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
