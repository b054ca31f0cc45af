"""The verbs that move a lead: evidence, a hand move, and the adoption of imported rows."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.prepared import Prepared
from accounts.rules import setting
from accounts.sql import insert_unless_there

from .acts import insert, known, remember, write
from .log import record
from .machine import CORE_STEPS, MOVES, PROVES, missing_guards, next_proven, steps_passed_over
from .models import Evidence, Lead
from .protection import SETTLED, settle
from .steps import Step


class MoveRefused(Refused):
    """Not the next step, or something is missing: HTTP 409 (SPEC A55). Nothing was written."""

    def __init__(self, message, *, missing=(), needs_reason=False):
        super().__init__(message)
        self.missing = list(missing)
        self.needs_reason = needs_reason


@dataclass(frozen=True)
class Moved:
    """What `advance` answers: `moved` is False when the lead was already there."""

    lead: Lead
    moved: bool


def lock_lead(pk: int, named: str = "pk") -> Lead:
    """The lead with its row locked until the transaction ends; Lead.DoesNotExist if there is none.

    `named`: by the id of a row that is about it, "bookings" say.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a lead is locked inside a transaction")
    for lead in _locked(named, key=pk):
        return lead
    raise Lead.DoesNotExist


def locked_leads() -> QuerySet:
    """Leads whose rows are locked until the transaction ends, with what every verb asks of them."""
    return Lead.objects.select_for_update(of=("self",), no_key=True).select_related("store", "customer")


@Prepared
def _locked(named: str, *, key: int) -> QuerySet:
    return locked_leads().filter(**{named: key})


def standing_evidence(lead: Lead) -> set[str]:
    """The kinds of evidence that nobody has revoked."""
    read = known(lead, "evidence")
    if read is None:
        read = set(_standing(lead=lead.pk))
        remember(lead, "evidence", read)
    return set(read)


@Prepared
def _standing(*, lead: int) -> QuerySet:
    return Evidence.objects.filter(lead=lead, revoked_at=None).values_list("kind", flat=True)


@transaction.atomic
def advance(lead_id: int, *, to: int, by, at: dt.datetime, reason: str = "", source: str = "screen") -> Moved:
    """Move a lead by hand (SPEC 28, MODEL section 3). The same step again writes nothing.

    Raises MoveRefused with what is missing, or that a reason is asked for.
    """
    lead = lock_lead(lead_id)
    if lead.step == to:
        return Moved(lead, False)
    evidence = standing_evidence(lead)
    lacking = _check_hand_move(lead, to, evidence, reason)
    _move(
        lead,
        to,
        evidence,
        by=by,
        at=at,
        recorded_at=at,
        reason=reason,
        source=source,
        by_hand=True,
        lacking=lacking,
    )
    return Moved(lead, True)


def _check_hand_move(lead: Lead, to: int, evidence: set[str], reason: str) -> list[str]:
    """Refuse, or answer the evidence that the reason stands in for."""
    move = MOVES.get((lead.step, to))
    if move is None or not lead.is_active:
        raise MoveRefused(_("This lead cannot go from here to that step."))
    guards = missing_guards(to, evidence)
    if guards:
        raise MoveRefused(_("Something is still missing for this step."), missing=guards)
    lacking = sorted(move.needs) if move.needs and not (move.needs & evidence) else []
    if lacking and lead.step in CORE_STEPS and setting(lead.store, "core_evidence"):
        raise MoveRefused(_("Something is still missing for this step."), missing=lacking[:1])
    free = to == lead.step + 1 and not lacking
    if not free and not reason.strip():
        raise MoveRefused(
            _("Say why: this step has no evidence yet."), missing=lacking[:1], needs_reason=True
        )
    return lacking


def _move(lead, to, evidence, *, by, at, recorded_at, reason, source, by_hand, lacking=(), via=""):
    skipped = steps_passed_over(lead.step, to, evidence)
    came_from, lead.step = lead.step, to
    lead.skipped = _skipped_digits(lead.skipped, skipped, evidence)
    lead.step_entered_at = at
    lead.version += 1
    settle(lead)
    write(lead, "step", "skipped", "step_entered_at", "version", *SETTLED)
    data = {"skipped": skipped, "by_hand": by_hand}
    if lacking:
        data["missing"] = list(lacking)
    if via:
        data["evidence"] = via
    record(
        lead,
        "step",
        at=at,
        recorded_at=recorded_at,
        by=by,
        source=source,
        from_value=Step(came_from).code,
        to_value=Step(to).code,
        reason=reason,
        data=data,
    )


def step_back(lead: Lead, to: int, *, by, at: dt.datetime, reason: str) -> None:
    """What alone proved the step of a locked lead was revoked: it stands where it stood before."""
    came_from, lead.step = lead.step, to
    lead.step_entered_at = at
    lead.version += 1
    settle(lead)
    write(lead, "step", "step_entered_at", "version", *SETTLED)
    codes = {"from_value": Step(came_from).code, "to_value": Step(to).code}
    data = {"skipped": [], "by_hand": False}
    record(lead, "step", at=at, recorded_at=at, by=by, reason=reason, data=data, **codes)


def _skipped_digits(before: str, skipped: list[int], evidence: set[str]) -> str:
    proven = {PROVES[kind] for kind in evidence if kind in PROVES}
    steps = ({int(digit) for digit in before} | set(skipped)) - proven
    return "".join(str(step) for step in sorted(steps))


@transaction.atomic(savepoint=False)  # a part of the caller's act: fails with it as a whole
def record_evidence(
    lead: Lead,
    kind: str,
    *,
    ref_kind: str,
    ref_id: int,
    by,
    at: dt.datetime,
    recorded_at: dt.datetime,
    source: str = "screen",
    just_written: bool = False,
) -> Lead:
    """Write that something happened, and move the lead as far as that proves (SPEC A04).

    The caller holds the lead's row (lock_lead). The same evidence twice is one row; what was `just_written`
    proves nothing yet. Steps jumped over are marked skipped; evidence of an earlier step moves nothing
    back (S23).
    """
    proof = Evidence(lead=lead, kind=kind, ref_kind=ref_kind, ref_id=ref_id, at=at, by=by, source=source)
    new = insert(lead, proof) if just_written else insert_unless_there(proof)
    if not (new and lead.is_active and may_tell_something(lead, kind)):
        return lead
    evidence = {*standing_evidence(lead), kind}
    remember(lead, "evidence", evidence)
    _clear_skip(lead, evidence, at=at, recorded_at=recorded_at, by=by, source=source)
    while to := next_proven(lead.step, evidence):
        _move(
            lead,
            to,
            evidence,
            by=by,
            at=at,
            recorded_at=recorded_at,
            reason="",
            source=source,
            by_hand=False,
            via=kind,
        )
    return lead


def may_tell_something(lead: Lead, kind: str) -> bool:
    """Proof of a step behind us, not skipped, changes nothing: spare the look at the rest."""
    proves = PROVES.get(kind)
    return proves is None or proves > lead.step or str(int(proves)) in lead.skipped


def _clear_skip(lead: Lead, evidence: set[str], **facts) -> None:
    """A skipped step whose evidence comes later is passed after all; `facts` as for `record` (S23)."""
    digits = _skipped_digits(lead.skipped, [], evidence)
    passed = [step for step in lead.skipped if step not in digits]
    if passed:
        lead.skipped = digits
        write(lead, "skipped")
    for step in passed:
        record(lead, "passed", to_value=Step(int(step)).code, **facts)


@transaction.atomic(savepoint=False)  # a part of the caller's act: fails with it as a whole
def adopt(
    lead: Lead,
    step: int,
    evidence: Collection[Evidence],
    *,
    by,
    at: dt.datetime,
    recorded_at: dt.datetime,
    source: str = "import",
) -> Lead:
    """Take a lead over at the step that an older record shows, in one event (SPEC A58, MODEL section 3).

    The caller holds the lead's row; `evidence` are unsaved rows of it, `at` is when the step was
    reached. Steps between of which the record says nothing are marked imported: neither passed
    nor skipped by anybody. A lead already there, or no longer active, only keeps the evidence.
    """
    Evidence.objects.bulk_create(evidence, ignore_conflicts=True)
    if step <= lead.step or not lead.is_active:
        return lead
    standing = standing_evidence(lead)
    imported = steps_passed_over(lead.step, step, standing)
    came_from, lead.step = lead.step, step
    lead.skipped = _skipped_digits(lead.skipped, imported, standing)
    lead.step_entered_at = at
    lead.version += 1
    settle(lead)
    lead.save(update_fields=["step", "skipped", "step_entered_at", "version", *SETTLED])
    record(
        lead,
        "step",
        at=at,
        recorded_at=recorded_at,
        by=by,
        source=source,
        reason="imported",
        from_value=Step(came_from).code,
        to_value=Step(step).code,
        data={"imported": imported},
    )
    return lead
