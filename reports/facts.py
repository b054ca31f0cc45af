"""The counted facts (SPEC A40, REPT-04): what a person did, each with the rows it is made of.

Number and list come from the same rows, so they cannot differ (UX law 6).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import BigIntegerField, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models import Value as Constant
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from followups.models import Appointment
from leads.models import FieldChange, Grade, Lead, LeadEvent
from leads.models.leads import Status
from leads.models.log import EventKind, Source
from leads.steps import Step
from showroom.models import COUNTED_KINDS, Call, Visit

from .scope import Scope, recorded, standing

K = Visit.Kind
EVENTS_OF_WORK = (EventKind.CONTACT, EventKind.GRADE, EventKind.STEP, EventKind.STATUS)
GRADES = [grade for grade in Grade.values if grade != Grade.NONE]  # the hottest first


@dataclass(frozen=True)
class Base:
    """A table of rows: each has its `person` (annotated) and its instant under `moment`."""

    name: str
    rows: Callable[[Scope], QuerySet]
    moment: str


@dataclass(frozen=True)
class Fact:
    """One counted fact: which rows of its base."""

    key: str
    label: object
    base: Base
    rows: Q


# --- the rows -------------------------------------------------------------------------------


def _not_voided(moment: dt.datetime | None) -> Q:
    later = Q(voided_at__gt=moment) if moment else Q(pk__in=[])
    return recorded(moment, "recorded_at") & (Q(voided_at=None) | later)


def _visits(scope: Scope) -> QuerySet:
    """Rows of the register, of the kind they had then: the receiver may correct it later (SPEC A14)."""
    rows = Visit.objects.filter(store__in=scope.store_ids, on__range=(scope.first, scope.last))
    rows = rows.filter(scope.of_people("receiver", _not_voided)).annotate(person=F("receiver_id"))
    known_at = scope.known_at("receiver")
    if known_at is None:
        return rows.annotate(kind_then=F("kind"))
    corrected = FieldChange.objects.filter(
        ref_kind=FieldChange.Of.VISIT, ref_id=OuterRef("pk"), field="kind", at__gt=OuterRef("known_at")
    )
    before = Subquery(corrected.order_by("at", "pk").values("old")[:1])
    return rows.annotate(known_at=known_at).annotate(kind_then=Coalesce(before, F("kind")))


def _calls(scope: Scope) -> QuerySet:
    rows = Call.objects.filter(store__in=scope.store_ids, on__range=(scope.first, scope.last))
    return rows.filter(scope.of_people("receiver", _not_voided)).annotate(person=F("receiver_id"))


def _events(scope: Scope) -> QuerySet:
    rows = LeadEvent.objects.filter(scope.within("at"), kind__in=EVENTS_OF_WORK)
    done = rows.exclude(source=Source.IMPORT).filter(scope.of_people("by", standing))
    return done.annotate(person=F("by_id"))


def _agreed(scope: Scope) -> QuerySet:
    """Appointments by the moment they were made; one that was moved is still the same one."""
    moved = Appointment.objects.filter(moved_to=OuterRef("pk"))
    rows = Appointment.objects.filter(scope.within("set_at")).exclude(Exists(moved))
    known = scope.of_people("set_by", lambda moment: recorded(moment, "set_at"))
    return rows.filter(known).annotate(person=F("set_by_id"))


def _showed(scope: Scope) -> QuerySet:
    """Appointments kept, by their own day: credit stays with who made them (SPEC A12)."""
    zone = scope.stores[0].zone

    def visited(moment: dt.datetime | None) -> Q:
        if moment is None:
            return Q()
        visits = Visit.objects.filter(_not_voided(moment), lead=OuterRef("lead"), on=OuterRef("day"))
        return Q(Exists(visits))

    rows = Appointment.objects.filter(scope.within("at"), state=Appointment.State.SHOWED)
    rows = rows.annotate(day=TruncDate("at", tzinfo=zone), person=F("set_by_id"))
    return rows.filter(scope.of_people("set_by", visited))


def _cards(scope: Scope) -> QuerySet:
    """Leads whose customer's card opened in the period, once with the first lead (SPEC CARD-01).

    They count for whom the lead was given to when it was opened.
    """
    opened = LeadEvent.objects.filter(lead=OuterRef("pk"), kind=EventKind.CREATED).order_by("id")
    first_owner = opened.annotate(first_owner=KeyTextTransform("owner", "data")).values("first_owner")[:1]
    rows = Lead.objects.filter(
        scope.within("customer__card_opened_at"),
        customer__group__in={store.group_id for store in scope.stores},
        arrived_at__lte=F("customer__card_opened_at"),
    ).annotate(person=Cast(Subquery(first_owner), BigIntegerField()))
    return rows.filter(
        scope.of_people("person", lambda moment: recorded(moment, "created_at", "customer__card_opened_at"))
    )


VISITS = Base("visits", _visits, "arrived_at")
CALLS = Base("calls", _calls, "at")
EVENTS = Base("events", _events, "at")
AGREED = Base("agreed", _agreed, "set_at")
SHOWED = Base("showed", _showed, "at")
CARDS = Base("cards", _cards, "customer__card_opened_at")


# --- the facts ------------------------------------------------------------------------------


def _graded(better: bool) -> Q:
    """Changes from one grade to a hotter (or a colder) one; the first grade is neither."""
    found = Q(pk__in=[])
    for rank, grade in enumerate(GRADES):
        others = GRADES[:rank] if better else [*GRADES[rank + 1 :], Grade.NONE]
        found |= Q(from_value=grade, to_value__in=others)
    return Q(kind=EventKind.GRADE) & found


def _to_step(step: Step) -> Q:
    return Q(kind=EventKind.STEP, to_value=step.code)


FACTS = {
    fact.key: fact
    for fact in [
        Fact("visits", _("Visits"), VISITS, Q(kind_then__in=COUNTED_KINDS)),
        Fact("visits_first", _("First visits"), VISITS, Q(kind_then__in=(K.FIRST, K.FIRST_CARDED))),
        Fact("visits_return", _("Return visits"), VISITS, Q(kind_then=K.RETURN)),
        Fact("visits_other", _("Other business"), VISITS, Q(kind_then=K.OTHER_BUSINESS)),
        Fact("calls", _("Calls taken"), CALLS, Q()),
        Fact("contacts", _("Reached"), EVENTS, Q(kind=EventKind.CONTACT, data__reached=True)),
        Fact("attempts", _("Not reached"), EVENTS, Q(kind=EventKind.CONTACT, data__reached=False)),
        Fact("appointments_set", _("Appointments made"), AGREED, Q()),
        Fact("appointments_showed", _("Appointments kept"), SHOWED, Q()),
        Fact("cards", _("Cards opened"), CARDS, Q()),
        Fact("raised", _("Grades raised"), EVENTS, _graded(better=True)),
        Fact("lowered", _("Grades lowered"), EVENTS, _graded(better=False)),
        Fact("moved", _("Steps moved"), EVENTS, Q(kind=EventKind.STEP)),
        Fact("drives", _("Test drives"), EVENTS, _to_step(Step.TEST_DRIVE)),
        Fact("quotes", _("Negotiations"), EVENTS, _to_step(Step.NEGOTIATION)),
        Fact("deals", _("Deals"), EVENTS, _to_step(Step.DEAL)),
        Fact(
            "losses",
            pgettext_lazy("of the day", "Losses recorded"),
            EVENTS,
            Q(kind=EventKind.STATUS, to_value=Status.LOST_PENDING),
        ),
    ]
}


def rows_of(fact: Fact, scope: Scope) -> QuerySet:
    """The rows behind a number."""
    return fact.base.rows(scope).filter(fact.rows)


def counted(scope: Scope, keys: Iterable[str]) -> dict[int, dict[str, int]]:
    """How often each person did what: person -> fact -> number, in one statement; zeros are left out."""
    facts = [FACTS[key] for key in keys]
    bases = {fact.base.name: fact.base for fact in facts}
    width = max(sum(fact.base.name == name for fact in facts) for name in bases)
    parts = [_numbers(base, scope, facts, width) for base in bases.values()]
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for name, person, *numbers in parts[0].union(*parts[1:], all=True):
        mine = [fact.key for fact in facts if fact.base.name == name]
        found[person] |= {key: number for key, number in zip(mine, numbers, strict=False) if number}
    return found


def _numbers(base: Base, scope: Scope, facts: list[Fact], width: int) -> QuerySet:
    """(base, person, number, ...) with as many numbers as the widest base has."""
    mine = [fact for fact in facts if fact.base is base]
    counts = {f"n{place}": Count("pk", filter=fact.rows or None) for place, fact in enumerate(mine)} | {
        f"n{place}": Constant(0, output_field=IntegerField()) for place in range(len(mine), width)
    }
    rows = base.rows(scope).order_by().values("person").annotate(**counts)
    return rows.values_list(Constant(base.name), "person", *counts)
