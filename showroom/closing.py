"""The group leaves: what they said, the grade, the next date, and the 24-hour task (SPEC RECP-11, CAD-06)."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.prepared import Prepared
from accounts.roles import Role
from accounts.sql import update
from followups.appointments import plan_appointment
from followups.cadence import check_next_date, move_cadence
from followups.reachable import writable
from followups.timers import open_timers
from leads.acts import acting, write
from leads.grades import Suggestion
from leads.identity import name_customer
from leads.intake import add_interest, interests_of
from leads.log import record
from leads.models import CarModel, Customer, Lead
from leads.moves import locked_leads
from leads.protection import lapses_on
from leads.steps import Step

from .judging import judge, knowing_declined, talk_suggestion
from .models import Visit
from .one_row import lock_row
from .outcomes import VISIT_OUTCOMES
from .signals import SIGNALS
from .told import Told, told_today

CLOSED = (
    *("left_at", "closed_at", "closed_by", "completed", "manager_met_at", "manager_met_by"),
    *("horizon_days", "hot_signals", "car_model", "outcome", "remark"),
)


@dataclass(frozen=True)
class Leaving:
    """What the closing sheet holds; `horizon_days` from the visit day, `next_on` a store day."""

    grade: str = ""
    grade_reason: str = ""
    horizon_days: int | None = None
    next_on: dt.date | None = None
    agreed: bool = False
    coming_at: dt.datetime | None = None
    signals: list[str] = field(default_factory=list)
    manager_met: bool = False
    name: str = ""
    car_model: CarModel | None = None
    outcome: str = ""  # one of VISIT_OUTCOMES
    remark: str = ""


def visit_suggestion(lead: Lead, leaving: Leaving, *, models: int, told: Told) -> Suggestion:
    """The grade that the closing sheet's facts suggest."""
    said = {"grade": leaving.grade, "horizon_days": leaving.horizon_days}
    return talk_suggestion(lead, **said, models=models, told=told)


@transaction.atomic
def close_visit(visit_id: int, leaving: Leaving, *, by, at: dt.datetime, now: dt.datetime) -> Visit:
    """Close an open visit at `at` (UTC): grade, next date, manager met, and the 24-hour task.

    A visit that the night closed is finished so too; it keeps its leaving time and its 24-hour
    task (SPEC A14). Refused: a visit closed before, leaving before arriving or in the future, no grade
    for a lead (SPEC RECP-21), no outcome of a return visit (RECP-13), a grade that differs from the
    suggestion without a reason, a next date past the cadence without the customer's word (A68).
    NotAllowed: see `may_close`.
    """
    lead = _locked_lead.first(visit=visit_id)
    visit = _locked_visit.first(visit=visit_id)
    if visit is None:
        raise Visit.DoesNotExist
    _check(visit, lead, by=by, at=at, now=now)
    _check_outcome(visit, lead, leaving)
    before = _assessment(lead) if lead else {}
    leaves_now = visit.left_at is None
    visit.left_at = visit.left_at or at
    visit.closed_at, visit.closed_by, visit.completed = now, by, True
    visit.horizon_days = leaving.horizon_days
    visit.hot_signals = [code for code in leaving.signals if code in SIGNALS]
    visit.remark = leaving.remark or visit.remark
    visit.outcome = leaving.outcome or visit.outcome
    if leaving.manager_met and visit.manager_met_at is None:
        visit.manager_met_at = at
        visit.manager_met_by = by if Role.MANAGER in by.roles_in(visit.store) else None
    if lead:
        visit.lead = lead
        with acting(lead, read={"writable": visit.may_be_thanked}):
            planned = _conclude(visit, lead, leaving, by=by, at=at, now=now)
            if leaves_now:
                again = visit.reopened > 0
                open_timers(lead, what="visit", ref_id=visit.closing_key, ended_at=at, now=now, again=again)
            told = {"visit": visit.pk, "before": before, "after": _assessment(lead), "appointment": planned}
            record(lead, "leaving", at=at, recorded_at=now, by=by, data=told)
    update(visit, CLOSED)
    return visit


@Prepared
def _locked_lead(*, visit: int) -> QuerySet:
    return knowing_declined(locked_leads()).filter(visits=visit)


@Prepared
def _locked_visit(*, visit: int) -> QuerySet:
    """The row held, its lead before it; it knows whether one may write to the customer."""
    customers = writable(Customer.objects.filter(leads=OuterRef("lead")))
    held = Visit.objects.select_for_update(of=("self",), no_key=True).filter(pk=visit)
    return held.select_related("store").annotate(may_be_thanked=Exists(customers))


@transaction.atomic
def meet(visit_id: int, *, by, at: dt.datetime) -> Visit:
    """The manager met the customer: who and when, on the visit; the first time counts (SPEC A18).

    Refused: a visit that is crossed out. NotAllowed: anybody but a manager of the store.
    """
    visit = lock_row(Visit, visit_id)
    if Role.MANAGER not in by.roles_in(visit.store):
        raise NotAllowed(_("Only a manager says that a manager met the customer."))
    if visit.voided_at:
        raise Refused(_("This row is crossed out. Write a new one."))
    if visit.manager_met_at is None:
        visit.manager_met_at, visit.manager_met_by = at, by
        visit.save(update_fields=["manager_met_at", "manager_met_by"])
    return visit


def may_close(visit: Visit, *, owner_id: int | None, by) -> bool:
    """The receiver, the owner and those who lead the floor; reception the rows without a lead."""
    roles = by.roles_in(visit.store)
    if by.pk in (visit.receiver_id, visit.assistant_id, owner_id) or roles & {Role.MANAGER, Role.SUPERVISOR}:
        return True
    return visit.lead_id is None and Role.RECEPTIONIST in roles


def _check(visit: Visit, lead: Lead | None, *, by, at, now) -> None:
    if not may_close(visit, owner_id=lead.owner_id if lead else None, by=by):
        raise NotAllowed(_("Only the receiver closes this visit."))
    if visit.left_at and visit.completed:
        raise Refused(_("This visit is closed already."))
    if at < visit.arrived_at or at > now:
        raise Refused(_("Leaving lies between the arrival and now."), field="left_at")


def asks_outcome(visit: Visit, lead: Lead | None) -> bool:
    """Who came again without buying yet: what came of it is part of the closing (SPEC RECP-13)."""
    return bool(lead and visit.kind == Visit.Kind.RETURN and lead.step < Step.DEAL)


def _check_outcome(visit: Visit, lead: Lead | None, leaving: Leaving) -> None:
    missing = not leaving.outcome and asks_outcome(visit, lead)
    if missing or (leaving.outcome and leaving.outcome not in VISIT_OUTCOMES):
        raise Refused(_("Tap what came out of it."), field="outcome")


def _assessment(lead: Lead) -> dict:
    """What a closing decides about a lead: kept in the log, so that it can be undone (SPEC A74)."""
    days = {name: getattr(lead, name) for name in ("expected_on", "agreed_on", "next_due_on")}
    grades = {"grade": lead.grade, "suggested_grade": lead.suggested_grade}
    return grades | {name: day and day.isoformat() for name, day in days.items()}


def _conclude(visit: Visit, lead: Lead, leaving: Leaving, *, by, at, now) -> int | None:
    """Write what was said of the customer; answers the appointment that was agreed."""
    if leaving.name and not lead.customer.name:
        name_customer(lead.customer, leaving.name, at=now)
    interests = interests_of(lead)
    if leaving.car_model and leaving.car_model.pk not in interests:
        add_interest(lead, leaving.car_model, rank=len(interests) + 1)
        interests.append(leaving.car_model.pk)
        visit.car_model = visit.car_model or leaving.car_model
    _grade(lead, leaving, models=len(interests), by=by, at=at, now=now)
    return _next_date(lead, leaving, by=by, at=at, now=now)


def _grade(lead: Lead, leaving: Leaving, *, models: int, by, at, now) -> None:
    judge(
        lead,
        grade=leaving.grade,
        reason=leaving.grade_reason,
        horizon_days=leaving.horizon_days,
        models=models,
        by=by,
        at=at,
        now=now,
        told=told_today(lead, at=at),
        signals=[code for code in leaving.signals if code in SIGNALS],
    )


def _next_date(lead: Lead, leaving: Leaving, *, by, at, now) -> int | None:
    today, planned = lead.store.business_date(at), None
    if leaving.coming_at:
        if leaving.coming_at < now:
            raise Refused(_("The appointment lies in the past. Pick a later time."), field="coming_at")
        planned = plan_appointment(lead, leaving.coming_at, by=by, now=now).pk
        lead.agreed_on = lead.store.business_date(leaving.coming_at)
    elif leaving.next_on:
        check_next_date(lead, leaving.next_on, agreed=leaving.agreed, today=today)
        lead.agreed_on = leaving.next_on if leaving.agreed else lead.agreed_on
    due_on = leaving.next_on if leaving.next_on and not leaving.coming_at else lead.agreed_on
    if due_on and lead.has_cadence:
        move_cadence(lead, due_on)
    elif due_on:
        lead.lapses_on = lapses_on(lead)
        write(lead, "agreed_on", "lapses_on")
    return planned
