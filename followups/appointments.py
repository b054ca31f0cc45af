"""Appointments are agreed dates: the cadence task falls on their day (SPEC A13, A68)."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.prepared import Prepared
from accounts.sql import insert, update
from leads.access import may_work_on
from leads.acts import acting, is_met, known, remember, write
from leads.log import record
from leads.models import Lead
from leads.moves import lock_lead
from leads.ownership import overtake_proposals
from leads.protection import lapses_on

from .cadence import cadence_date, move_cadence, planned_appointments, planned_day, void_tasks
from .models import Appointment


def plan_appointment(
    lead: Lead, at: dt.datetime, *, by, now: dt.datetime, kind: str = Appointment.Kind.VISIT
) -> Appointment:
    """Write an appointment of a locked lead; the caller dates the cadence task."""
    appointment = Appointment(lead=lead, store_id=lead.store_id, at=at, kind=kind, set_by=by, set_at=now)
    insert(appointment)
    _plan(lead, [*(known(lead, "planned") or []), appointment])
    record(
        lead,
        "appointment",
        at=now,
        recorded_at=now,
        by=by,
        to_value="planned",
        data={"appointment": appointment.pk, "for": at.isoformat()},
    )
    if not (lead.has_cadence or is_met(lead)):
        void_tasks(lead, "dated", at=now)
    return appointment


def _plan(lead: Lead, planned: list[Appointment]) -> None:
    """What is planned now, for who has read it in this act."""
    if known(lead, "planned") is not None:
        remember(lead, "planned", sorted(planned, key=lambda appointment: appointment.at))


def agree_visit(
    lead: Lead, at: dt.datetime, planned: list[Appointment], *, by, now: dt.datetime
) -> list[Appointment]:
    """The customer of a locked lead says when he comes: a visit planned before moves to that time.

    Answers what is planned now; the hour that stands already changes nothing.
    """
    if any(appointment.at == at for appointment in planned):
        return planned
    new, today = plan_appointment(lead, at, by=by, now=now), lead.store.business_date(now)
    kept = [new]
    for old in planned:
        if old.kind == Appointment.Kind.VISIT and lead.store.business_date(old.at) >= today:
            old.moved_to = new
            end_appointment(old, lead, Appointment.State.MOVED, by=by, now=now)
        else:
            kept.append(old)
    return kept


@transaction.atomic
def make_appointment(
    lead_id: int, at: dt.datetime, *, by, now: dt.datetime, kind: str = Appointment.Kind.VISIT
) -> Appointment:
    """Agree a time with the customer; the cadence task moves to that day (SPEC A68).

    Refused: a time in the past. NotAllowed: a colleague's customer.
    """
    lead = lock_lead(lead_id)
    if not may_work_on(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    return set_appointment(lead, at, by=by, now=now, kind=kind)


def set_appointment(lead: Lead, at: dt.datetime, *, by, now: dt.datetime, kind: str) -> Appointment:
    """What `make_appointment` does, for a verb that holds the lead's row and has asked who may."""
    if at < now:
        raise Refused(_("The appointment lies in the past. Pick a later time."), field="coming_at")
    lapses = lead.lapses_on is not None and lead.lapses_on <= lead.store.business_date(now)
    with acting(lead):
        appointment = plan_appointment(lead, at, by=by, now=now, kind=kind)
        _date_anew(lead, now=now)
        if lapses:
            overtake_proposals(lead, at=now)
    return appointment


@transaction.atomic
def confirm_appointment(appointment_id: int, *, by, now: dt.datetime) -> Appointment:
    """The customer said again that he comes (SPEC A13). Refused when it is settled already."""
    lead = lock_lead(appointment_id, "appointments")
    with acting(lead):
        appointment = still_planned(lead, appointment_id)
        if appointment.confirmed_at is None:
            appointment.confirmed_at = now
            update(appointment, ["confirmed_at"])
            told = {"from_value": "planned", "to_value": "confirmed", "data": {"appointment": appointment.pk}}
            record(lead, "appointment", at=now, recorded_at=now, by=by, **told)
    return appointment


@transaction.atomic
def cancel_appointment(appointment_id: int, *, by, now: dt.datetime) -> Appointment:
    """Call it off: the cadence counts from the last contact again, not before today (SPEC A68)."""
    lead = lock_lead(appointment_id, "appointments")
    with acting(lead):
        appointment = still_planned(lead, appointment_id)
        call_off(appointment, lead, by=by, now=now)
    return appointment


def call_off(appointment: Appointment, lead: Lead, *, by, now: dt.datetime) -> None:
    """What `cancel_appointment` does, for a verb whose act on the lead has read it as planned."""
    end_appointment(appointment, lead, Appointment.State.CANCELLED, by=by, now=now)
    _date_anew(lead, now=now)


def keep_appointment(appointment: Appointment, lead: Lead, *, by, now: dt.datetime) -> None:
    """It took place: the next date of the locked lead counts from its last talk or visit again.

    One that is settled already stays as it is.
    """
    if appointment.state == Appointment.State.PLANNED:
        with acting(lead):
            end_appointment(appointment, lead, Appointment.State.SHOWED, by=by, now=now)
            _date_anew(lead, now=now)


@transaction.atomic
def move_appointment(appointment_id: int, at: dt.datetime, *, by, now: dt.datetime) -> Appointment:
    """Agree another time instead; the old row stays and points to the new one."""
    lead = lock_lead(appointment_id, "appointments")
    with acting(lead):
        return agree_anew(still_planned(lead, appointment_id), lead, at, by=by, now=now)


def agree_anew(appointment: Appointment, lead: Lead, at: dt.datetime, *, by, now: dt.datetime) -> Appointment:
    """What `move_appointment` does, for a verb whose act on the lead has read it as planned."""
    if at < now:
        raise Refused(_("The appointment lies in the past. Pick a later time."), field="coming_at")
    appointment.moved_to = plan_appointment(lead, at, by=by, now=now, kind=appointment.kind)
    end_appointment(appointment, lead, Appointment.State.MOVED, by=by, now=now)
    _date_anew(lead, now=now)
    return appointment.moved_to


def appointment_with_lead(appointment_id: int) -> Appointment | None:
    """An appointment with its lead, the store and the customer; None where there is none."""
    return _with_lead.first(appointment=appointment_id)


@Prepared
def _with_lead(*, appointment: int) -> QuerySet:
    return Appointment.objects.filter(pk=appointment).select_related("lead__store", "lead__customer")


def still_planned(lead: Lead, appointment_id: int) -> Appointment:
    """One of the planned appointments of a locked lead, which its act knows then. Refused: it is settled."""
    remember(lead, "planned", planned_appointments(lead))
    for appointment in planned_appointments(lead):
        if appointment.pk == appointment_id:
            return appointment
    raise Refused(_("This appointment is settled already."))


def end_appointment(appointment: Appointment, lead: Lead, state: str, *, by, now: dt.datetime) -> None:
    """Settle a planned appointment of a locked lead; the caller dates the cadence task."""
    appointment.state = state
    update(appointment, ["state", "moved_to"])
    _plan(lead, [one for one in known(lead, "planned") or () if one.pk != appointment.pk])
    record(
        lead,
        "appointment",
        at=now,
        recorded_at=now,
        by=by,
        from_value="planned",
        to_value=state,
        data={"appointment": appointment.pk},
    )


def _date_anew(lead: Lead, *, now: dt.datetime) -> None:
    today = lead.store.business_date(now)
    lead.agreed_on = planned_day(lead, planned_appointments(lead), since=today)
    if lead.has_cadence:
        move_cadence(lead, lead.agreed_on or max(cadence_date(lead) or today, today))
    else:
        lead.lapses_on = lapses_on(lead)
        write(lead, "agreed_on", "lapses_on")
