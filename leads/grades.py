"""Grades: what the stated horizon suggests, and what a person decides (SPEC 17, GRD-14)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Store
from accounts.rules import setting

from .acts import write
from .book import Book, book
from .log import record
from .machine import MONEY
from .models import Grade, GradeRule, Lead
from .protection import SETTLED, settle

FEW_MODELS = 2  # up to this many in focus B+ under `detailed`, more B (SPEC GRD-08)


@dataclass(frozen=True)
class Suggestion:
    """A grade and why: flags are codes such as `model_missing`, `horizon_missing`."""

    grade: str
    flags: tuple[str, ...] = field(default=())


def suggest(
    store: Store,
    *,
    horizon_days: int | None,
    models: int,
    named: bool = True,
    reachable: bool = True,
    has_money: bool = False,
    scale: str = GradeRule.Scale.INDIVIDUAL,
) -> Suggestion:
    """The grade that the facts suggest under the store's profile (SPEC GRD-05, GRD-14, A73).

    `horizon_days` counts from today to the stated purchase date; None = not stated or not understood.
    """
    if has_money:
        return Suggestion(Grade.O)
    if not (named and reachable):
        return Suggestion(Grade.NONE, ("card_missing",))
    if not models:
        grade = Grade.NONE if setting(store, "strict_none") else Grade.C
        return Suggestion(grade, ("model_missing",))
    if horizon_days is None:
        return Suggestion(Grade.C, ("horizon_missing",))
    return Suggestion(_by_horizon(book(store), max(horizon_days, 0), models, scale))


def _by_horizon(rules: Book, days: int, models: int, scale: str) -> str:
    fitting = [
        rule.code
        for rule in rules.grade_rules(scale)
        if rule.horizon_from is not None
        and rule.horizon_from <= days <= (rule.horizon_to if rule.horizon_to is not None else days)
    ]
    if not fitting:
        return Grade.NONE
    return fitting[0] if models <= FEW_MODELS else fitting[-1]


def suggestion_for(lead: Lead, *, today: dt.date) -> Suggestion:
    """What the lead's own facts suggest today."""
    return suggest(
        lead.store,
        horizon_days=(lead.expected_on - today).days if lead.expected_on else None,
        models=lead.interests.count(),
        named=bool(lead.customer.name),
        has_money=lead.evidence.filter(kind__in=MONEY, revoked_at=None).exists(),
    )


def grade_needs_money(store: Store, grade: str) -> bool:
    """O stands for recorded money, unless the profile gives O a horizon (SPEC GRD-12, K01)."""
    rule = book(store).rule(grade)
    return bool(rule and grade == Grade.O and rule.horizon_from is None)


# The same horizon in another profile (SPEC GRD-13); without money O is H (GRD-12).
NEIGHBOURS = {Grade.O: Grade.H, Grade.H: Grade.O, Grade.A_PLUS: Grade.A, Grade.B_PLUS: Grade.B}


def grade_in_use(store: Store, written: str) -> str:
    """A grade written without money behind it, in the letters of the store's profile; "" if it has none."""
    if book(store).rule(written) and not grade_needs_money(store, written):
        return written
    neighbour = NEIGHBOURS.get(written, "")
    return neighbour if book(store).rule(neighbour) else ""


def choose_grade(
    lead: Lead,
    grade: str,
    *,
    by,
    at: dt.datetime,
    recorded_at: dt.datetime,
    suggestion: Suggestion,
    reason: str = "",
    signals: Sequence[str] = (),
    source: str = "screen",
) -> Lead:
    """Set the grade a person decided on; the caller holds the lead's row.

    Refused: a grade the profile does not know, H of an organisation (GRD-17), O without money, a
    choice that differs from the suggestion without a reason (SPEC GRD-14). A change leaves one event.
    """
    _check_choice(lead, grade, suggestion, reason)
    before, lead.grade = lead.grade, grade
    lead.suggested_grade = "" if suggestion.grade == grade else suggestion.grade
    settle(lead)
    lead.version += 1
    write(lead, "grade", "suggested_grade", "expected_on", "version", *SETTLED)
    if before != grade:
        record(
            lead,
            "grade",
            at=at,
            recorded_at=recorded_at,
            by=by,
            source=source,
            from_value=before,
            to_value=grade,
            reason=reason,
            data={"suggested": suggestion.grade, "flags": list(suggestion.flags)}
            | ({"signals": list(signals)} if signals else {}),
        )
    return lead


def scale_of(lead: Lead) -> str:
    """Persons and organisations are graded apart (SPEC TYPE-04, GRD-17)."""
    scales = GradeRule.Scale
    return scales.ORGANISATION if lead.customer.is_organisation else scales.INDIVIDUAL


def _check_scale(lead: Lead, grade: str) -> None:
    if grade == Grade.NONE or book(lead.store).rule(grade, scale_of(lead)):
        return
    if lead.customer.is_organisation:
        raise Refused(_("An organisation has grade A, B or C. Pick one of them."), field="grade")
    raise Refused(_("This store does not use that grade. Pick another."), field="grade")


def _check_choice(lead: Lead, grade: str, suggestion: Suggestion, reason: str) -> None:
    _check_scale(lead, grade)
    if grade == suggestion.grade:
        return
    if grade_needs_money(lead.store, grade):
        raise Refused(_("O opens with a recorded deposit. Pick H until then."), field="grade")
    if not reason.strip():
        raise Refused(
            _("The suggestion is different. Say in a word why you choose this."), field="grade_reason"
        )
