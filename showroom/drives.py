"""A ride, then a drive: checks, papers, start, end, feedback (SPEC TEST-02 to 07, A36).

Lock order: lead, car, booking. Times in UTC.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.prepared import Prepared
from accounts.rules import setting
from accounts.sql import insert, update
from followups.appointments import keep_appointment
from followups.night.chunks import Counts
from leads.acts import acting
from leads.machine import EvidenceKind
from leads.models import Lead
from leads.moves import record_evidence

from .models import LIVE_BOOKINGS, AgreementText, Booking, Drive, DrivePaper
from .reception import read_ahead
from .serving import served_lead

STATES = Booking.State
Check = Callable[[Drive], None]
CHECKS = ("clean", "condition", "route")
FELT = (
    *("ratings", "overall", "comment", "items_of_interest", "signals"),
    *("feedback_declined", "feedback_at", "feedback_by", "version"),
)
MOST_BYTES = 600_000  # of a picture
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True)
class Feedback:
    """The feedback form: ratings 1 to 5 by item code, or in `declined` why there is none (TEST-06)."""

    ratings: dict = field(default_factory=dict)
    overall: int | None = None
    comment: str = ""
    items_of_interest: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    declined: str = ""


@dataclass(frozen=True)
class Papers:
    """What is seen before somebody drives: who, the licence, the signature (SPEC TEST-04, A36)."""

    driver_name: str
    licence: str = Drive.Licence.SEEN
    licence_picture: bytes = b""
    signature: bytes = b""
    on_paper: bool = False  # signed on paper: no picture of the signature


def locked(
    booking_id: int, *, by, now: dt.datetime, check: Check | None = None
) -> tuple[Booking, Lead, Drive]:
    """Booking, lead and drive of a customer, locked. NotAllowed: who neither works on nor receives him.

    `check` is asked with the drive before anything is written; it may refuse.
    """
    lead = served_lead(booking_id, by=by, now=now, named="bookings")
    [booking] = _with_its_car_held(booking=booking_id)
    drive = booking.drive if hasattr(booking, "drive") else Drive(booking=booking, lead=lead)
    if check:
        check(drive)
    return booking, lead, drive


@Prepared
def _with_its_car_held(*, booking: int) -> QuerySet:
    """The car's row is locked until the transaction ends; who changes a booking holds its lead."""
    held = Booking.objects.select_for_update(of=("car",), no_key=True)
    return held.filter(pk=booking).select_related("appointment", "drive", "car__store")


def _save(drive: Drive, *fields: str) -> None:
    """The first part of a drive that is written down makes its row."""
    if drive.pk is None:
        insert(drive)
    else:
        update(drive, fields)


@transaction.atomic
def check_car(
    booking_id: int, checks: dict[str, bool], *, by, now: dt.datetime, check: Check | None = None
) -> Drive:
    """Clean, in order, the route known: ticked before anybody starts (TEST-02). `check`: see `locked`."""
    _booking, _lead, drive = locked(booking_id, by=by, now=now, check=check)
    for name in CHECKS:
        setattr(drive, name, bool(checks.get(name)))
    drive.checked_by, drive.checked_at = by, now
    _save(drive, *CHECKS, "checked_by", "checked_at")
    return drive


@transaction.atomic
def keep_papers(
    booking_id: int, papers: Papers, *, by, now: dt.datetime, check: Check | None = None
) -> Drive:
    """Write down who drives, that the licence was seen, and the signed agreement (SPEC TEST-04, A36).

    `check`: see `locked`. Refused: no name, the licence not seen, no signature, a file that is no
    picture or too large.
    """
    _booking, lead, drive = locked(booking_id, by=by, now=now, check=check)
    _check_papers(papers, drive)
    drive.driver_name, drive.licence = papers.driver_name.strip(), papers.licence
    if papers.signature or papers.on_paper:
        drive.agreement, drive.signed_at = standing_agreement(lead.store, now=now), now
    _save(drive, "driver_name", "licence", "agreement", "signed_at")
    for kind, content in (("licence", papers.licence_picture), ("signature", papers.signature)):
        if content:
            _keep(drive, kind, content, lead.store, by=by, now=now)
    return drive


def _check_papers(papers: Papers, drive: Drive) -> None:
    if not papers.driver_name.strip():
        raise Refused(_("Write down who drives."), field="driver_name")
    if not papers.licence:
        raise Refused(_("Look at the driving licence first."), field="licence")
    if not (papers.signature or papers.on_paper or drive.signed_at):
        raise Refused(_("The agreement is not signed yet."), field="signature")
    if papers.licence_picture:
        picture_type(papers.licence_picture, field="licence_picture")
    if papers.signature:
        picture_type(papers.signature, field="signature")


def picture_type(content: bytes, *, field: str) -> str:
    """The type of a PNG or JPEG by its first bytes; Refused for anything else or above 600 kB."""
    if len(content) > MOST_BYTES:
        raise Refused(_("This picture is too large. Take a smaller one."), field=field)
    found = next((kind for head, kind in PICTURES.items() if content.startswith(head)), "")
    if not found:
        raise Refused(_("This is not a picture. Take a photo, or a PNG or JPEG file."), field=field)
    return found


def _keep(drive: Drive, kind: str, content: bytes, store, *, by, now: dt.datetime) -> None:
    days = dt.timedelta(days=setting(store, "drive_papers_days"))
    kept = {
        "content": content,
        "content_type": picture_type(content, field=kind),
        "at": now,
        "by": by,
        "expires_on": store.business_date(now) + days,
    }
    DrivePaper.objects.bulk_create(
        [DrivePaper(drive=drive, kind=kind, **kept)],
        update_conflicts=True,
        unique_fields=["drive", "kind"],
        update_fields=list(kept),
    )


def standing_agreement(store, *, now: dt.datetime) -> AgreementText | None:
    """The newest version of the agreement that is valid on this store day."""
    return _standing.first(store=store.pk, on=store.business_date(now))


@Prepared
def _standing(*, store: int, on: dt.date) -> QuerySet:
    return AgreementText.objects.filter(store=store, valid_from__lte=on).order_by("-version")[:1]


@transaction.atomic
def start_ride(booking_id: int, *, by, at: dt.datetime, ride_only: bool = False) -> Drive:
    """The customer rides along; the lead is at the test drive (SPEC TEST-03, T09).

    Refused: the car is not checked, not there, or the booking is settled.
    """
    booking, lead, drive = locked(booking_id, by=by, now=at)
    if drive.ride_started_at:
        return drive
    _check_ready(booking, drive, at=at)
    booking.state, booking.starts_at = STATES.RUNNING, min(booking.starts_at, at)
    if booking.ends_at <= at:
        booking.ends_at = at + dt.timedelta(minutes=setting(lead.store, "drive_minutes"))
    update(booking, ["state", "starts_at", "ends_at"])
    drive.ride_started_at, drive.ride_only = at, ride_only
    _save(drive, "ride_started_at", "ride_only")
    with acting(lead, read=read_ahead(lead)):
        if booking.appointment:
            keep_appointment(booking.appointment, lead, by=by, now=at)
        _evidence(lead, EvidenceKind.DRIVE_STARTED, drive, by=by, at=at)
    return drive


def _check_ready(booking: Booking, drive: Drive, *, at: dt.datetime) -> None:
    if booking.state != STATES.PLANNED:
        raise Refused(_("This drive has begun or is settled already."))
    lacking = [name for name in CHECKS if not getattr(drive, name)]
    if lacking:
        raise Refused(_("Check the car first: clean, in order, the route known."), field=lacking[0])
    if _out_for_others(car=booking.car_id, booking=booking.pk, at=at):
        raise Refused(_("The car is not back yet. Take another one, or wait."))


@Prepared
def _out_for_others(*, car: int, booking: int, at: dt.datetime) -> QuerySet:
    rows = Booking.objects.filter(car=car, state__in=LIVE_BOOKINGS, starts_at__lte=at, ends_at__gt=at)
    return rows.exclude(pk=booking).values_list("pk")[:1]


@transaction.atomic
def start_drive(booking_id: int, *, by, at: dt.datetime) -> Drive:
    """The customer takes the wheel (SPEC TEST-03, TEST-04).

    Refused: before the ride, for a ride only, or while a paper is missing; the ride goes on.
    """
    booking, _lead, drive = locked(booking_id, by=by, now=at)
    if drive.drive_started_at:
        return drive
    if drive.ride_started_at is None:
        raise Refused(_("The customer rides along first. Start the ride."))
    if drive.ended_at or drive.ride_only:
        raise Refused(_("This was a ride only, or is over. Book another drive."))
    if missing := missing_papers(drive, booking, at=at):
        raise Refused(_("Before the drive is still missing: %(what)s.") % {"what": ", ".join(missing)})
    drive.drive_started_at = at
    update(drive, ["drive_started_at"])
    return drive


def missing_papers(drive: Drive, booking: Booking, *, at: dt.datetime) -> list[str]:
    """What still stands between the customer and the wheel, in the reader's language (SPEC TEST-04)."""
    car, today = booking.car, booking.car.store.business_date(at)
    insured = car.insured_until is None or car.insured_until >= today
    wanted = [
        (drive.driver_name, _("who drives")),
        (drive.licence, _("the driving licence")),
        (drive.signed_at, _("the signed agreement")),
        (insured, _("a valid insurance of the car")),
    ]
    return [words for there, words in wanted if not there]


@transaction.atomic
def end_drive(booking_id: int, *, by, at: dt.datetime) -> Drive:
    """The car is back: its time is free again. Refused: it never left."""
    booking, _lead, drive = locked(booking_id, by=by, now=at)
    if drive.ended_at:
        return drive
    if drive.ride_started_at is None:
        raise Refused(_("The ride has not begun yet."))
    booking.state = STATES.RETURNED
    booking.ends_at = max(min(booking.ends_at, at), booking.starts_at + dt.timedelta(minutes=1))
    update(booking, ["state", "ends_at"])
    drive.ended_at = at
    update(drive, ["ended_at"])
    return drive


@transaction.atomic
def give_feedback(
    booking_id: int, feedback: Feedback, *, by, at: dt.datetime, check: Check | None = None
) -> Drive:
    """The feedback form, or why there is none; the lead goes on to negotiation (SPEC TEST-06, T11).

    `check`: see `locked`. Refused: before the car is back, nothing rated and not declined, a mark
    outside 1 to 5.
    """
    _booking, lead, drive = locked(booking_id, by=by, now=at, check=check)
    _check_feedback(drive, feedback)
    drive.ratings, drive.overall, drive.comment = feedback.ratings, feedback.overall, feedback.comment
    drive.items_of_interest, drive.signals = list(feedback.items_of_interest), list(feedback.signals)
    drive.feedback_declined = "" if feedback.ratings or feedback.overall else feedback.declined.strip()
    drive.feedback_at, drive.feedback_by = at, by
    drive.version += 1
    update(drive, FELT)
    _evidence(lead, EvidenceKind.DRIVE_DONE, drive, by=by, at=at)
    return drive


def _check_feedback(drive: Drive, feedback: Feedback) -> None:
    if drive.ended_at is None:
        raise Refused(_("The car is not back yet. End the drive first."))
    marks = [*feedback.ratings.values(), *([feedback.overall] if feedback.overall is not None else [])]
    if any(mark not in range(1, 6) for mark in marks):
        raise Refused(_("Marks go from 1 to 5."), field="overall")
    if not marks and not feedback.declined.strip():
        raise Refused(_("Tap at least one mark, or say why there is no feedback."), field="overall")


def _evidence(lead: Lead, kind: str, drive: Drive, *, by, at: dt.datetime) -> None:
    record_evidence(lead, kind, ref_kind="drive", ref_id=drive.pk, by=by, at=at, recorded_at=at)


def is_valid(drive: Drive, *, minutes: int) -> bool:
    """A drive that counts: signed, the driver named, long enough, with feedback (SPEC A36)."""
    if not (drive.drive_started_at and drive.ended_at and drive.signed_at and drive.driver_name):
        return False
    long_enough = drive.ended_at - drive.drive_started_at >= dt.timedelta(minutes=minutes)
    return long_enough and bool(drive.ratings or drive.overall)


def forget_old_papers(store, on: dt.date, *, now: dt.datetime) -> Counts:
    """NIGHTLY_CHORES: pictures of licences and signatures go after their days; that they were seen stays."""
    gone, _kinds = DrivePaper.objects.filter(drive__lead__store=store, expires_on__lte=on).delete()
    return Counts(changed=gone)
