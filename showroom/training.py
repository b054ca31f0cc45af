"""Trainings: which topic, who took part, what the observer remarked (SPEC TRAIN-03, 04, NEED-10)."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.prepared import Prepared, Statement
from accounts.roles import Role
from accounts.sql import insert, update
from leads.models import FieldChange

from .models import TrainingRecord
from .playbook import EDITORS, may_edit

REMARKS = 5  # of the observer of a role-play
HIGHEST = 100  # points of an exam
OVERSEERS = (*EDITORS, Role.SUPERVISOR)
SAID = ("on", "topic", "case", "remarks", "score")  # columns that a correction may change
TookPart = TrainingRecord.participants.through


class Topic(TextChoices):
    """What is trained (SPEC TRAIN-04)."""

    FLOW = "flow", gettext_lazy("The nine steps")
    RECEPTION = "reception", gettext_lazy("Reception")
    NEEDS = "needs", gettext_lazy("Needs analysis")
    WALKAROUND = "walkaround", gettext_lazy("Walkaround")
    TEST_DRIVE = "test_drive", gettext_lazy("Test drive")
    PRICE = "price", pgettext_lazy("topic of a training", "Price")
    OBJECTIONS = "objections", gettext_lazy("Objections")
    DELIVERY = "delivery", gettext_lazy("Delivery")
    AFTER_SALES = "after_sales", gettext_lazy("After-sales")
    CARE = "care", pgettext_lazy("topic of a training", "Care of owners")
    EXAM = "exam", pgettext_lazy("topic of a training", "Exam")


class Case(TextChoices):
    """Role-plays of the needs analysis (SPEC FLOW-08, NEED-10)."""

    C = "C", gettext_lazy("C: comes for one car")
    D = "D", gettext_lazy("D: comes with model and budget")


@dataclass(frozen=True)
class Session:
    """One training as it is written down; `remarks` of the observer, `score` of an exam, 0 to 100."""

    on: dt.date
    topic: str
    participants: Sequence[User]
    case: str = ""
    remarks: Sequence[str] = ()
    score: int | None = None


@transaction.atomic
def record_training(store: Store, session: Session, *, by: User, at: dt.datetime) -> TrainingRecord:
    """Keep a training. Refused: an unknown topic, a day to come, nobody named, somebody of another store,
    a role-play with fewer than five remarks. NotAllowed: who does not run the store."""
    if not may_edit(by, store):
        raise NotAllowed(_("Only who runs the store writes trainings down."))
    remarks = _written(session)
    _check(session, remarks, store, today=store.business_date(at))
    record = TrainingRecord(store=store, by=by, recorded_at=at)
    _take_over(record, session, remarks)
    insert(record)
    _take_in(record, {one.pk for one in session.participants})
    return record


@transaction.atomic
def correct_training(
    record_id: int,
    session: Session,
    *,
    by: User,
    at: dt.datetime,
    check: Callable[[TrainingRecord, list[User]], None] | None = None,
) -> TrainingRecord:
    """Put a training right; each changed field leaves its old value, who and when.

    `check` is asked under lock with the old record and who took part, before anything is written.
    Refused as for `record_training`; who took part then and has left since may stay.
    NotAllowed: see `may_correct`.
    """
    record = _lock(record_id)
    if not may_correct(record, by):
        raise NotAllowed(_("Only who wrote it down and who runs the store corrects a training."))
    took_part = participants_of(record)
    if check:
        check(record, took_part)
    old, remarks = facts_of(record, took_part), _written(session)
    _check(session, remarks, record.store, today=record.store.business_date(at), took_part=took_part)
    _take_over(record, session, remarks)
    update(record, SAID)
    _exchange(record, session.participants, instead_of=took_part)
    _keep_changes(record, old, facts_of(record, session.participants), by=by, at=at)
    return record


def _keep_changes(record: TrainingRecord, old: dict, new: dict, *, by: User, at: dt.datetime) -> None:
    about = {"ref_kind": FieldChange.Of.TRAINING, "ref_id": record.pk, "by": by, "at": at}
    changed = [name for name in new if old[name] != new[name]]
    if changed:
        insert(*(FieldChange(**about, field=name, old=old[name], new=new[name]) for name in changed))


def _lock(record_id: int) -> TrainingRecord:
    for record in _locked(pk=record_id):
        return record
    raise TrainingRecord.DoesNotExist


@Prepared
def _locked(*, pk: int) -> QuerySet:
    records = TrainingRecord.objects.select_for_update(of=("self",), no_key=True)
    return records.filter(pk=pk).select_related("store")


def may_correct(record: TrainingRecord, user: User) -> bool:
    """Who wrote it down, while he works in the store, and who runs it."""
    return may_edit(user, record.store) or (record.by_id == user.pk and bool(user.roles_in(record.store)))


def participants_of(record: TrainingRecord) -> list[User]:
    """Who took part."""
    return [row.user for row in _took_part(record=record.pk)]


@Prepared
def _took_part(*, record: int) -> QuerySet:
    return TookPart.objects.filter(trainingrecord=record).select_related("user").order_by("user")


def facts_of(record: TrainingRecord, participants: Iterable[User]) -> dict[str, str]:
    """What a training says, a text for each field of its sheet."""
    remarks = [*record.remarks, *[""] * REMARKS][:REMARKS]
    return {
        "on": record.on.isoformat(),
        "topic": record.topic,
        "participants": ", ".join(str(pk) for pk in sorted(one.pk for one in participants)),
        "case": record.case,
        "score": "" if record.score is None else str(record.score),
        **{f"remark{number}": remark for number, remark in enumerate(remarks, start=1)},
    }


def _written(session: Session) -> list[str]:
    return [remark.strip() for remark in session.remarks if remark.strip()]


def _take_over(record: TrainingRecord, session: Session, remarks: list[str]) -> None:
    record.on, record.topic, record.case = session.on, session.topic, session.case
    record.remarks, record.score = remarks, session.score


def _take_in(record: TrainingRecord, people: Iterable[int]) -> None:
    insert(*(TookPart(trainingrecord=record, user_id=pk) for pk in sorted(people)))


def _exchange(record: TrainingRecord, people: Sequence[User], *, instead_of: Sequence[User]) -> None:
    before, after = {one.pk for one in instead_of}, {one.pk for one in people}
    if gone := before - after:
        _take_out(record=record.pk, people=sorted(gone))
    if new := after - before:
        _take_in(record, new)


_take_out = Statement(
    """DELETE FROM showroom_trainingrecord_participants
        WHERE trainingrecord_id = %(record)s AND user_id = ANY(%(people)s) RETURNING id"""
)


def _check(
    session: Session, remarks: list[str], store: Store, *, today: dt.date, took_part: Sequence[User] = ()
) -> None:
    if session.topic not in Topic.values:
        raise Refused(_("Tap what was trained."), field="topic")
    if session.on > today:
        raise Refused(_("Write it down when it has taken place."), field="on")
    if not session.participants:
        raise Refused(_("Tap who took part."), field="participants")
    if session.case not in ("", *Case.values):
        raise Refused(_("Tap one of the answers shown."), field="case")
    if session.case and len(remarks) < REMARKS:
        raise Refused(_("A role-play needs five remarks of the observer."), field=f"remark{len(remarks) + 1}")
    if session.score is not None and not 0 <= session.score <= HIGHEST:
        raise Refused(_("Points go from 0 to 100."), field="score")
    new = {person.pk for person in session.participants} - {person.pk for person in took_part}
    if new and new - {person.pk for person in colleagues(store)}:
        raise Refused(_("Tap people of this store."), field="participants")


def colleagues(store: Store) -> list[User]:
    """Who holds a role in the store now, by name."""
    return _colleagues(store=store.pk)


@Prepared
def _colleagues(*, store: int) -> QuerySet:
    people = User.objects.filter(memberships__store=store, memberships__ends_on=None, is_active=True)
    return people.distinct().order_by("full_name", "pk")


def training_seen_by(user: User, store: Store, pk: int) -> TrainingRecord | None:
    """The one of `trainings_of` that has this key; None where the person may not read it."""
    record = _of_store.first(pk=pk, store=store.pk)
    if record is None or user.roles_in(store) & set(OVERSEERS) or record.by_id == user.pk:
        return record
    return record if user in participants_of(record) else None


@Prepared
def _of_store(*, pk: int, store: int) -> QuerySet:
    return TrainingRecord.objects.filter(pk=pk, store=store).select_related("store")


def trainings_of(user: User, store: Store, *, person: int | None = None) -> QuerySet:
    """Trainings a person may read: all of the store for who leads, else those he was in or wrote down."""
    rows = TrainingRecord.objects.filter(store=store)
    if not user.roles_in(store) & set(OVERSEERS):
        rows = rows.filter(Q(participants=user) | Q(by=user)).distinct()
    elif person:
        rows = rows.filter(participants=person)
    return rows.select_related("by", "store").prefetch_related("participants").order_by("-on", "-pk")
