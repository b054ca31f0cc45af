"""The nine steps: who entered, who left a step out, how long they stayed, who stands where (SPEC FLOW-11).

Everything is read from the event log by `at`; what was recorded after `scope.known` does not count
(MODEL choice 6). Owner, step and status of a past day are those of that day; channel and model are
the lead's own, whenever they were corrected. Number and list come from the same rows.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models import Value as Constant
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import IsNull

from leads.models import Lead, LeadEvent, LeadModel
from leads.models.leads import Status
from leads.models.log import EventKind, Source
from leads.steps import Step

from .scope import Scope, standing

MOVES = (EventKind.CREATED, EventKind.STEP)  # where a lead stands
PASSES = (*MOVES, EventKind.PASSED)  # and what it passed after all
MERGED_STEPS = frozenset({Step.NEGOTIATION, Step.DEAL})  # 洽谈成交 (SPEC FLOW-02)


@dataclass(frozen=True)
class Row:
    """A row of the funnel: one step, or two that the store reads as one."""

    number: int
    steps: tuple[Step, ...]

    @property
    def code(self) -> str:
        return self.steps[0].code

    @property
    def codes(self) -> list[str]:
        return [step.code for step in self.steps]


def rows(*, eight: bool) -> list[Row]:
    """Nine rows, or eight with negotiation and deal in one (SPEC FLOW-02)."""
    if not eight:
        return [Row(int(step), (step,)) for step in Step]
    apart = [(step,) for step in Step if step not in MERGED_STEPS]
    together = sorted([*apart, tuple(sorted(MERGED_STEPS))])
    return [Row(number, steps) for number, steps in enumerate(together, start=1)]


@dataclass(frozen=True)
class Wanted:
    """A scope and which leads of it: `people` are their owners; channel code and model id, or none."""

    scope: Scope
    channel: str = ""
    model: int | None = None


# --- the rows behind the numbers --------------------------------------------------------------


def _events(wanted: Wanted, kinds) -> QuerySet:
    """Standing events of the leads in question, in the period."""
    scope = wanted.scope
    events = LeadEvent.objects.filter(scope.within("at"), standing(scope.known), kind__in=kinds)
    return _of_leads(events, wanted, "lead_id", "lead__")


def _of_leads(rows: QuerySet, wanted: Wanted, lead: str, path: str) -> QuerySet:
    """Narrow rows to leads of the owners, channel and model; a folded lead counts nowhere (A67)."""
    known = wanted.scope.known
    if known or path:  # a folded lead is not active: the stock of now has none
        rows = rows.filter(_not_folded(known, lead))
    if wanted.channel:
        rows = rows.filter(**{f"{path}channel__code": wanted.channel})
    if wanted.model:
        rows = rows.filter(**{f"{lead}__in": LeadModel.objects.filter(car_model=wanted.model).values("lead")})
    if known:
        rows = rows.annotate(owner_then=Coalesce(_before(known, "owner", lead), _owner_text(path)))
    else:
        rows = rows.annotate(owner_then=F(f"{path}owner_id"))
    if wanted.scope.people is None:
        return rows
    owners = map(str, wanted.scope.people) if known else wanted.scope.people
    return rows.filter(owner_then__in=list(owners))


def _not_folded(known: dt.datetime | None, lead: str) -> Q:
    folded = Lead.objects.filter(merged_into__isnull=False)
    if known:
        later = LeadEvent.objects.filter(
            lead=OuterRef("pk"), kind=EventKind.STATUS, to_value=Status.VOID, recorded_at__gt=known
        )
        folded = folded.exclude(Exists(later))
    return ~Q(**{f"{lead}__in": folded.values("pk")})


def _before(known: dt.datetime, kind: str, lead: str) -> Subquery:
    """What stood before the first change that was recorded after an instant, if there was one."""
    later = LeadEvent.objects.filter(lead=OuterRef(lead), kind=kind, recorded_at__gt=known)
    return Subquery(later.order_by("recorded_at", "id").values("from_value")[:1])


def _owner_text(path: str):
    return Coalesce(Cast(f"{path}owner_id", CharField()), Constant(""))


def row_of(field: str, eight: bool):
    """The code of the funnel's row that a step belongs to."""
    if not eight:
        return F(field)
    merged = [step.code for step in MERGED_STEPS]
    return Case(
        When(**{f"{field}__in": merged}, then=Constant(min(MERGED_STEPS).code)),
        default=F(field),
        output_field=CharField(),
    )


def entries(wanted: Wanted) -> QuerySet:
    """Events by which a lead entered the step `to_value`, or passed it after all (S23)."""
    return _events(wanted, PASSES)


def left_out(wanted: Wanted) -> QuerySet:
    """Events that left steps out (their digits in `left_out`); `in_row` says which still count."""
    moves = _events(wanted, [EventKind.STEP])
    return moves.annotate(left_out=KeyTextTransform("skipped", "data"))


def in_row(wanted: Wanted, row: Row) -> Q:
    """Left-out events of a row whose step was not passed later (SPEC TEST-08)."""
    passed = LeadEvent.objects.filter(
        standing(wanted.scope.known),
        lead=OuterRef("lead_id"),
        kind__in=PASSES,
        to_value__in=row.codes,
        at__gte=OuterRef("at"),
    )
    digits = Q(pk__in=[])
    for step in row.steps:
        digits |= Q(left_out__contains=str(int(step)))
    # Looked for row by row, by the lead's index: an EXISTS here makes PostgreSQL read the whole log.
    return digits & Q(IsNull(Subquery(passed.values("pk")[:1]), True))


def stock(wanted: Wanted) -> QuerySet:
    """Active leads with the step they stand at, `step_then`."""
    scope = wanted.scope
    leads = Lead.objects.filter(store__in=scope.store_ids)
    if scope.known is None:
        leads = leads.filter(status=Status.ACTIVE).annotate(step_then=_code_of_step())
    else:
        leads = leads.filter(created_at__lte=scope.known).annotate(
            step_then=Coalesce(_before(scope.known, EventKind.STEP, "pk"), _code_of_step()),
            status_then=Coalesce(_before(scope.known, EventKind.STATUS, "pk"), F("status")),
        )
        leads = leads.filter(status_then=Status.ACTIVE)
    return _of_leads(leads, wanted, "pk", "")


def _code_of_step():
    codes = [When(step=step, then=Constant(step.code)) for step in Step]
    return Case(*codes, output_field=CharField())


FIGURES = ("entered", "skipped", "stock")


def leads_behind(figure: str, row: Row, wanted: Wanted) -> QuerySet:
    """The leads that a number of the funnel counts, each once."""
    if figure == "stock":
        return stock(wanted).filter(step_then__in=row.codes)
    if figure == "skipped":
        events = left_out(wanted).filter(in_row(wanted, row))
    else:
        events = entries(wanted).filter(to_value__in=row.codes)
    return Lead.objects.filter(pk__in=events.order_by().values("lead_id"))


# --- the numbers ------------------------------------------------------------------------------


def entered(wanted: Wanted, *, eight: bool) -> dict[str, dict[int, int]]:
    """Leads that entered each row, each once: code -> owner (0 = the pool) -> number.

    A lead has one owner at a time, so the owners of a row add up to its leads.
    """
    events = entries(wanted).annotate(row=row_of("to_value", eight)).order_by()
    found: dict[str, dict[int, int]] = defaultdict(dict)
    counts = events.values_list("row", "owner_then").annotate(n=Count("lead_id", distinct=True))
    for code, owner, number in counts:
        found[code][int(owner or 0)] = number
    return found


def skipped(wanted: Wanted, *, eight: bool) -> dict[str, int]:
    """Leads that left each row out and did not come back to it."""
    counts = {
        row.code: Count("lead_id", distinct=True, filter=in_row(wanted, row))
        for row in rows(eight=eight)
        if row.steps[0] > Step.RECEPTION
    }
    events = left_out(wanted).exclude(left_out=None).exclude(left_out="[]")
    return {code: number for code, number in events.aggregate(**counts).items() if number}


def standing_now(wanted: Wanted, *, eight: bool) -> dict[str, int]:
    """Active leads that stand in each row."""
    leads = stock(wanted).order_by()
    if wanted.scope.known is None:  # an index answers steps, it knows no codes
        counts = leads.values_list("step").annotate(n=Count("pk"))
        return by_row({Step(step).code: number for step, number in counts}, eight=eight)
    return dict(leads.annotate(row=row_of("step_then", eight)).values_list("row").annotate(n=Count("pk")))


def by_row(counts: Mapping[str, int], *, eight: bool) -> dict[str, int]:
    """Numbers of steps by code as numbers of rows; zeros are left out."""
    found: dict[str, int] = {}
    for row in rows(eight=eight):
        number = sum(counts.get(code, 0) for code in row.codes)
        if number:
            found[row.code] = number
    return found


MEDIANS = """
    SELECT step, AVG(stay) FROM (
        SELECT step, stay, ROW_NUMBER() OVER (PARTITION BY step ORDER BY stay) AS place,
               COUNT(*) OVER (PARTITION BY step) AS many
          FROM ({stays}) stays) ranked
     WHERE place IN ((many + 1) / 2, (many + 2) / 2)
     GROUP BY step"""


def stays(wanted: Wanted, *, eight: bool) -> QuerySet:
    """`step` (a row's code) and `stay` in it, of who left it in the period; imported moves tell no time."""
    entered = _across_rows(LeadEvent.objects.filter(kind__in=MOVES), eight)
    before = entered.filter(
        Q(at__lt=OuterRef("at")) | Q(pk__lt=OuterRef("pk")),
        standing(wanted.scope.known),
        lead=OuterRef("lead_id"),
        at__lte=OuterRef("at"),
    )
    left = _across_rows(_events(wanted, [EventKind.STEP]), eight).exclude(source=Source.IMPORT)
    since = Subquery(before.order_by("-at", "-pk").values("at")[:1])
    stay = ExpressionWrapper(F("at") - since, output_field=DurationField())
    return left.order_by().annotate(step=row_of("from_value", eight), stay=stay).values("step", "stay")


def _across_rows(events: QuerySet, eight: bool) -> QuerySet:
    """Without moves from negotiation to deal and back, where these are one row."""
    codes = [step.code for step in MERGED_STEPS]
    return events.exclude(from_value__in=codes, to_value__in=codes) if eight else events


def median_stays(wanted: Wanted, *, eight: bool) -> dict[str, dt.timedelta]:
    """The median time in each row of those who left it in the period."""
    inner, params = stays(wanted, eight=eight).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(MEDIANS.format(stays=inner), params)
        return {step: _duration(stay) for step, stay in cursor.fetchall() if stay is not None}


def _duration(stay) -> dt.timedelta:
    """SQLite knows only microseconds."""
    return stay if isinstance(stay, dt.timedelta) else dt.timedelta(microseconds=float(stay))
