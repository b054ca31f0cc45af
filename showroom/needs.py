"""The needs report: eleven answers taken down beside the talk, then agreed on (SPEC 7).

Answers are merged question by question: two phones that fill different parts lose nothing.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.prepared import Prepared
from accounts.sql import insert, update
from leads.acts import acting
from leads.intake import add_interests, interests_of
from leads.machine import EvidenceKind
from leads.models import CarModel, Lead
from leads.moves import may_tell_something, record_evidence

from .judging import judge
from .models import Companion, NeedsReport, Recommendation, Visit
from .needs_questions import QUESTIONS, cleaned
from .serving import served_lead, todays_visit
from .step_signals import NEEDS
from .walk_positions import ASPECTS

STATES = NeedsReport.State
Check = Callable[[NeedsReport], None]
MOST_RECOMMENDED = 3  # SPEC NEED-09
ENDED = ("state", "finished_at", "override_reason", "version")


@dataclass(frozen=True)
class Finish:
    """What ends the talk: the summary, whether the customer agreed, and up to three models."""

    summary: str = ""
    confirmed: bool = False
    override_reason: str = ""
    models: Sequence[CarModel] = ()
    grade: str = ""
    grade_reason: str = ""


def standing_report(lead: Lead) -> NeedsReport | None:
    """The report that stands; one that was replaced is history."""
    return _standing.first(lead=lead.pk)


@Prepared
def _standing(*, lead: int) -> QuerySet:
    return NeedsReport.objects.filter(lead=lead, replaced_at=None).order_by("pk")[:1]


def _begun(lead: Lead, *, by, at: dt.datetime) -> NeedsReport:
    """The standing report, a new one if there is none; its beginning opens the step (SPEC T05).

    It knows as `is_here` whether the customer is in the house.
    """
    report = _standing_here.first(lead=lead.pk, on=lead.store.business_date(at))
    begins = report is None
    if begins:
        visit = todays_visit(lead, now=at)
        report = NeedsReport(lead=lead, visit=visit, begun_at=at, begun_by=by)
        insert(report)
        report.is_here = visit is not None and visit.left_at is None
    if begins or _opens_the_step(lead, report):
        _open_step(lead, report, by=by, at=at)
    return report


@Prepared
def _standing_here(*, lead: int, on: dt.date) -> QuerySet:
    here = Visit.objects.filter(lead=OuterRef("lead"), on=on, voided_at=None, left_at=None)
    reports = NeedsReport.objects.filter(lead=lead, replaced_at=None).annotate(is_here=Exists(here))
    return reports.order_by("pk")[:1]


def _opens_the_step(lead: Lead, report: NeedsReport) -> bool:
    """Whether a report that was begun before may only now be evidence: the card was opened since."""
    carded_at = lead.customer.card_opened_at
    opened = carded_at is not None and carded_at >= report.begun_at
    return opened or may_tell_something(lead, EvidenceKind.NEEDS_BEGUN)


def _open_step(lead: Lead, report: NeedsReport, *, by, at: dt.datetime) -> None:
    if lead.customer.card_opened_at:
        _evidence(lead, EvidenceKind.NEEDS_BEGUN, report, by=by, at=at)


def _evidence(lead: Lead, kind: str, report: NeedsReport, *, by, at: dt.datetime) -> None:
    record_evidence(lead, kind, ref_kind="needs", ref_id=report.pk, by=by, at=at, recorded_at=at)


@transaction.atomic
def answer(
    lead_id: int,
    answers: Mapping,
    *,
    by,
    at: dt.datetime,
    signals: Sequence[str] | None = None,
    check: Check | None = None,
) -> NeedsReport:
    """Keep some answers; the others stay. The first one begins the report (SPEC NEED-01, NEED-02).

    `answers`: question code to {"chips": [...], "text": "..."}; an empty one takes the answer back.
    `check` is asked under lock with the report before the answers are kept; it may refuse.
    Refused: a question or chip that does not exist, a report that was declined.
    """
    lead = served_lead(lead_id, by=by, now=at)
    report = _begun(lead, by=by, at=at)
    if report.state == STATES.DECLINED:
        raise Refused(_("The customer declined this report. Begin a new one."))
    if check:
        check(report)
    report.answers = {
        code: said for code, said in (report.answers | cleaned(answers)).items() if _says_something(said)
    }
    report.priorities = [
        code for code in report.answers.get("matters", {}).get("chips", []) if code in ASPECTS
    ]
    if signals is not None:
        report.signals = [signal.code for signal in NEEDS if signal.code in set(signals)]
    report.version += 1
    update(report, ["answers", "priorities", "signals", "version"])
    return report


def _says_something(said: Mapping) -> bool:
    return bool(said.get("chips") or said.get("text"))


@transaction.atomic
def finish_report(
    lead_id: int, finish: Finish, *, by, at: dt.datetime, check: Check | None = None
) -> NeedsReport:
    """The need is agreed on: the lead goes on to the walkaround (SPEC NEED-06, NEED-09, T08, CARD-06).

    `check`: see `answer`. Refused: nothing asked yet, more than three models, not confirmed by the
    customer without a word why, no grade yet.
    """
    lead = served_lead(lead_id, by=by, now=at)
    with acting(lead):
        report = _begun(lead, by=by, at=at)
        if report.finished_at:
            prefetch_related_objects([report], "recommendations")
        before = recommended(report)
        if check:
            check(report)
        _check_finish(report, finish)
        wanted = interests_of(lead)
        _judge(lead, report, finish, models=len(wanted) or len(finish.models), by=by, at=at)
        report.summary, report.confirmed = finish.summary.strip(), finish.confirmed
        report.override_reason = "" if finish.confirmed else finish.override_reason.strip()
        report.state, report.finished_at = STATES.DONE, at
        report.version += 1
        update(report, ["summary", "confirmed", *ENDED])
        _recommend(report, before, finish.models)
        new = [model for model in finish.models if model.pk not in wanted]
        add_interests(lead, new, rank=len(wanted) + 1)
        _evidence(lead, EvidenceKind.NEEDS_DONE, report, by=by, at=at)
    return report


def _check_finish(report: NeedsReport, finish: Finish) -> None:
    if not report.answers:
        raise Refused(_("Ask at least one question first."), field="summary")
    if len(finish.models) > MOST_RECOMMENDED:
        raise Refused(_("Three models at most. Take one off the list."), field="models")
    if not (finish.confirmed or finish.override_reason.strip()):
        raise Refused(
            _("Read the need back to the customer, or say why it is not confirmed."), field="confirmed"
        )


def _judge(lead: Lead, report: NeedsReport, finish: Finish, *, models: int, by, at: dt.datetime) -> None:
    """A grade and with it a next date belong to the end of the talk (SPEC CARD-06)."""
    if finish.grade or not lead.next_due_on:
        lead.needs_declined = report.state == STATES.DECLINED
        said = {"grade": finish.grade, "reason": finish.grade_reason, "horizon_days": None}
        judge(lead, **said, models=models, by=by, at=at, now=at, signals=report.signals)


def recommended(report: NeedsReport) -> list[int]:
    """The models that meet the need, the best first, by id; before the talk is over there are none."""
    if report.finished_at is None:
        return []
    return [row.car_model_id for row in sorted(report.recommendations.all(), key=lambda row: row.rank)]


def _recommend(report: NeedsReport, before: list[int], models: Sequence[CarModel]) -> None:
    if before == [model.pk for model in models]:
        return
    if before:
        report.recommendations.all().delete()
    if models:
        insert(
            *(Recommendation(report=report, car_model=one, rank=rank) for rank, one in enumerate(models, 1))
        )


@transaction.atomic
def decline_report(lead_id: int, *, by, at: dt.datetime) -> NeedsReport:
    """The customer will not answer: a sign of grade C, and the step is done all the same (SPEC NEED-07)."""
    lead = served_lead(lead_id, by=by, now=at)
    with acting(lead):
        report = _begun(lead, by=by, at=at)
        report.state, report.finished_at = STATES.DECLINED, at
        report.override_reason = STATES.DECLINED
        report.version += 1
        update(report, ENDED)
        _evidence(lead, EvidenceKind.NEEDS_DONE, report, by=by, at=at)
    return report


@transaction.atomic
def begin_anew(lead_id: int, *, by, at: dt.datetime) -> NeedsReport:
    """The needs or the model changed: a new report with the old answers to go over (SPEC T19)."""
    lead = served_lead(lead_id, by=by, now=at)
    old = standing_report(lead)
    if old:
        old.replaced_at = at
        update(old, ["replaced_at"])
    report = _begun(lead, by=by, at=at)
    if old:
        report.answers, report.priorities = old.answers, old.priorities
        update(report, ["answers", "priorities"])
    return report


def answered(report: NeedsReport | None) -> int:
    """How many of the eleven questions have an answer."""
    return sum(code in report.answers for code in QUESTIONS) if report else 0


# --- who came along ----------------------------------------------------------------------


@transaction.atomic
def add_companion(
    lead_id: int, *, relation: str, name: str = "", decides: bool = False, by, at: dt.datetime
) -> Companion:
    """Note who came along; one of them decides (SPEC NEED-08). Refused: no such relation."""
    lead = served_lead(lead_id, by=by, now=at)
    if relation not in Companion.Relation.values:
        raise Refused(_("Tap who came along."), field="relation")
    if decides:
        Companion.objects.filter(lead=lead, decides=True, gone_at=None).update(decides=False)
    companion = Companion(lead=lead, name=name.strip(), relation=relation, decides=decides)
    insert(companion)
    return companion


@transaction.atomic
def decider_is(companion_id: int, *, by, at: dt.datetime) -> Companion:
    """It is this one who decides, and nobody else."""
    lead = served_lead(
        Companion.objects.values_list("lead_id", flat=True).get(pk=companion_id), by=by, now=at
    )
    Companion.objects.filter(lead=lead, decides=True, gone_at=None).update(decides=False)
    companion = Companion.objects.get(pk=companion_id)
    companion.decides = True
    update(companion, ["decides"])
    return companion


@transaction.atomic
def remove_companion(companion_id: int, *, by, at: dt.datetime) -> None:
    """Take somebody off the list; the row stays."""
    served_lead(Companion.objects.values_list("lead_id", flat=True).get(pk=companion_id), by=by, now=at)
    Companion.objects.filter(pk=companion_id, gone_at=None).update(gone_at=at, decides=False)


def companions(lead: Lead) -> list[Companion]:
    """Who came along, the one who decides first."""
    return _came_along(lead=lead.pk)


@Prepared
def _came_along(*, lead: int) -> QuerySet:
    return Companion.objects.filter(lead=lead, gone_at=None).order_by("-decides", "id")
