"""Objections, concessions and how far a price talk is (SPEC 12)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.prepared import Prepared
from accounts.roles import Role
from followups.cadence import move_cadence
from leads.models import Lead

from .models import Concession, Objection, PriceTalk
from .serving import served_lead, todays_visit
from .step_signals import NEGOTIATION

ACCEPTED_FROM = 70  # per cent: ask for the deposit (SPEC NEGO-03)
MOST_PUSHES = 1  # of the price in one contact with who said "not now" (SPEC NEGO-07)
DECISIONS = PriceTalk.Decision
RESISTANCES = PriceTalk.Resistance


@dataclass(frozen=True)
class Talk:
    """What the sheet of a price talk holds; `next_on` a store day."""

    acceptance: int | None = None
    signals: Sequence[str] = ()
    decision: str = ""
    resistance: str = ""
    aspect: str = ""
    next_on: dt.date | None = None
    price_pushes: int = 0


@transaction.atomic
def keep_talk(lead_id: int, talk: Talk, *, by, at: dt.datetime) -> PriceTalk:
    """Keep a talk about price and terms (SPEC NEGO-02, 03, 06, 07, 13).

    Refused: undecided or "not now" without what holds them back, "not now" without the agreed day,
    more than one push of the price there, a talk at home without what about and when, an acceptance
    outside 0 to 100. "Not now" moves the next date to the agreed day.
    """
    lead = served_lead(lead_id, by=by, now=at)
    today = lead.store.business_date(at)
    _check(talk, today)
    row = PriceTalk.objects.create(
        lead=lead,
        visit=todays_visit(lead, now=at),
        acceptance=talk.acceptance,
        signals=[signal.code for signal in NEGOTIATION if signal.code in talk.signals],
        decision=talk.decision,
        resistance=talk.resistance,
        aspect=talk.aspect.strip(),
        next_on=talk.next_on,
        price_pushes=talk.price_pushes,
        at=at,
        by=by,
        recorded_at=at,
    )
    if talk.next_on and lead.has_cadence:
        lead.agreed_on = talk.next_on
        move_cadence(lead, talk.next_on)
    return row


def _check(talk: Talk, today: dt.date) -> None:
    if talk.acceptance is not None and not 0 <= talk.acceptance <= 100:
        raise Refused(_("From 0 to 100 per cent."), field="acceptance")
    if talk.decision not in DECISIONS.values or talk.resistance not in ("", *RESISTANCES.values):
        raise Refused(_("Tap one of the answers shown."), field="decision")
    if talk.decision and not talk.resistance:
        raise Refused(_("Tap what holds them back."), field="resistance")
    if talk.resistance == RESISTANCES.CONSULT and not talk.aspect.strip():
        raise Refused(_("Ask what they want to talk over at home."), field="aspect")
    if talk.next_on is None and (
        talk.decision == DECISIONS.NOT_NOW or talk.resistance == RESISTANCES.CONSULT
    ):
        raise Refused(_("Agree on the next day with the customer."), field="next_on")
    if talk.next_on and talk.next_on < today:
        raise Refused(_("The next date lies in the past. Pick today or later."), field="next_on")
    if talk.decision == DECISIONS.NOT_NOW and talk.price_pushes > MOST_PUSHES:
        raise Refused(_("They said not now: one word on the price is enough."), field="price_pushes")


def hints(row: PriceTalk | None) -> list[str]:
    """What the last talk says to do next, in the reader's language (SPEC NEGO-02, NEGO-03)."""
    if row is None:
        return []
    found = []
    if "asks_delivery" in row.signals or "pays_now" in row.signals:
        found.append(_("They ask when they get it: offer the contract."))
    if row.acceptance is not None and row.acceptance >= ACCEPTED_FROM:
        found.append(_("Seven of ten agreed: ask for the deposit."))
    return found


def last_talk(lead: Lead) -> PriceTalk | None:
    """The newest talk about price and terms."""
    return _newest.first(lead=lead.pk)


@Prepared
def _newest(*, lead: int) -> QuerySet:
    return PriceTalk.objects.filter(lead=lead).order_by("-at", "-id")[:1]


# --- objections --------------------------------------------------------------------------


@transaction.atomic
def note_objection(
    lead_id: int, *, cause: str, technique: str = "", obstacle: str = "", text: str = "", by, at: dt.datetime
) -> Objection:
    """What stands in the way, and how it was answered (SPEC NEGO-04, 05, 12). Refused: no cause."""
    lead = served_lead(lead_id, by=by, now=at)
    if cause not in Objection.Cause.values:
        raise Refused(_("Tap where the objection comes from."), field="cause")
    if technique not in ("", *Objection.Technique.values) or obstacle not in ("", *RESISTANCES.values):
        raise Refused(_("Tap one of the answers shown."), field="technique")
    return Objection.objects.create(
        lead=lead, cause=cause, technique=technique, obstacle=obstacle, text=text.strip(), at=at, by=by
    )


@transaction.atomic
def solve_objection(objection_id: int, *, technique: str = "", by, at: dt.datetime) -> Objection:
    """It is out of the way; the technique that helped may be named."""
    served_lead(Objection.objects.values_list("lead_id", flat=True).get(pk=objection_id), by=by, now=at)
    row = Objection.objects.get(pk=objection_id)
    if row.solved_at is None:
        row.solved_at, row.solved_by = at, by
        row.technique = technique if technique in Objection.Technique.values else row.technique
        row.save(update_fields=["solved_at", "solved_by", "technique"])
    return row


def open_obstacles(lead: Lead) -> int:
    """How many objections still stand in the way (SPEC NEGO-12)."""
    return Objection.objects.filter(lead=lead, solved_at=None).count()


# --- concessions -------------------------------------------------------------------------


@transaction.atomic
def ask_concession(
    lead_id: int, *, kind: str, asked: str, amount: Decimal | None = None, by, at: dt.datetime
) -> Concession:
    """The customer asks for something: it is written down before anybody agrees (SPEC NEGO-01)."""
    lead = served_lead(lead_id, by=by, now=at)
    if kind not in Concession.Kind.values:
        raise Refused(_("Tap what they ask for."), field="kind")
    if not asked.strip() and amount is None:
        raise Refused(_("Write down what they ask for."), field="asked")
    if amount is not None and amount <= 0:
        raise Refused(_("An amount above zero."), field="amount")
    return Concession.objects.create(lead=lead, kind=kind, asked=asked.strip(), amount=amount, at=at, by=by)


@transaction.atomic
def answer_concession(
    concession_id: int, *, granted: bool, text: str = "", by, at: dt.datetime
) -> Concession:
    """What the answer was, and whose; it is given once. Prices are granted by who leads the floor."""
    lead = served_lead(
        Concession.objects.values_list("lead_id", flat=True).get(pk=concession_id), by=by, now=at
    )
    row = Concession.objects.get(pk=concession_id)
    if row.answer:
        raise Refused(_("This was answered already."))
    leads_floor = by.roles_in(lead.store) & {Role.MANAGER, Role.SUPERVISOR}
    if granted and row.kind == Concession.Kind.PRICE and not leads_floor:
        raise NotAllowed(_("Ask your manager: a price is granted by who leads the floor."))
    row.answer = Concession.Answer.GRANTED if granted else Concession.Answer.REFUSED
    row.answer_text, row.answered_at, row.answered_by = text.strip(), at, by
    row.save(update_fields=["answer", "answer_text", "answered_at", "answered_by"])
    return row
