"""A customer is lost: recorded by who found out, confirmed or sent back by the manager (SPEC 20)."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Membership, Store, User
from accounts.roles import Role
from accounts.rules import setting

from .access import may_work_on
from .log import record
from .models import Lead, LostRecord, Term
from .models.leads import Status
from .moves import lock_lead
from .protection import SETTLED, settle
from .setting_aside import set_aside
from .steps import Step

OTHER_BRAND = "other_brand"  # the one reason that asks which car it was (SPEC LOST-02)
REOPENED = ("status", "wake_on", "protected_from", "version", *SETTLED)


class SettledAlready(Refused):
    """Somebody decided before: HTTP 409. Nothing was written."""


@dataclass(frozen=True)
class Loss:
    """What the lost-analysis form holds (战败分析表); brand and model are those bought instead."""

    reason: Term | None
    kind: str = LostRecord.Kind.LOST
    brand: str = ""
    model: str = ""
    opinion: str = ""


@transaction.atomic
def lose(lead_id: int, loss: Loss, *, by, at: dt.datetime, now: dt.datetime) -> LostRecord:
    """Record that a customer is lost; the manager confirms it (SPEC LOST-01..03, T24, T27, T32).

    `at` is when it was found out, `now` when it is written down: a later store day makes the
    record late. Until somebody decides there is no cadence. Refused: no reason, "other brand"
    without the car, a lead past the hand-over or set aside already. NotAllowed: a colleague's.
    """
    lead = lock_lead(lead_id)
    if not may_work_on(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    _check_lead(lead)
    _check_loss(lead, loss, at=at, now=now)
    found = LostRecord.objects.create(
        lead=lead,
        store_id=lead.store_id,
        kind=loss.kind,
        reason=loss.reason,
        brand=loss.brand.strip(),
        model=loss.model.strip(),
        opinion=loss.opinion.strip(),
        from_step=lead.step,
        found_at=at,
        recorded_at=now,
        recorded_by=by,
        late=lead.store.business_date(at) < lead.store.business_date(now),
    )
    told = {"loss": found.pk, "wake_on": lead.wake_on and lead.wake_on.isoformat()}
    set_aside(lead, Status.LOST_PENDING, by=by, at=at, now=now, data=told)
    return found


def _check_lead(lead: Lead) -> None:
    if lead.status not in (Status.ACTIVE, Status.DORMANT):
        raise Refused(_("This lead is recorded as lost or invalid already."))
    if lead.step == Step.FOLLOW_UP:
        raise Refused(_("This customer has the car. A lost owner is no lost lead."))


def _check_loss(lead: Lead, loss: Loss, *, at: dt.datetime, now: dt.datetime) -> None:
    reason = loss.reason
    if reason is None or (reason.store_id, reason.list) != (lead.store_id, Term.List.LOST_REASON):
        raise Refused(_("Tap why we lost this customer."), field="reason")
    if not loss.brand.strip() and (reason.code == OTHER_BRAND or loss.model.strip()):
        raise Refused(_("Which brand did they buy?"), field="brand")
    if not loss.model.strip() and reason.code == OTHER_BRAND:
        raise Refused(_("Which model did they buy?"), field="model")
    if at > now:
        raise Refused(_("Nobody can have found it out in the future."), field="found_on")
    if at < lead.arrived_at:
        raise Refused(_("On that day we did not know this customer yet."), field="found_on")


@transaction.atomic
def confirm_loss(record_id: int, *, by, at: dt.datetime, comment: str = "") -> LostRecord:
    """The manager agrees: lost, and to be looked at again after some months (SPEC LOST-04, LOST-08, T28).

    Another person than who recorded it; where nobody else may, that person the day after, with a
    mark (`alone`). NotAllowed: anybody but the store's manager, and who recorded it while somebody
    else may. Refused: one's own of today. SettledAlready: decided before.
    """
    lead, found = _undecided(record_id)
    _check_decides(lead, by)
    found.alone = found.recorded_by_id == by.pk
    if found.alone:
        _check_alone(found, lead.store, by, at)
    _decide(found, LostRecord.Decision.CONFIRMED, by=by, at=at, comment=comment)
    months = dt.timedelta(days=setting(lead.store, "win_back_after_days"))
    wake_on = lead.store.business_date(at) + months
    data = {"loss": found.pk} | ({"alone": True} if found.alone else {})
    set_aside(lead, Status.LOST, by=by, at=at, now=at, data=data, wake_on=wake_on)
    return found


def _check_alone(found: LostRecord, store: Store, by: User, at: dt.datetime) -> None:
    if not decides_alone(by, store):
        raise NotAllowed(_("You recorded this loss: somebody else confirms it."))
    if not may_confirm_alone(found, store, now=at):
        raise Refused(_("Nobody else here confirms losses: you may from tomorrow on, with a mark."))


def may_confirm_alone(found: LostRecord, store: Store, *, now: dt.datetime) -> bool:
    """Whether a night lies between one's own record and `now` (UTC): a second look, and no more undo."""
    return found.recorded_at < store.start_of_day(store.business_date(now))


def decides_alone(user: User, store: Store) -> bool:
    """Whether nobody but this person may decide the losses of a store (`may_decide`)."""
    decides = Q(role=Role.MANAGER, store=store) | Q(role=Role.GENERAL_MANAGER, store__group=store.group_id)
    others = Membership.objects.filter(decides, ends_on=None, user__is_active=True).exclude(user=user)
    return not others.exists()


@transaction.atomic
def reject_loss(record_id: int, *, by, at: dt.datetime, comment: str) -> LostRecord:
    """The manager disagrees: back to the former step, due and protected from that day (SPEC LOST-09, T29).

    Refused: no comment. NotAllowed: anybody but the store's manager. SettledAlready: decided before.
    """
    lead, found = _undecided(record_id)
    _check_decides(lead, by)
    if not comment.strip():
        raise Refused(_("Say what is still to be tried."), field="comment")
    _decide(found, LostRecord.Decision.REJECTED, by=by, at=at, comment=comment)
    reopen(lead, by=by, at=at, data={"loss": found.pk})
    return found


def may_decide(user, store) -> bool:
    """Whether somebody confirms and rejects the losses of a store: its manager, or the group's head."""
    led = [m for m in user.current_memberships if m.role == Role.GENERAL_MANAGER]
    return Role.MANAGER in user.roles_in(store) or any(m.store.group_id == store.group_id for m in led)


def _undecided(record_id: int) -> tuple[Lead, LostRecord]:
    """The lead, locked, and its record; LostRecord.DoesNotExist if there is none."""
    lead = lock_lead(LostRecord.objects.values_list("lead_id", flat=True).get(pk=record_id))
    found = LostRecord.objects.get(pk=record_id)
    if found.decision:
        raise SettledAlready(_("This loss is settled already."))
    return lead, found


def _check_decides(lead: Lead, by) -> None:
    if not may_decide(by, lead.store):
        raise NotAllowed(_("Only the manager decides this."))


def _decide(found: LostRecord, decision: str, *, by, at: dt.datetime, comment: str) -> None:
    found.decision, found.decided_by, found.decided_at = decision, by, at
    found.comment = comment.strip()
    found.save(update_fields=["decision", "decided_by", "decided_at", "comment", "alone"])


def reopen(lead: Lead, *, by, at: dt.datetime, data: dict | None = None) -> Lead:
    """A locked lead is worked on again at the step it had; its cadence is due that day (SPEC A67)."""
    before, lead.status, lead.wake_on = lead.status, Status.ACTIVE, None
    lead.protected_from = lead.store.business_date(at) if lead.owner_id else None
    lead.version += 1
    settle(lead)
    lead.save(update_fields=REOPENED)
    record(lead, "status", at=at, recorded_at=at, by=by, from_value=before, to_value=Status.ACTIVE, data=data)
    return lead
