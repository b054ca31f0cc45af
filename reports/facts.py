"""The counted facts (SPEC A40, REPT-04): what a person did, each with the rows it is made of.

Number and list come from the same rows, so they cannot differ (UX law 6).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import (
    BigIntegerField,
    Case,
    DateField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
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
from .work_sql import EVENTS_OF_WORK, told

K = Visit.Kind
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
    days = [When(store__in=ids, then=TruncDate("at", tzinfo=store.zone)) for store, ids in scope.by_zone()]

    def visited(moment: dt.datetime | None) -> Q:
        if moment is None:
            return Q()
        visits = Visit.objects.filter(_not_voided(moment), lead=OuterRef("lead"), on=OuterRef("day"))
        return Q(Exists(visits))

    rows = Appointment.objects.filter(scope.within("at"), state=Appointment.State.SHOWED)
    rows = rows.annotate(day=Case(*days, output_field=DateField()), person=F("set_by_id"))
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
    return counted_in([scope], keys)


def counted_in(scopes: list[Scope], keys: Iterable[str]) -> dict[int, dict[str, int]]:
    """The same over several scopes at once, of the same people, that share no day of a store."""
    by_base: dict[str, list[Fact]] = defaultdict(list)
    for key in keys:
        by_base[FACTS[key].base.name].append(FACTS[key])
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for base, person, columns, number in told(scopes, list(by_base)):
        for fact in by_base[base]:
            if holds(fact.rows, columns):
                found[person][fact.key] += number
    return defaultdict(dict, {person: dict(numbers) for person, numbers in found.items()})


def holds(rule: Q, columns: dict) -> bool:
    """Whether a row with these columns is one of a fact."""
    answers = (
        holds(part, columns) if isinstance(part, Q) else _equals(*part, columns) for part in rule.children
    )
    found = all(answers) if rule.connector == Q.AND else any(answers)
    return found != rule.negated


def _equals(name: str, value, columns: dict) -> bool:
    if name == "pk__in":
        return False  # of nothing: the beginning of a sum of rules
    if name.endswith("__in"):
        return columns[name.removesuffix("__in")] in value
    return columns[name] == value
