"""What the customer card shows: the nine steps with their dates, what is missing, the facts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import CharField, Exists, FilteredRelation, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import AccessEvent, Store, User
from accounts.prepared import Prepared
from accounts.roles import Role
from accounts.rules import setting
from accounts.templatetags.look import state_of

from .access import is_visible
from .book import book
from .machine import MOVES, EvidenceKind, missing_guards
from .models import (
    Collaborator,
    ContactPoint,
    Customer,
    Dispute,
    Evidence,
    Lead,
    LeadEvent,
    LeadModel,
    LostRecord,
)
from .models.log import EventKind
from .models.terms import in_reader_language
from .phones import mask
from .steps import Step, step_label

TERMS = ("channel", "area", "media")  # of a lead, out of the lists of its store
LOOK = {"kind": AccessEvent.Kind.VIEW_OTHER, "target_kind": "lead"}


@dataclass(frozen=True)
class Claim:
    """An open dispute: whose claim, and when it was made."""

    pk: int
    name: str
    user_id: int
    at: dt.datetime


@dataclass(frozen=True)
class Known:
    """Models the customer wants, the favourite first, the kinds of evidence that stand, who works along
    since when, and who claims the customer.
    """

    models: tuple[str, ...]
    evidence: frozenset[str]
    beside: tuple[tuple[str, dt.date], ...] = ()
    claim: Claim | None = None


@dataclass(frozen=True)
class Way:
    """A step the lead may go to by hand, and what that asks for."""

    step: Step
    name: str
    missing: tuple[str, ...]  # what nothing but its evidence opens, in words
    note: str

    @property
    def is_open(self) -> bool:
        return not self.missing


def card_leads(leads):
    """Leads with customer, owner, store and the number to call, in their one statement."""
    return leads.annotate(phone=_phone()).select_related("customer", "owner", "store__group")


def card_of(number: str, reader: User, *, now: dt.datetime, since: dt.datetime) -> Lead | None:
    """The lead with all that its card's head needs, and whether the reader looked at it `since` then.

    None for a number that the reader may not see. The words of the store's lists are at hand, and so are
    the reader's stores: every table less in the statement is a good part of its time.
    """
    of_group = reader.has_role(Role.GENERAL_MANAGER)  # he reads in stores that he holds no role in
    lead = _head.first(of_group, number=number, reader=reader.pk, since=since)
    if lead is None:
        return None
    stores = {m.store_id: m.store for m in reader.current_memberships}
    if lead.store_id in stores:
        lead.store = stores[lead.store_id]
    if not is_visible(lead, reader, now=now):
        return None
    _name(lead, TERMS, lead.store)
    if loss := getattr(lead, "loss", None):  # Django leaves the name out where there is no such row
        _name(loss, ("reason",), lead.store)
    return lead


def _name(row: Lead | LostRecord, fields: Sequence[str], store: Store) -> None:
    named = book(store).named
    for field in fields:
        if term := named.get(getattr(row, f"{field}_id")):
            setattr(row, field, term)


@Prepared
def _head(of_group: bool, *, number: str, reader: int, since: dt.datetime):
    """Six tables are joined and no more: the time to plan a statement grows faster than their number."""
    newest_loss = LostRecord.objects.filter(lead=OuterRef("pk")).order_by("-id").values("pk")[:1]
    last_car = Lead.objects.filter(pk=OuterRef("parent_id"))
    next_car = Lead.objects.filter(parent=OuterRef("pk"), merged_into=None).order_by("-car_no")
    recorder = User.objects.filter(pk=OuterRef("loss__recorded_by"))
    referrer = Customer.objects.filter(pk=OuterRef("referrer"))
    looks = AccessEvent.objects.filter(
        by=reader, at__gte=since, store=OuterRef("store_id"), target_id=OuterRef("pk"), **LOOK
    )
    leads = Lead.objects.filter(number=number).annotate(
        loss=FilteredRelation("lost_records", condition=Q(lost_records__pk=Subquery(newest_loss))),
        loss_by=Subquery(recorder.values("full_name")),
        phone=_phone(),
        referrer_name=Subquery(referrer.values("name")),
        last_car=Subquery(last_car.values("number")),
        last_owner=Subquery(last_car.values("owner_id")),
        next_car=Subquery(next_car.values("number")[:1]),
        next_owner=Subquery(next_car.values("owner_id")[:1]),
        has_folded=Exists(Lead.objects.filter(merged_into=OuterRef("pk"))),
        looked_today=Exists(looks),
    )
    also = ["store__group"] if of_group else []
    return leads.select_related("customer", "organisation", "owner", "setter", "loss", *also)


def _phone() -> Subquery:
    phones = ContactPoint.objects.filter(
        customer=OuterRef("customer_id"), kind=ContactPoint.Kind.PHONE, ended_at=None
    )
    return Subquery(phones.order_by("-valid", "id").values("value")[:1])


def masked_phone(lead: Lead) -> str:
    return mask(lead.phone) if lead.phone else ""


def days(lead: Lead, now: dt.datetime) -> dict:
    """The card's own days, in store time: first known, how late, until when protected."""
    today = lead.store.business_date(now)
    late = (today - lead.next_due_on).days if lead.is_active and lead.next_due_on else 0
    return {
        "today": today,
        "first_on": lead.store.business_date(lead.arrived_at),
        "late_days": max(late, 0),
        "protected_until": lead.lapses_on - dt.timedelta(days=1) if lead.lapses_on else None,
    }


def known(lead: Lead) -> Known:
    """Models, evidence, collaborators and an open dispute in one statement: a card may ask only ten."""
    rows = sorted(_known(lead=lead.pk))
    return Known(
        models=tuple(in_reader_language(en, zh) for what, _rank, en, zh in rows if what == "model"),
        evidence=frozenset(kind for what, _rank, kind, _none in rows if what == "proof"),
        beside=tuple((name, dt.date.fromisoformat(on)) for what, _pk, name, on in rows if what == "beside"),
        claim=next((_claim(*said) for what, *said in rows if what == "claim"), None),
    )


@Prepared
def _known(*, lead: int):
    word, none = CharField(), Value("", output_field=CharField())
    models = LeadModel.objects.filter(lead=lead).values_list(
        Value("model", output_field=word), "rank", "car_model__name_en", "car_model__name_zh"
    )
    evidence = Evidence.objects.filter(lead=lead, revoked_at=None)
    kinds = evidence.values_list(Value("proof", output_field=word), Value(0), "kind", none)
    beside = Collaborator.objects.filter(lead=lead, ends_on=None)
    people = beside.values_list(
        Value("beside", output_field=word), "pk", "user__full_name", _text("starts_on")
    )
    disputes = Dispute.objects.filter(lead=lead, decided_at=None)
    whose = Concat(_text("claimant_id"), Value(" "), _text("opened_at"))
    claims = disputes.values_list(Value("claim", output_field=word), "pk", "claimant__full_name", whose)
    rows = (rows.order_by() for rows in (models, kinds, people, claims))
    return next(rows).union(*rows, all=True)


def _text(column: str) -> Cast:
    return Cast(column, CharField())


def _claim(pk: int, name: str, whose: str) -> Claim:
    user_id, _space, moment = whose.partition(" ")
    at = dt.datetime.fromisoformat(moment)
    return Claim(
        pk, name, int(user_id), at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    )  # SQLite says no zone


def settles(claim: Claim | None, lead: Lead, user: User) -> bool:
    """Whether the reader may open the dispute: the two, and the manager (SPEC OWN-02)."""
    if claim is None:
        return False
    return user.pk in (lead.owner_id, claim.user_id) or Role.MANAGER in user.roles_in(lead.store)


def name_of(lead: Lead) -> str:
    """The name of the lead's step in the store's own words."""
    return str(step_label(lead.step, setting(lead.store, "step_labels")))


# --- the nine steps -------------------------------------------------------------------


def stepper(lead: Lead, events: list[LeadEvent], evidence: frozenset[str], *, now: dt.datetime) -> list[dict]:
    """The nine steps as the stepper draws them: done with their date, current with its day, skipped."""
    labels, dates = setting(lead.store, "step_labels"), step_dates(lead, events)
    steps = []
    for step in Step:
        state = state_of(step, lead.step, lead.skipped)
        note = days_in_step(lead, now) if state == "current" else ""
        lacking = len(missing_for(lead.step, step, evidence)) if step == lead.step + 1 else 0
        if lacking:
            note = ngettext("%(count)s missing", "%(count)s missing", lacking) % {"count": lacking}
        steps.append(
            {
                "number": int(step),
                "name": step_label(step, labels),
                "state": state,
                "date": dates.get(step.code) if state == "done" else None,
                "note": note,
                "warn": bool(lacking),
            }
        )
    return steps


def step_dates(lead: Lead, events: list[LeadEvent]) -> dict[str, dt.date]:
    """The store day on which each step was last entered, by code; the events come newest first."""
    dates: dict[str, dt.date] = {}
    for event in events:
        if event.kind in (EventKind.STEP, EventKind.CREATED) and event.lead_id == lead.pk:
            dates.setdefault(event.to_value, lead.store.business_date(event.at))
    return dates


def days_in_step(lead: Lead, now: dt.datetime) -> str:
    """ "Day 5" of the step, the day of entering being the first."""
    store = lead.store
    days = (store.business_date(now) - store.business_date(lead.step_entered_at)).days + 1
    return pgettext("in this step", "day %(days)s") % {"days": days}


# --- what is missing, and where a hand move may go --------------------------------------


def missing_for(step: int, to: int, evidence: frozenset[str]) -> list[str]:
    """The kinds of evidence that a move still lacks: its guards, else what would prove the step."""
    guards = missing_guards(to, set(evidence))
    move = MOVES.get((step, to))
    if guards or move is None:
        return guards
    return sorted(move.needs)[:1] if move.needs and not move.needs & evidence else []


def in_words(kinds: list[str]) -> tuple[str, ...]:
    return tuple(str(EvidenceKind(kind).label) for kind in kinds)


def ways(lead: Lead, evidence: frozenset[str]) -> list[Way]:
    """The steps a person may move the lead to: the next one first, then ahead, then back."""
    if not lead.is_active:
        return []
    labels = setting(lead.store, "step_labels")
    targets = [to for came_from, to in MOVES if came_from == lead.step]
    ahead = sorted(to for to in targets if to > lead.step)
    back = sorted((to for to in targets if to < lead.step), reverse=True)
    return [_way(lead, to, evidence, labels) for to in (*ahead, *back)]


def _way(lead: Lead, to: Step, evidence: frozenset[str], labels: str) -> Way:
    guards = in_words(missing_guards(to, set(evidence)))
    return Way(step=to, name=str(step_label(to, labels)), missing=guards, note=_note(lead, to, evidence))


def _note(lead: Lead, to: Step, evidence: frozenset[str]) -> str:
    """What the move asks for, in a few words."""
    if to < lead.step:
        sentence = ngettext("%(steps)s step back, say why", "%(steps)s steps back, say why", lead.step - to)
        return sentence % {"steps": lead.step - to}
    if lacking := missing_for(lead.step, to, evidence):
        return _("still missing: %(what)s; say why") % {"what": in_words(lacking)[0]}
    between = to - lead.step - 1
    if not between:
        return _("nothing is missing")
    return ngettext("skips %(steps)s step, say why", "skips %(steps)s steps, say why", between) % {
        "steps": between
    }
