"""What the closing sheet shows: the grades with their suggestion, and the next date each brings."""

import datetime as dt
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.date_words import plain_day, weekday_and_day
from accounts.templatetags.look import horizon
from leads.book import book
from leads.grades import Suggestion, grade_needs_money, scale_of, suggestion_for
from leads.models import Grade, Lead
from leads.models.terms import GradeRule
from leads.organisations import RHYTHMS, profile_suggestion

from .advice import why
from .closing import Leaving, asks_outcome, visit_suggestion
from .closing_hints import HOT_GRADES, Hint, closing_hints
from .forms import ClosingForm
from .judging import was_declined
from .models import Visit
from .signals import GRADE_SIGNALS, HOT_SIGNALS
from .told import Told, grade_told, offered_after_a_drive, told_today


@dataclass(frozen=True)
class GradeRow:
    """One row of "buys within": what it means, why it is suggested, and the next date it brings."""

    code: str
    horizon: str
    why: str
    every: str
    next_in: str
    next_on: dt.date | None  # an organisation has no fixed rhythm
    next_day: str
    further: bool = False  # not offered first: a word why


@dataclass(frozen=True)
class Sheet:
    """The closing sheet of a visit; `stands` is the one grade that asks no reason, if there is one."""

    title: str
    line: str
    today: dt.date
    rows: tuple[GradeRow, ...] = ()
    opens_with_money: str = ""
    before: str = ""
    chosen: str = ""
    stands: str = ""
    flag: str = ""
    tomorrow_on: dt.date | None = None
    tomorrow_day: str = ""
    agreed_on: dt.date | None = None
    agreed_day: str = ""
    first_signals: int = len(GRADE_SIGNALS)
    hot_ticked: bool = False
    asks_name: bool = False
    asks_model: bool = False
    asks_outcome: bool = False
    hints: tuple[Hint, ...] = ()
    hot: tuple[str, ...] = ()  # grades that want an appointment

    @property
    def first_rows(self) -> tuple[GradeRow, ...]:
        return tuple(row for row in self.rows if not row.further)

    @property
    def further_rows(self) -> tuple[GradeRow, ...]:
        """Grades that are tapped with a word why (SPEC GRD-04)."""
        return tuple(row for row in self.rows if row.further)

    @property
    def chosen_row(self) -> GradeRow | None:
        return next((row for row in self.rows if row.code == self.chosen), None)


def sheet_of(visit: Visit, form: ClosingForm, *, now: dt.datetime) -> Sheet:
    """The sheet as it stands at `now`; a visit without a lead asks for nothing but the leaving."""
    today = visit.store.business_date(now)
    head = {"title": _title(visit), "line": _line(visit, now), "today": today}
    if visit.lead is None:
        return Sheet(**head)
    told = told_today(visit.lead, at=now)
    best, flag = _suggested(visit.lead, told, today)
    head["asks_outcome"] = asks_outcome(visit, visit.lead)
    head["hints"] = tuple(closing_hints(visit))
    grades = _grades(visit.lead, form, best, flag, told, today)
    return Sheet(**head, **grades, **_dates(visit.lead, today), hot=HOT_GRADES)


def _suggested(lead: Lead, told: Told, today: dt.date) -> tuple[Suggestion | None, str]:
    """What the facts suggest, and why it stands whatever is tapped: a name, a model, money."""
    if lead.customer.is_organisation:
        return profile_suggestion(lead), ""
    models = lead.interests.count()
    fixed = visit_suggestion(lead, Leaving(), models=models, told=told)
    if fixed.flags != ("horizon_missing",):
        return fixed, (fixed.flags or ("money",))[0]
    if was_declined(lead):
        return Suggestion(Grade.C, ("declined",)), "declined"
    if lead.expected_on and lead.expected_on >= today:
        return suggestion_for(lead, today=today), ""
    signalled = grade_told(lead, told)
    return (Suggestion(signalled, ("signals",)) if signalled else None), ""


def _grades(
    lead: Lead, form: ClosingForm, best: Suggestion | None, flag: str, told: Told, today: dt.date
) -> dict:
    rules = book(lead.store).grade_rules(scale_of(lead))
    offered = offered_after_a_drive(rule.code for rule in rules) if told.drove and not flag else []
    first = {*offered, best.grade} if offered and best else {*offered}
    shut = [rule.code for rule in rules if grade_needs_money(lead.store, rule.code) and flag != "money"]
    return {
        "rows": tuple(
            replace(_row(rule, lead, best, told, today), further=bool(offered) and rule.code not in first)
            for rule in rules
            if rule.code not in shut
        ),
        "opens_with_money": shut[0] if shut else "",
        "before": lead.grade if lead.grade != Grade.NONE else "",
        "chosen": str(form["grade"].value() or (best.grade if best else "")),
        "stands": best.grade if best and flag else "",
        "flag": flag,
        "hot_ticked": bool(set(form["signals"].value() or ()) & HOT_SIGNALS.keys()),
        "asks_name": not lead.customer.name,
        "asks_model": flag == "model_missing",
    }


def _dates(lead: Lead, today: dt.date) -> dict:
    agreed_on = lead.agreed_on if lead.agreed_on and lead.agreed_on > today else None
    tomorrow = today + dt.timedelta(days=1)
    return {
        "tomorrow_on": tomorrow,
        "tomorrow_day": weekday_and_day(tomorrow, today=today),
        "agreed_on": agreed_on,
        "agreed_day": weekday_and_day(agreed_on, today=today) if agreed_on else "",
    }


def _title(visit: Visit) -> str:
    name = (visit.customer.name if visit.customer else "") or visit.name_text
    if visit.left_at:
        return name or _("The visitor")
    return _("%(name)s is leaving") % {"name": name} if name else _("The visitor is leaving")


def _line(visit: Visit, now: dt.datetime) -> str:
    """ "44 min · Sylphy e-POWER"; of a visit that the night closed the day instead."""
    car = str(visit.car_model) if visit.car_model else ""
    if visit.left_at:
        on = plain_day(visit.on, today=visit.store.business_date(now))
        return " · ".join(filter(None, (_("Visit of %(day)s, not completed") % {"day": on}, car)))
    minutes = int((now - visit.arrived_at).total_seconds() // 60)
    stayed = ngettext("%(minutes)s min", "%(minutes)s min", minutes) % {"minutes": minutes}
    return " · ".join(filter(None, (stayed, car)))


def _row(rule: GradeRule, lead: Lead, best: Suggestion | None, told: Told, today: dt.date) -> GradeRow:
    if lead.customer.is_organisation:
        return _organisation_row(rule, best)
    anchor = lead.store.business_date(max(filter(None, (lead.last_visit_at, lead.last_contact_at))))
    every = rule.interval_days or 0
    next_on = max(anchor + dt.timedelta(days=every), today)
    days = (next_on - today).days
    later = ngettext("In %(days)s day", "In %(days)s days", days) % {"days": days}
    return GradeRow(
        code=rule.code,
        horizon=_("7 days") if rule.code == Grade.O and rule.horizon_to == 7 else horizon(rule.code),
        why=why(best, lead, told, today) if best and best.grade == rule.code else "",
        every=ngettext("every day", "every %(days)s days", every) % {"days": every},
        next_in=later if days else _("Today"),
        next_on=next_on,
        next_day=weekday_and_day(next_on, today=today),
    )


def _organisation_row(rule: GradeRule, best: Suggestion | None) -> GradeRow:
    """A grade of the other scale: by rhythm and batch, no horizon and no next date (SPEC GRD-17)."""
    return GradeRow(
        code=rule.code,
        horizon=str(RHYTHMS[rule.code]),
        why=_("by months and cars") if best and best.grade == rule.code else "",
        every="",
        next_in=_("No fixed rhythm"),
        next_on=None,
        next_day="–",
    )
