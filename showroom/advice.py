"""The suggested grade with its reason in words, beside the work of a step (SPEC GRD-14, UX law 5)."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.date_words import plain_day
from leads.grades import Suggestion
from leads.intake import interests_of
from leads.models import Grade, Lead

from .judging import AFTER_DRIVE, talk_suggestion
from .told import PAYS_NOW, Told, grade_told, told_today


@dataclass(frozen=True)
class Advice:
    """A grade, and why in a few words of the reader's language."""

    grade: str
    why: str


def advice(lead: Lead, *, now: dt.datetime, models: int | None = None) -> Advice | None:
    """What the facts and the signals of today suggest; None while nothing was said (SPEC GRD-04 to 12).

    `models`: how many the lead wants to see, where that was read before.
    """
    told, today = told_today(lead, at=now), lead.store.business_date(now)
    known = bool(lead.expected_on and lead.expected_on >= today)
    horizon = (lead.expected_on - today).days if known else None
    wanted = len(interests_of(lead)) if models is None else models
    facts = {"horizon_days": horizon, "models": wanted, "told": told}
    best = talk_suggestion(lead, grade="", **facts)
    if best.flags == ("horizon_missing",):
        best = Suggestion(grade_told(lead, told), ("signals",))
    return Advice(best.grade, why(best, lead, told, today)) if best.grade not in ("", Grade.NONE) else None


def why(best: Suggestion, lead: Lead, told: Told, today: dt.date) -> str:
    """Why a grade is suggested, in a few words."""
    if "model_missing" in best.flags:
        return _("no model yet")
    if "declined" in best.flags:
        return _("would not answer the questions")
    if PAYS_NOW in best.flags:
        return _("would pay at once, has not paid yet")
    if best.grade == Grade.O:
        return _("paid a deposit")
    said = _("said %(day)s") % {"day": plain_day(lead.expected_on, today=today)} if lead.expected_on else ""
    signalled = told.in_words() if grade_told(lead, told) == best.grade else ""
    return " · ".join(filter(None, (said if not {"signals", AFTER_DRIVE} & {*best.flags} else "", signalled)))
