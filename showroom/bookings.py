"""Demo cars and their time: booked, moved, called off, in the workshop (SPEC TEST-01, T39, A36).

Who takes or frees a car's time holds the car's row; of two at once the second reads what the first wrote.
Lock order: lead, then car.
"""

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts import sql
from accounts.errors import NotAllowed, Refused
from accounts.models import Store
from accounts.prepared import Prepared
from accounts.roles import LOGGING
from accounts.rules import closing_time
from followups.appointments import agree_anew, call_off, set_appointment
from followups.cadence import planned_appointments
from followups.models import Appointment, Task
from followups.night.chunks import Counts, Job
from followups.task_changes import Sql, change_tasks
from followups.task_kinds import TaskKind
from followups.timers import timer
from leads.acts import acting, insert, known, remember
from leads.models import Lead
from leads.moves import lock_lead

from .models import LIVE_BOOKINGS, Booking, DemoCar, Drive
from .serving import may_book

STATES = Booking.State
LONGEST = dt.timedelta(hours=4)  # of one drive


def lock_car(pk: int) -> DemoCar:
    """The car with its row locked until the transaction ends; DemoCar.DoesNotExist if there is none."""
    for car in _locked(car=pk):
        return car
    raise DemoCar.DoesNotExist


@Prepared
def _locked(*, car: int) -> QuerySet:
    cars = DemoCar.objects.select_for_update(of=("self",), no_key=True).select_related("store")
    return cars.filter(pk=car)


@transaction.atomic
def book(
    car_id: int,
    lead_id: int,
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    by,
    now: dt.datetime,
    consultant=None,
) -> Booking:
    """Book a demo car for a customer, with its appointment and the reminder of the day before (SPEC A36).

    Times in UTC. Refused: in the past, longer than four hours, the car is taken or not on the road,
    a lead that is not worked. NotAllowed: a colleague's customer.
    """
    lead = lock_lead(lead_id)
    if not may_book(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if not lead.is_active:
        raise Refused(_("This lead is not active. Bring it back first."))
    car = _free_car(car_id, lead, starts_at, ends_at)
    who = {"consultant_id": consultant.pk if consultant else lead.owner_id, "by": by, "now": now}
    with acting(lead):
        appointment = _appointment(lead, starts_at, by=by, now=now)
        return _write(car, lead, appointment, starts_at, ends_at, **who)


def _appointment(lead: Lead, at: dt.datetime, *, by, now) -> Appointment:
    return set_appointment(lead, at, by=by, now=now, kind=Appointment.Kind.DRIVE)


def _free_car(car_id: int, lead: Lead | None, starts_at, ends_at, *, but: int | None = None) -> DemoCar:
    """The locked car, free from a moment to a moment; `but` is a booking that does not count."""
    car = lock_car(car_id)
    if not car.active or (lead and car.store_id != lead.store_id):
        raise Refused(_("This car is not on the road. Pick another."), field="car")
    check_times(starts_at, ends_at)
    if taken := _taken(car, starts_at, ends_at, but=but):
        raise Refused(_taken_text(taken), field="time")
    return car


def check_times(starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    """Refused: it ends before it begins, or takes longer than four hours."""
    if ends_at <= starts_at:
        raise Refused(_("It ends before it begins. Pick a longer time."), field="time")
    if ends_at - starts_at > LONGEST:
        raise Refused(_("Four hours at most. Pick a shorter time."), field="time")


def _taken(car: DemoCar, starts_at, ends_at, *, but: int | None) -> Booking | None:
    found = _in_the_way(car=car.pk, start=starts_at, end=ends_at, but=but or 0)
    return next(iter(found), None)


@Prepared
def _in_the_way(*, car: int, start: dt.datetime, end: dt.datetime, but: int) -> QuerySet:
    rows = Booking.objects.filter(car=car, state__in=LIVE_BOOKINGS, starts_at__lt=end, ends_at__gt=start)
    return rows.exclude(pk=but).select_related("car__store").order_by("starts_at")[:1]


def _taken_text(booking: Booking) -> str:
    zone = booking.car.store.zone
    times = {
        "start": f"{booking.starts_at.astimezone(zone):%H:%M}",
        "end": f"{booking.ends_at.astimezone(zone):%H:%M}",
    }
    if booking.lead_id is None:
        return _("The car is in the workshop from %(start)s to %(end)s. Pick another time or car.") % times
    return _("The car is taken from %(start)s to %(end)s. Pick another time or car.") % times


def _write(car, lead, appointment, starts_at, ends_at, *, consultant_id, by, now) -> Booking:
    booking = Booking(
        store=car.store,
        car=car,
        lead=lead,
        appointment=appointment,
        starts_at=starts_at,
        ends_at=ends_at,
        consultant_id=consultant_id,
        set_by=by,
        set_at=now,
    )
    sql.insert(booking)
    _open_eve(booking, lead, now=now)
    return booking


def _open_eve(booking: Booking, lead: Lead, *, now: dt.datetime) -> None:
    """The reminder at closing time of the day before; none when that is past (SPEC A36)."""
    on = lead.store.business_date(booking.starts_at) - dt.timedelta(days=1)
    due_at = closing_time(lead.store, on)
    if due_at <= now:
        return
    told = {"booking": booking.pk}
    insert(lead, timer(lead, TaskKind.DRIVE_EVE, due_at, cause=str(booking.pk), why_args=told))


def eve_cause(booking: Booking) -> str:
    """The cause of a booking's reminder: one row of it can ever stand."""
    return f"drive_eve:{booking.pk}"


@transaction.atomic
def move_booking(
    booking_id: int,
    *,
    car_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    by,
    now: dt.datetime,
    check: Callable[[Booking], None] | None = None,
) -> Booking:
    """Another time, another car or both; the old row stays and points to the new one (SPEC T39).

    `check` is asked under lock with the old row, moved or not, before anything is written.
    """
    booking, lead = _planned(booking_id, by=by, now=now, check=check)
    car = _free_car(car_id, lead, starts_at, ends_at, but=booking.pk)
    with acting(lead):
        appointment = _moved_appointment(booking, lead, starts_at, by=by, now=now)
        return _rebook(booking, lead, car, appointment, ends_at, by=by, now=now)


def _rebook(
    booking: Booking, lead: Lead, car: DemoCar, appointment: Appointment, ends_at, *, by, now
) -> Booking:
    """The booking that stands for one that was moved; it is there first where its time is free already."""
    who = {"consultant_id": booking.consultant_id, "by": by, "now": now}
    overlaps = booking.starts_at < ends_at and booking.ends_at > appointment.at
    if car.pk == booking.car_id and overlaps:
        _settle(booking, STATES.MOVED, lead, now=now)
    booking.moved_to = _write(car, lead, appointment, appointment.at, ends_at, **who)
    _settle(booking, STATES.MOVED, lead, now=now)
    return booking.moved_to


def _moved_appointment(booking: Booking, lead: Lead, at: dt.datetime, *, by, now) -> Appointment:
    """The appointment at the new hour; a new one when the old one is settled already."""
    if old := _its_appointment(booking, lead):
        return agree_anew(old, lead, at, by=by, now=now)
    return _appointment(lead, at, by=by, now=now)


def _its_appointment(booking: Booking, lead: Lead) -> Appointment | None:
    """The appointment of a booking while it is planned; what ends it leaves the booking to this act."""
    remember(lead, "booking", booking.pk)
    planned = planned_appointments(lead)
    remember(lead, "planned", planned)
    return next((one for one in planned if one.pk == booking.appointment_id), None)


@transaction.atomic
def cancel_booking(booking_id: int, *, reason: str, by, now: dt.datetime) -> Booking:
    """Call a drive off, with its appointment. Refused: without a reason, or when it is settled already."""
    if not reason.strip():
        raise Refused(_("Say in a word why."), field="reason")
    booking, lead = _planned(booking_id, by=by, now=now)
    with acting(lead):
        _settle(booking, STATES.CANCELLED, lead, reason=reason, now=now)
        if appointment := _its_appointment(booking, lead):
            call_off(appointment, lead, by=by, now=now)
    return booking


def _planned(booking_id: int, *, by, now, check=None) -> tuple[Booking, Lead]:
    """A booking of a customer that has not begun, with its lead locked."""
    lead = lock_lead(booking_id, "bookings")
    [booking] = _with_its_store(booking=booking_id)
    if not may_book(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if check:
        check(booking)
    if booking.state != STATES.PLANNED:
        raise Refused(_("This drive has begun or is settled already."))
    return booking, lead


@Prepared
def _with_its_store(*, booking: int) -> QuerySet:
    return Booking.objects.filter(pk=booking).select_related("store")


def _settle(booking: Booking, state: str, lead: Lead, *, now: dt.datetime, reason: str = "") -> None:
    booking.state, booking.reason = state, reason
    sql.update(booking, ["state", "reason", "moved_to"])
    _void_eve(booking, lead, now=now)


def _void_eve(booking: Booking, lead: Lead, *, now: dt.datetime) -> None:
    change_tasks(lead, Sql("cause = %s", (eve_cause(booking),)), state=Task.State.VOID, closed_at=now)


# --- the workshop -----------------------------------------------------------------------


@transaction.atomic
def block(
    car_id: int, *, starts_at: dt.datetime, ends_at: dt.datetime, reason: str, by, now: dt.datetime
) -> Booking:
    """Take a car off the road for a time. Refused: without a reason, or while it is booked."""
    car = lock_car(car_id)
    if not by.roles_in(car.store) & set(LOGGING):
        raise NotAllowed(_("Your role does not plan the demo cars."))
    if not reason.strip():
        raise Refused(_("Say in a word why."), field="reason")
    if ends_at <= max(starts_at, now):
        raise Refused(_("It ends before it begins. Pick a longer time."), field="time")
    if taken := _taken(car, starts_at, ends_at, but=None):
        raise Refused(_taken_text(taken), field="time")
    booking = Booking(store=car.store, car=car, starts_at=starts_at, ends_at=ends_at, reason=reason)
    booking.set_by, booking.set_at = by, now
    sql.insert(booking)
    return booking


@transaction.atomic
def unblock(booking_id: int, *, by, now: dt.datetime) -> Booking:
    """The car is on the road again, from now. Refused: a booking of a customer, or over already."""
    car = lock_car(Booking.objects.values_list("car_id", flat=True).get(pk=booking_id))
    if not by.roles_in(car.store) & set(LOGGING):
        raise NotAllowed(_("Your role does not plan the demo cars."))
    booking = Booking.objects.get(pk=booking_id)
    if booking.lead_id or booking.state != STATES.PLANNED or booking.ends_at <= now:
        raise Refused(_("This is over already."))
    if booking.starts_at < now:
        booking.ends_at = now
    else:
        booking.state = STATES.CANCELLED
    sql.update(booking, ["ends_at", "state"])
    return booking


# --- the night ------------------------------------------------------------------------------

NOT_DRIVEN = "not_driven"  # came, and did not drive


def settle_past_bookings(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """NIGHTLY_CHORES: drives of days before `on` that nobody ended, or that never began.

    A car still on the road is taken as back at the end of its time, so that the feedback can be
    written; a drive that never began is a no-show as its appointment is.
    """
    open_states = (STATES.PLANNED, STATES.RUNNING)
    past = Booking.objects.filter(
        store=store, state__in=open_states, lead__isnull=False, starts_at__lt=store.start_of_day(on)
    )
    return Job("settle_past_bookings", Booking, store, now=now).over(past, _settle_past, order="starts_at")


def _settle_past(ids: list[int]) -> Counts:
    out = Booking.objects.filter(pk__in=ids, state=STATES.RUNNING)
    of_booking = Booking.objects.filter(pk=OuterRef("booking_id"))
    Drive.objects.filter(booking__in=list(out.values_list("pk", flat=True)), ended_at=None).update(
        ended_at=Subquery(of_booking.values("ends_at")[:1])
    )
    changed = out.update(state=STATES.RETURNED)
    planned = Booking.objects.filter(pk__in=ids, state=STATES.PLANNED)
    no_show = planned.filter(appointment__state=Appointment.State.NO_SHOW).values_list("pk", flat=True)
    changed += Booking.objects.filter(pk__in=list(no_show)).update(state=STATES.NO_SHOW)
    return Counts(changed=changed + planned.update(state=STATES.CANCELLED, reason=NOT_DRIVEN))


# --- what the other floors tell us --------------------------------------------------------


def on_lead_event(lead: Lead, event) -> None:
    """LEAD_LISTENERS: an appointment of a drive that is moved or called off takes its car along."""
    if event.kind == "appointment" and event.from_value == Appointment.State.PLANNED:
        follow = FOLLOWS.get(event.to_value)
        booking = follow and not known(lead, "booking") and _booking_of(event.data["appointment"])
        if booking:
            follow(booking, lead, event)


def _booking_of(appointment_id: int) -> Booking | None:
    return _planned_for.first(appointment=appointment_id)


@Prepared
def _planned_for(*, appointment: int) -> QuerySet:
    rows = Booking.objects.filter(appointment=appointment, state=STATES.PLANNED)
    return rows.select_related("appointment__moved_to")


def _called_off(booking: Booking, lead: Lead, event) -> None:
    _settle(booking, STATES.CANCELLED, lead, now=event.recorded_at)


def _did_not_come(booking: Booking, lead: Lead, event) -> None:
    _settle(booking, STATES.NO_SHOW, lead, now=event.recorded_at)


def _moved(booking: Booking, lead: Lead, event) -> None:
    new = booking.appointment.moved_to
    ends_at = new.at + (booking.ends_at - booking.starts_at)
    car = _free_car(booking.car_id, lead, new.at, ends_at, but=booking.pk)
    _rebook(booking, lead, car, new, ends_at, by=event.by, now=event.recorded_at)


FOLLOWS = {
    Appointment.State.MOVED: _moved,
    Appointment.State.CANCELLED: _called_off,
    Appointment.State.NO_SHOW: _did_not_come,
}
