"""What the customer card shows: the nine steps with their dates, what is missing, the facts."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import CharField, FilteredRelation, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.rules import setting
from accounts.templatetags.look import state_of

from .machine import MOVES, EvidenceKind, missing_guards
from .models import ContactPoint, Lead, LeadEvent, LostRecord
from .models.log import EventKind
from .models.terms import in_reader_language
from .phones import mask
from .steps import Step, step_label


@dataclass(frozen=True)
class Known:
    """Models the customer wants, the favourite first, and the kinds of evidence that stand."""

    models: tuple[str, ...]
    evidence: frozenset[str]


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
    """Leads with all that a card's head needs, in their one statement."""
    phones = ContactPoint.objects.filter(
        customer=OuterRef("customer_id"), kind=ContactPoint.Kind.PHONE, ended_at=None
    )
    newest_loss = LostRecord.objects.filter(lead=OuterRef("pk")).order_by("-id").values("pk")[:1]
    next_car = Lead.objects.filter(parent=OuterRef("pk"), merged_into=None).order_by("-car_no")
    return leads.annotate(
        loss=FilteredRelation("lost_records", condition=Q(lost_records__pk=Subquery(newest_loss))),
        phone=Subquery(phones.order_by("-valid", "id").values("value")[:1]),
        next_car=Subquery(next_car.values("number")[:1]),
        next_owner=Subquery(next_car.values("owner_id")[:1]),
    ).select_related(
        "customer", "store__group", "owner", "setter", "channel", "area", "media", "parent", "referrer",
        "loss__reason", "loss__recorded_by",
    )  # fmt: skip


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
    """Models and evidence in one statement: a card may ask only ten."""
    word, none = CharField(), Value("", output_field=CharField())
    models = lead.interests.order_by().values_list(
        Value("model", output_field=word), "rank", "car_model__name_en", "car_model__name_zh"
    )
    evidence = lead.evidence.filter(revoked_at=None).order_by()
    kinds = evidence.values_list(Value("proof", output_field=word), Value(0), "kind", none)
    rows = sorted(models.union(kinds, all=True))
    return Known(
        models=tuple(in_reader_language(en, zh) for what, _rank, en, zh in rows if what == "model"),
        evidence=frozenset(kind for what, _rank, kind, _none in rows if what == "proof"),
    )


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
