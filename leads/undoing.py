"""What every undo has in common, and the undo of a loss (SPEC A74)."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.prepared import Prepared

from .acts import known, remember, write
from .log import record
from .models import LapseProposal, Lead, LeadEvent, LostRecord
from .models.leads import Status, past_of
from .models.log import EventKind
from .moves import lock_lead
from .protection import SETTLED, settle

READ_AHEAD = (EventKind.STATUS, EventKind.OWNER, EventKind.GRADE, EventKind.LEAVING)


def check_may_undo(lead: Lead | None, store, *, done_by: int | None, done_at: dt.datetime, by, at) -> None:
    """One's own act, until the store day ends; `done_at` is when it was written down.

    Refused: a day later, or when the card was merged meanwhile. NotAllowed: somebody else's act.
    """
    if done_by != by.pk:
        raise NotAllowed(_("Only who did this may undo it."))
    if store.business_date(done_at) != store.business_date(at):
        raise Refused(_("The day is over: it can no longer be undone. Log what is right instead."))
    if lead and lead.merged_into_id:
        raise Refused(_("This card was merged into another. Undo the merge first."))


def standing_events(lead: Lead, kind: str) -> QuerySet:
    """The events of a kind that nobody has undone, of the leads folded into this one too."""
    return standing_of(lead.pk, lead.has_folded, kind)


def standing_of(lead_id: int, has_folded: bool, *kinds: str) -> QuerySet:
    """`standing_events` of a lead by its id."""
    events = LeadEvent.objects.filter(lead__in=past_of(lead_id, has_folded))
    undone = events.filter(kind=EventKind.UNDO, undoes_id__isnull=False)
    return events.filter(kind__in=kinds).exclude(pk__in=undone.values("undoes_id"))


def newest_standing(lead: Lead, kind: str) -> LeadEvent | None:
    """The last that was written of `standing_events`."""
    if known(lead, "standing") is not None:
        return next(iter(standing_read(lead, kind)), None)
    return _newest.first(lead.has_folded, lead=lead.pk, kind=kind)


@Prepared
def _newest(has_folded: bool, *, lead: int, kind: str) -> QuerySet:
    return standing_of(lead, has_folded, kind).order_by("-id")[:1]


def read_standing(lead: Lead) -> None:
    """Let the act of a locked lead know what stands of its hands, grades and leavings."""
    remember(lead, "standing", _standing(lead.has_folded, lead=lead.pk))


def standing_read(lead: Lead, kind: str) -> list[LeadEvent]:
    """The events of a kind that `read_standing` found and the act has not undone, the newest first."""
    return [event for event in known(lead, "standing") if event.kind == kind]


@Prepared
def _standing(has_folded: bool, *, lead: int) -> QuerySet:
    return standing_of(lead, has_folded, *READ_AHEAD).order_by("-id")


def record_undo(
    lead: Lead, undone: LeadEvent | None, what: str, *, by, at: dt.datetime, **facts
) -> LeadEvent:
    """The undoing event; counts leave out both it and what it undoes (MODEL choice 8)."""
    if undone and (standing := known(lead, "standing")):
        remember(lead, "standing", [event for event in standing if event.pk != undone.pk])
    return record(
        lead,
        EventKind.UNDO,
        at=at,
        recorded_at=at,
        by=by,
        to_value=what,
        undoes_id=undone.pk if undone else None,
        **facts,
    )


def rest_again(lead: Lead, *, talked_at: dt.datetime, recorded_at: dt.datetime, by, at: dt.datetime) -> bool:
    """A talk that woke a lead was undone: it rests until its day again (SPEC A67, A74); True if it does.

    Whoever changed its status since has decided anew, and what the night or a person woke stays awake.
    """
    newest = newest_standing(lead, EventKind.STATUS)
    woke = newest and (newest.from_value, newest.at, newest.recorded_at) == (
        Status.DORMANT,
        talked_at,
        recorded_at,
    )
    if not (woke and lead.is_active and newest.data.get("wake_on")):
        return False
    lead.status, lead.wake_on = Status.DORMANT, dt.date.fromisoformat(newest.data["wake_on"])
    lead.version += 1
    settle(lead)
    write(lead, "status", "wake_on", "version", *SETTLED)
    record_undo(lead, newest, "status", by=by, at=at, from_value=Status.ACTIVE)
    return True


def reopen_proposals(lead: Lead, *, since: dt.datetime) -> None:
    """Lapse proposals that an act overtook at that moment are to be decided after all (SPEC A69)."""
    proposals = LapseProposal.objects.filter(lead=lead)
    if not proposals.filter(decision="").exists():
        overtaken = proposals.filter(decision=LapseProposal.Decision.OVERTAKEN, decided_at=since)
        overtaken.update(decision="", decided_at=None)


@transaction.atomic
def undo_loss(record_id: int, *, by, at: dt.datetime) -> LostRecord:
    """Take back a loss that one recorded today and nobody has decided; twice writes once (SPEC A74).

    The lead stands as before, and the listeners open again what the loss made void. `at` in UTC.
    Refused: the manager decided, the store day is over. NotAllowed: somebody else's.
    """
    lead = lock_lead(LostRecord.objects.values_list("lead_id", flat=True).get(pk=record_id))
    loss = LostRecord.objects.get(pk=record_id)
    if loss.decision == LostRecord.Decision.UNDONE:
        return loss
    check_may_undo(lead, lead.store, done_by=loss.recorded_by_id, done_at=loss.recorded_at, by=by, at=at)
    if loss.decision:
        raise Refused(_("The manager has settled this loss. Talk to the manager."))
    loss.decision, loss.decided_by, loss.decided_at = LostRecord.Decision.UNDONE, by, at
    loss.save(update_fields=["decision", "decided_by", "decided_at"])
    lost = standing_events(lead, EventKind.STATUS).filter(data__loss=loss.pk).latest("id")
    _stand_as_before(lead, lost)
    reopen_proposals(lead, since=lost.recorded_at)
    record_undo(lead, lost, "loss", by=by, at=at, from_value=Status.LOST_PENDING, data={"loss": loss.pk})
    return loss


def _stand_as_before(lead: Lead, lost: LeadEvent) -> None:
    wake_on = lost.data.get("wake_on")
    lead.status = lost.from_value
    lead.wake_on = dt.date.fromisoformat(wake_on) if wake_on else None
    lead.version += 1
    settle(lead)
    lead.save(update_fields=["status", "wake_on", "version", *SETTLED])
