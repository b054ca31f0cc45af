"""How soon the customer buys: what the talk suggests, and the grade a person taps (SPEC GRD-14, NEED-07)."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from leads.book import book
from leads.grades import Suggestion, choose_grade, grade_in_use, suggest, suggestion_for
from leads.models import Grade, Lead
from leads.models.terms import GRADE_RANK
from leads.organisations import judge_organisation, profile_suggestion

from .models import NeedsReport
from .told import NOTHING, PAYS_NOW, Told, grade_told, offered_after_a_drive

AFTER_DRIVE = "after_drive"


def talk_suggestion(
    lead: Lead,
    *,
    grade: str,
    horizon_days: int | None,
    models: int,
    told: Told = NOTHING,
    today: dt.date | None = None,
) -> Suggestion:
    """The grade that the facts of a talk suggest; `told` is what was ticked on the floor that day.

    Without a stated horizon the chosen row itself states it ("buys within" and grade are one
    question), so nothing but a missing name or model, or a declined needs report, speaks against it;
    after a drive only the grades that are offered first (SPEC GRD-04). Who would pay at once and has
    not paid is H (GRD-12). `today`: the store day on which a date said before counts.
    """
    if lead.customer.is_organisation:
        return profile_suggestion(lead)
    suggestion = suggest(
        lead.store,
        horizon_days=horizon_days,
        models=models,
        named=bool(lead.customer.name),
        has_money=lead.grade == Grade.O,
    )
    if suggestion.flags in ((), ("horizon_missing",)) and suggestion.grade != Grade.O:
        suggestion = _by_talk(lead, suggestion, grade, told, today)
    return _not_above_c(lead, suggestion)


def _by_talk(lead: Lead, suggestion: Suggestion, grade: str, told: Told, today) -> Suggestion:
    """What the talk adds to the facts: the row that was tapped, and the signals."""
    hottest = grade_in_use(lead.store, Grade.H) if PAYS_NOW in told.codes else ""
    if hottest:
        return Suggestion(hottest, (PAYS_NOW,))
    rule = book(lead.store).rule(grade) if grade else None
    if not suggestion.flags or rule is None or rule.horizon_from is None:
        return suggestion
    return _after_a_drive(lead, grade, told, today) or Suggestion(grade)


def _after_a_drive(lead: Lead, grade: str, told: Told, today: dt.date | None) -> Suggestion | None:
    """What stands against a grade that is not offered first after a drive; None: nothing (SPEC GRD-04)."""
    offered = offered_after_a_drive(row.code for row in book(lead.store).grade_rules()) if told.drove else []
    if not offered or grade in offered:
        return None
    known = today and lead.expected_on and lead.expected_on >= today
    if known and suggestion_for(lead, today=today).grade == grade:
        return None
    return Suggestion(grade_told(lead, told) or Grade.A, (AFTER_DRIVE,))


def _not_above_c(lead: Lead, suggestion: Suggestion) -> Suggestion:
    """Who would not answer the needs report is C at the warmest (SPEC NEED-07)."""
    warm = GRADE_RANK[suggestion.grade] < GRADE_RANK[Grade.C] and suggestion.grade != Grade.O
    if warm and was_declined(lead):
        return Suggestion(Grade.C, ("declined",))
    return suggestion


def knowing_declined(leads: QuerySet) -> QuerySet:
    """Leads that know whether their standing needs report was declined, in the same statement."""
    return leads.annotate(needs_declined=Exists(_declined().filter(lead=OuterRef("pk"))))


def was_declined(lead: Lead) -> bool:
    """Whether the standing needs report was declined."""
    if not hasattr(lead, "needs_declined"):
        lead.needs_declined = _declined().filter(lead=lead).exists()
    return lead.needs_declined


def _declined() -> QuerySet:
    return NeedsReport.objects.filter(replaced_at=None, state=NeedsReport.State.DECLINED)


def judge(
    lead: Lead,
    *,
    grade: str,
    reason: str,
    horizon_days: int | None,
    models: int,
    by,
    at: dt.datetime,
    now: dt.datetime,
    told: Told = NOTHING,
    signals: Sequence[str] = (),
) -> None:
    """Set the grade a person tapped, and when the customer is expected to buy; the lead's row is held.

    `told` is what was ticked on the floor that day, `signals` what else was: kept with the grade (GRD-16).

    Refused: no grade where one is possible, and as for `choose_grade`.
    """
    if lead.customer.is_organisation:
        judge_organisation(lead, grade, reason=reason, by=by, at=at, now=now)
        return
    facts = {"horizon_days": horizon_days, "models": models, "told": told}
    suggestion = talk_suggestion(lead, grade=grade, **facts, today=lead.store.business_date(at))
    chosen = grade or (suggestion.grade if suggestion.grade == Grade.NONE else "")
    if not chosen:
        raise Refused(_("Tap when the customer buys: that is the grade."), field="grade")
    days = horizon_days
    if days is None and (rule := book(lead.store).rule(chosen)):
        days = rule.horizon_to
    lead.expected_on = lead.store.business_date(at) + dt.timedelta(days=days) if days is not None else None
    choose_grade(
        lead,
        chosen,
        by=by,
        at=at,
        recorded_at=now,
        suggestion=suggestion,
        reason=reason,
        signals=[*told.codes, *signals],
    )
