"""What a crossed-out row did is taken back as an undo does; nothing is deleted (SPEC A65, A74)."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Exists, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import User
from accounts.prepared import Prepared, Write
from followups.cadence import cadence_date, move_cadence
from followups.models import Appointment, Contact, Task
from followups.timers import drop_timers
from followups.undoing import agreed_on, contacts_of, last_talk, reopen_tasks, void_opened
from leads.access import may_own
from leads.acts import write
from leads.log import record
from leads.machine import EvidenceKind
from leads.models import Evidence, Lead, LeadEvent
from leads.models.leads import Status, past_of
from leads.models.log import EventKind
from leads.moves import standing_evidence, step_back
from leads.ownership import set_owner
from leads.protection import SETTLED, settle
from leads.setting_aside import set_aside
from leads.steps import Step
from leads.undoing import newest_standing, read_standing

from .models import Call, Visit
from .one_row import Row
from .undoing import conclude_nothing_of

CAME = (EvidenceKind.VISIT, EvidenceKind.CALL)
CROSSED_OUT = "crossed_out"  # the reason in the log


class Remains(NamedTuple):
    """What a lead's registers and appointments say without a row, and about the day of that row."""

    came_at: dt.datetime | None
    called_on: dt.date | None  # for the first time
    came_that_day: bool
    kept_that_day: bool  # an appointment


def check_nothing_stands_on(lead: Lead, row: Row) -> None:
    """Refused: a later step, when this row alone says that the customer was ever here or called."""
    others = Evidence.objects.filter(lead=lead, kind__in=CAME, revoked_at=None)
    if lead.step > Step.RECEPTION and not others.exclude(ref_kind=_kind(row), ref_id=row.pk).exists():
        if not others.exists():
            return  # nothing of it was proved by a row: an import, an older card
        raise Refused(
            _("The lead stands at “%(step)s”, and only this row says they came. Log the right one first.")
            % {"step": Step(lead.step).label}
        )


def take_back(lead: Lead, row: Row, *, by: User, at: dt.datetime) -> None:
    """Evidence, tasks, grade, hands, status and step as if the row had never been; dates from what remains.

    The caller holds the lead's row and is in an act on it. `at` = now, UTC.
    """
    what = _kind(row)
    _revoke.count(at, by.pk, lead.pk, what, row.pk)
    told = {"to_value": f"{what}_void", "data": {what: row.pk}}
    record(lead, EventKind.EDIT, at=at, recorded_at=at, by=by, **told)
    read_standing(lead)
    remains = _what_remains(lead, row)
    if isinstance(row, Visit):
        conclude_nothing_of(row, lead, by=by, at=at)
        _not_kept(lead, row, remains, today=lead.store.business_date(at))
    else:
        drop_timers(lead, what="call", ref_id=row.pk, at=at)
        _unsay(lead, row, by=by, at=at)
    _hands_as_before(lead, row, by=by, at=at)
    _count_again(lead, row, remains)
    if lead.step == Step.RECEPTION and not (lead.last_visit_at or standing_evidence(lead) & set(CAME)):
        step_back(lead, Step.PROSPECTING, by=by, at=at, reason=CROSSED_OUT)
    if isinstance(row, Visit) and lead.is_active and _was_the_last(lead, row):
        _as_before_the_visit(lead, row, at=at)
    else:
        _next_date_anew(lead, now=at)


_revoke = Write("""UPDATE leads_evidence SET revoked_at = %s, revoked_by_id = %s
    WHERE lead_id = %s AND ref_kind = %s AND ref_id = %s AND revoked_at IS NULL""")


def _kind(row: Row) -> str:
    return "visit" if isinstance(row, Visit) else "call"


def _unsay(lead: Lead, call: Call, *, by: User, at: dt.datetime) -> None:
    """The talk that the call was is undone with it (SPEC A64, A74)."""
    said = contacts_of(lead).filter(at=call.at, direction=Contact.Direction.IN)
    if said.update(undone_at=at, undone_by=by) and lead.last_contact_at == call.at:
        talk = last_talk(lead)
        lead.last_contact_at = talk and talk.at
    if lead.first_attempt_at == call.at:
        lead.first_attempt_at = _first_try.first(lead.has_folded, lead=lead.pk)
    write(lead, "last_contact_at", "first_attempt_at")


@Prepared
def _first_try(has_folded: bool, *, lead: int) -> QuerySet:
    tries = Contact.objects.standing().filter(lead__in=past_of(lead, has_folded))
    return tries.order_by("at").values_list("at", flat=True)[:1]


def _not_kept(lead: Lead, visit: Visit, remains: Remains, *, today: dt.date) -> None:
    """An appointment that only this visit kept is expected again, or was not kept."""
    if remains.came_that_day or not remains.kept_that_day:
        return
    day = lead.store.day(visit.on)
    showed = Appointment.objects.filter(lead=lead, state=Appointment.State.SHOWED, at__range=day)
    state = Appointment.State.PLANNED if visit.on >= today else Appointment.State.NO_SHOW
    showed.update(state=state)


def _hands_as_before(lead: Lead, row: Row, *, by: User, at: dt.datetime) -> None:
    """Owner and status as before the row, where it was what changed them last."""
    woke, given = (_by_row(lead, row, kind) for kind in (EventKind.STATUS, EventKind.OWNER))
    if given:
        before = User.objects.filter(pk=given.from_value or 0).first()
        owner = before if before and may_own(lead, before) else None
        set_owner(lead, owner, by=by, at=at, recorded_at=at, reason=CROSSED_OUT)
    if woke and woke.from_value != Status.LOST_PENDING:
        wake_on = woke.data.get("wake_on")
        set_aside(
            lead,
            woke.from_value,
            by=by,
            at=at,
            now=at,
            reason=CROSSED_OUT,
            wake_on=dt.date.fromisoformat(wake_on) if wake_on else None,
            void_reason=woke.data.get("void_reason", ""),
        )


def _by_row(lead: Lead, row: Row, kind: str) -> LeadEvent | None:
    """The newest event of a kind, if the row brought it about."""
    newest = newest_standing(lead, kind)
    happened = row.arrived_at if isinstance(row, Visit) else row.at
    return newest if newest and (newest.at, newest.recorded_at) == (happened, row.recorded_at) else None


def _was_the_last(lead: Lead, visit: Visit) -> bool:
    """Whether nobody talked to the customer or saw him since."""
    moments = (lead.last_contact_at, lead.last_visit_at)  # what remains, by `_count_again`
    return all(moment is None or moment <= visit.arrived_at for moment in moments)


def _as_before_the_visit(lead: Lead, visit: Visit, *, at: dt.datetime) -> None:
    """The tasks that it closed are open again, with their dates; past ones too."""
    void_opened(lead, at=at, ends=f":visit:{visit.pk}")
    lead.agreed_on = agreed_on(lead)
    closed = _closed(lead=lead.pk, at=visit.arrived_at)
    reopen_tasks(lead, closed, by_undo=f"visit-{visit.pk}", since=visit.arrived_at, at=at)


@Prepared
def _closed(*, lead: int, at: dt.datetime) -> QuerySet:
    """The tasks that an arrival closed; a talk closes others."""
    done = Task.objects.filter(lead=lead, state=Task.State.DONE, contact=None, closed_at=at)
    return done.order_by("id")


def _what_remains(lead: Lead, row: Row) -> Remains:
    since, until = lead.store.day(row.on)
    asked = _remaining(lead.has_folded, lead=lead.pk, on=row.on, since=since, until=until)
    return Remains(*asked[0])


def _count_again(lead: Lead, row: Row, remains: Remains) -> None:
    """Last visit, days of a phone-only lead and protection from the rows that remain (SPEC A65)."""
    if isinstance(row, Visit):
        lead.last_visit_at = remains.came_at
    lead.phone_only_since = None if lead.last_visit_at else remains.called_on
    lead.phone_only_ended_on = lead.phone_only_ended_on if lead.phone_only_since else None
    settle(lead)
    write(lead, "last_visit_at", "phone_only_since", "phone_only_ended_on", *SETTLED)


@Prepared
def _remaining(
    has_folded: bool, *, lead: int, on: dt.date, since: dt.datetime, until: dt.datetime
) -> QuerySet:
    mine = {"lead__in": past_of(lead, has_folded)}
    visits = Visit.objects.filter(**mine).counted().order_by("-arrived_at")
    calls = Call.objects.filter(**mine, voided_at=None).order_by("on")
    came = Visit.objects.filter(lead=lead, on=on).counted()
    kept = Appointment.objects.filter(lead=lead, state=Appointment.State.SHOWED, at__range=(since, until))
    asked = Subquery(visits.values("arrived_at")[:1]), Subquery(calls.values("on")[:1])
    return Lead.objects.filter(pk=lead).values_list(*asked, Exists(came), Exists(kept))


def date_anew(lead: Lead, row: Row, *, now: dt.datetime) -> None:
    """Everything that follows from the rows that remain; the next date not before today."""
    _count_again(lead, row, _what_remains(lead, row))
    _next_date_anew(lead, now=now)


def _next_date_anew(lead: Lead, *, now: dt.datetime) -> None:
    today = lead.store.business_date(now)
    if lead.has_cadence and not lead.agreed_on and (due_on := cadence_date(lead)):
        move_cadence(lead, max(due_on, today))
