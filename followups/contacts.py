"""Logging a contact: the outcome and the next date are one save (SPEC A03, A64, A68)."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.rules import setting
from accounts.sql import insert
from leads.access import may_work_on
from leads.acts import acting, write
from leads.log import record
from leads.models import Consent, Lead
from leads.models.leads import Status
from leads.moves import lock_lead
from leads.ownership import overtake_proposals
from leads.reviving import revive

from .appointments import agree_visit
from .cadence import (
    cadence_date,
    check_next_date,
    close_tasks,
    move_cadence,
    open_cadence,
    open_tasks,
    planned_appointments,
    planned_day,
)
from .ladder import climb
from .models import Appointment, Contact
from .open_task import open_task
from .outcomes import NOT_TALKED, REACHED, TALKED, Outcome
from .task_kinds import TASK_KINDS, TaskKind


@dataclass(frozen=True)
class Said:
    """What the log sheet holds; `next_on` a store day, `coming_at` an instant in UTC."""

    outcome: str
    channel: str = Contact.Channel.PHONE
    direction: str = Contact.Direction.OUT
    text: str = ""
    next_on: dt.date | None = None
    agreed: bool = False
    coming_at: dt.datetime | None = None


@transaction.atomic
def log_contact(lead_id: int, said: Said, *, by, at: dt.datetime, now: dt.datetime) -> Contact:
    """Log a talk or a try with a customer, and set the next date in the same transaction.

    A talk closes the open tasks it satisfies and opens the next cadence task; a try ("no answer",
    wrong number) closes nothing and moves a due cadence task to tomorrow (SPEC A64). Refused: no
    outcome, a moment in the future, a next date past the cadence without the customer's word (A68).
    NotAllowed: a colleague's customer.
    """
    lead = lock_lead(lead_id)
    if not may_work_on(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    check_said(said, at=at, now=now)
    with acting(lead, met=said.outcome in REACHED):
        if lead.status == Status.DORMANT and said.outcome in REACHED:  # the rest is over (SPEC T31)
            revive(lead, owner=lead.owner, by=by, at=at, now=now)
        contact, changed = write_contact(lead, said, by=by, at=at, now=now)
        tell_contact(lead, contact, changed)
    return contact


def write_contact(lead: Lead, said: Said, *, by, at: dt.datetime, now: dt.datetime) -> tuple[Contact, dict]:
    """A talk or a try with a customer whose lead the caller holds, and every date that follows.

    Answers the contact, and what it changed, as its event tells. The caller has checked `said`, and
    for a talk the lead is active and in an act that meets the customer.
    """
    reached = said.outcome in REACHED
    contact = Contact(
        lead=lead,
        by=by,
        for_user_id=lead.owner_id,
        at=at,
        recorded_at=now,
        channel=said.channel,
        direction=said.direction,
        outcome=said.outcome,
        text=said.text.strip(),
        kind=Contact.Kind.CONTACT if reached else Contact.Kind.ATTEMPT,
        next_on=said.next_on if reached else None,
        agreed_by_customer=said.agreed and reached,
    )
    insert(contact)
    if reached:
        return contact, _reached(lead, contact, said, now=now)
    changed = _tried(lead, at=at)
    climb(lead, contact)
    return contact, changed


def tell_contact(lead: Lead, contact: Contact, changed: dict) -> None:
    """The event of a contact; it can be undone by what it tells (SPEC A74)."""
    record(
        lead,
        "contact",
        at=contact.at,
        recorded_at=contact.recorded_at,
        by=contact.by,
        to_value=contact.outcome,
        data={"contact": contact.pk, "reached": contact.outcome in REACHED, **changed},
    )


def check_said(said: Said, *, at: dt.datetime, now: dt.datetime) -> None:
    """Refused: no outcome of a talk or a try, a moment in the future, an appointment in the past."""
    if said.outcome not in (*TALKED, *NOT_TALKED):
        raise Refused(_("Tap what came out of it."), field="outcome")
    if at > now:
        raise Refused(_("A contact cannot lie in the future."), field="at")
    if said.coming_at and said.coming_at < now:
        raise Refused(_("The appointment lies in the past. Pick a later time."), field="coming_at")


def _reached(lead: Lead, contact: Contact, said: Said, *, now: dt.datetime) -> dict:
    """Date everything anew; answers the appointment it made, so that it can be undone."""
    today = lead.store.business_date(now)
    lead.last_contact_at = max(filter(None, (lead.last_contact_at, contact.at)))
    lead.first_attempt_at = lead.first_attempt_at or contact.at
    if lead.lapses_on and lead.lapses_on <= today:
        overtake_proposals(lead, at=now)
    planned = known = planned_appointments(lead)
    if said.coming_at:
        planned = agree_visit(lead, said.coming_at, planned, by=contact.by, now=now)
    due_on = _next_date(lead, said, planned, today=today)
    close_tasks(lead, "contact", by=contact.by, at=contact.at, contact=contact)
    open_cadence(lead, due_on, cause=f"contact:{contact.pk}", also=("last_contact_at", "first_attempt_at"))
    if said.outcome == Outcome.STOP:
        withdraw_consent(lead, by=contact.by, at=contact.at)
    made = [appointment.pk for appointment in planned if appointment not in known]
    return {"appointment": made[0]} if made else {}


def _next_date(lead: Lead, said: Said, planned: list[Appointment], *, today: dt.date) -> dt.date:
    """The date of the next cadence task; sets `agreed_on` (SPEC A68)."""
    comes_on = planned_day(lead, planned, since=today)
    if said.next_on:
        check_next_date(lead, said.next_on, agreed=said.agreed, today=today, planned=comes_on)
    lead.agreed_on = comes_on or (said.next_on if said.agreed else None)
    if said.next_on and not said.coming_at:
        return said.next_on
    return lead.agreed_on or cadence_date(lead) or today


def _tried(lead: Lead, *, at: dt.datetime) -> dict:
    """An attempt moves a cadence task that is due to tomorrow, never the anchor (SPEC CAD-09, A53).

    Answers where the task stood before, so that it can be undone.
    """
    lead.first_attempt_at = lead.first_attempt_at or at
    write(lead, "first_attempt_at")
    today = lead.store.business_date(at)
    if lead.has_cadence and lead.next_due_on <= today:
        before = _cadence_stands(lead)
        move_cadence(lead, today + dt.timedelta(days=setting(lead.store, "attempt_days")))
        return {"moved_from": before}
    movable = [kind for kind, rule in TASK_KINDS.items() if rule.moves_with_attempt]
    open_tasks(lead).filter(kind__in=movable, catch_up=True).update(catch_up=False)
    return {}


def _cadence_stands(lead: Lead) -> dict:
    """Date and marks of the open cadence task."""
    task = open_task(lead, TaskKind.CADENCE)
    return {
        "due_on": task.due_on.isoformat(),
        "missed_on": task.missed_on and task.missed_on.isoformat(),
        "catch_up": task.catch_up,
        "escalated": task.escalated,
        "told_up": task.told_up,
    }


def withdraw_consent(lead: Lead, *, by, at: dt.datetime) -> None:
    """The customer asked to stop: no more contact on any channel (SPEC A16)."""
    Consent.objects.create(
        customer=lead.customer,
        purpose="contact",
        channel="all",
        given=False,
        at=at,
        by=by,
        evidence="contact",
    )
