"""Undo of a closed visit: the group is in the house again, and nothing was concluded (SPEC A74)."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.prepared import Prepared
from followups.cadence import move_cadence, open_tasks
from followups.models import Task
from followups.task_kinds import TaskKind
from followups.timers import drop_timers
from followups.undoing import take_back_appointment
from leads.acts import known, write
from leads.models import Lead, LeadEvent
from leads.models.log import EventKind
from leads.moves import lock_lead
from leads.protection import SETTLED, may_have_cadence, settle
from leads.undoing import check_may_undo, newest_standing, record_undo, standing_of, standing_read

from .models import Visit
from .one_row import lock_row

CONCLUDED = ("grade", "suggested_grade", "expected_on", "agreed_on", "version", *SETTLED)


@transaction.atomic
def undo_closing(visit_id: int, *, by, at: dt.datetime) -> Visit:
    """Open a visit again that one closed today; twice writes once.

    Grade, expected day and next date stand as before, the 24-hour task is void, an appointment made at
    leaving is cancelled; what was typed (name, model, signals, remark) stays for the next closing.
    `at` in UTC. Refused: a day later, crossed out, or they came again since. NotAllowed: somebody
    else's closing.
    """
    visit = Visit.objects.select_related("store").get(pk=visit_id)
    lead = lock_lead(visit.lead_id) if visit.lead_id else None
    visit = lock_row(Visit, visit_id)
    if visit.reopened and not visit.completed:
        return visit
    _check(visit, lead, by=by, at=at)
    closing = visit.closing_key
    _reopen(visit)
    if lead:
        visit.lead = lead
        [leaving, *_before] = _leavings_of(visit, lead)
        record_undo(lead, leaving, "leaving", by=by, at=at, data={"visit": visit.pk})
        drop_timers(lead, what="visit", ref_id=closing, at=at)
        if appointment := leaving.data["appointment"]:
            take_back_appointment(lead, appointment, by=by, at=at)
        _conclude_nothing(lead, leaving, by=by, at=at)
    return visit


def conclude_nothing_of(visit: Visit, lead: Lead, *, by, at: dt.datetime) -> None:
    """What the closing of a visit that never was concluded: grade, appointment and 24-hour task.

    The caller dates the lead.
    """
    drop_timers(lead, what="visit", ref_id=visit.closing_key, at=at)
    leavings = _leavings_of(visit, lead)
    if not leavings:
        return
    leaving = leavings[0]
    record_undo(lead, leaving, "visit", by=by, at=at, data={"visit": visit.pk})
    if appointment := leaving.data["appointment"]:
        take_back_appointment(lead, appointment, by=by, at=at)
    _grade_as_before(lead, leaving.data["before"], leaving, by=by, at=at)
    settle(lead)
    lead.version += 1
    write(lead, *CONCLUDED)


def _leavings_of(visit: Visit, lead: Lead) -> list[LeadEvent]:
    """The closings of a visit that nobody has undone, the newest first."""
    if known(lead, "standing") is None:
        found = _leavings(lead.has_folded, lead=lead.pk)
    else:
        found = standing_read(lead, EventKind.LEAVING)
    return [leaving for leaving in found if leaving.data["visit"] == visit.pk]


@Prepared
def _leavings(has_folded: bool, *, lead: int) -> QuerySet:
    return standing_of(lead, has_folded, EventKind.LEAVING).order_by("-id")


def _check(visit: Visit, lead: Lead | None, *, by, at: dt.datetime) -> None:
    if visit.voided_at:
        raise Refused(_("This row is crossed out. Write a new one."))
    if not visit.completed or visit.closed_at is None:
        raise Refused(_("This visit is still open."))
    check_may_undo(lead, visit.store, done_by=visit.closed_by_id, done_at=visit.closed_at, by=by, at=at)
    if lead and Visit.objects.filter(lead=lead, arrived_at__gt=visit.left_at, voided_at=None).exists():
        raise Refused(_("They have come again since. Set the grade on the new visit."))


def _reopen(visit: Visit) -> None:
    store = visit.store
    if visit.manager_met_at == visit.left_at:
        visit.manager_met_at = visit.manager_met_by = None
    if store.business_date(visit.left_at) == store.business_date(visit.closed_at):
        visit.left_at = None  # else the night let them leave, and that stays
    visit.closed_at, visit.closed_by, visit.completed = None, None, False
    visit.reopened += 1
    visit.save()


def _conclude_nothing(lead: Lead, leaving: LeadEvent, *, by, at: dt.datetime) -> None:
    """Grade and dates as before the closing, unless somebody has set them since."""
    before, after = leaving.data["before"], leaving.data["after"]
    _grade_as_before(lead, before, leaving, by=by, at=at)
    talked = lead.last_contact_at and lead.last_contact_at > leaving.at
    as_left = after["next_due_on"] == (lead.next_due_on and lead.next_due_on.isoformat())
    if not talked and as_left:
        lead.agreed_on, due_on = _day(before["agreed_on"]), _day(before["next_due_on"])
        if due_on or not may_have_cadence(lead):
            lead.has_cadence, lead.next_due_on = bool(due_on), due_on
    settle(lead)
    lead.version += 1
    lead.save(update_fields=CONCLUDED)
    if lead.has_cadence:
        move_cadence(lead, lead.next_due_on)
    else:
        open_tasks(lead).filter(kind=TaskKind.CADENCE).update(state=Task.State.VOID, closed_at=at)


def _grade_as_before(lead: Lead, before: dict, leaving: LeadEvent, *, by, at: dt.datetime) -> None:
    graded = newest_standing(lead, EventKind.GRADE)
    if graded and graded.pk > leaving.pk:
        return
    was = lead.grade
    lead.grade, lead.suggested_grade = before["grade"], before["suggested_grade"]
    lead.expected_on = _day(before["expected_on"])
    if graded and was != lead.grade:
        record_undo(lead, graded, "grade", by=by, at=at, from_value=was, data={"grade": lead.grade})


def _day(iso: str | None) -> dt.date | None:
    return dt.date.fromisoformat(iso) if iso else None
