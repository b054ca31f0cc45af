"""The purchase date comes nearer: what it asks for stands beside the grade (SPEC GRD-15)."""

import datetime as dt

from django.db.models import Count, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Case, When
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import Exact, GreaterThan, IsNull

from accounts.models import Store
from accounts.rules import setting
from accounts.sql import first_of
from leads.book import book
from leads.grades import FEW_MODELS, grade_needs_money
from leads.machine import MONEY
from leads.models import Customer, Evidence, Grade, GradeRule, Lead, LeadModel
from leads.models.leads import Status
from leads.steps import Step

from .chunks import Counts, Job


def suggest_grades(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Write the suggested grade of every open lead as of a day; the grade itself is a person's (SPEC GRD-15).

    Empty where it would say what the grade says, where money speaks, and where the expected date
    is unknown or has passed: then the date is to be asked again (SPEC A63).
    """
    dated = _leads(store).filter(Q(expected_on__isnull=False) | ~Q(suggested_grade=""))
    differing = dated.annotate(fits=_suggestion(store, on)).exclude(suggested_grade=F("fits"))

    def suggest(ids: list[int]) -> Counts:
        return Counts(changed=_leads(store).filter(pk__in=ids).update(suggested_grade=_suggestion(store, on)))

    return Job("suggest_grades", Lead, store, now=now).over(differing, suggest, order="created_at")


suggest_grades.last_night_only = True  # yesterday's suggestion is no use to anybody


def _leads(store: Store) -> QuerySet:
    return Lead.objects.filter(store=store, status=Status.ACTIVE, step__lte=Step.DELIVERY)


def _suggestion(store: Store, on: dt.date) -> Coalesce:
    """`leads.grades.suggest` as an expression; empty when it equals the grade."""
    models = LeadModel.objects.filter(lead=OuterRef("pk")).order_by()
    customer = Customer.objects.filter(pk=OuterRef("customer_id"))
    without_model = Grade.NONE if setting(store, "strict_none") else Grade.C
    fitting = Case(
        When(_nothing_to_say(store, on), then=Value("")),
        When(~Exact(first_of(customer, "kind"), Customer.Kind.PERSON), then=Value("")),
        When(Exact(first_of(customer, "name"), ""), then=Value(Grade.NONE)),
        When(IsNull(first_of(models), True), then=Value(without_model)),
        *_by_horizon(store, on, models),
        default=Value(Grade.NONE),
    )
    return Coalesce(NullIf(fitting, F("grade")), Value(""))


def _nothing_to_say(store: Store, on: dt.date) -> Q:
    money = Evidence.objects.filter(lead=OuterRef("pk"), kind__in=MONEY, revoked_at=None)
    silent = Q(expected_on=None) | Q(expected_on__lt=on) | IsNull(first_of(money), False)
    return silent | Q(grade=Grade.O) if grade_needs_money(store, Grade.O) else silent


def _by_horizon(store: Store, on: dt.date, models: QuerySet) -> list[When]:
    """The first rule that fits, in the order of rank; with many models in focus the last."""
    rules = [rule for rule in book(store).grade_rules() if rule.horizon_from is not None]
    bands = [(_band(rule, on), Value(rule.code)) for rule in rules]
    starts = {rule.horizon_from for rule in rules}
    if len(starts) == len(rules):
        return [When(band, then=code) for band, code in bands]
    number = models.values("lead").annotate(number=Count("pk"))
    many = GreaterThan(first_of(number, "number"), FEW_MODELS)
    return [
        *[When(band & many, then=code) for band, code in reversed(bands)],
        *[When(band, then=code) for band, code in bands],
    ]


def _band(rule: GradeRule, on: dt.date) -> Q:
    band = Q(expected_on__gte=on + dt.timedelta(days=rule.horizon_from))
    if rule.horizon_to is not None:
        band &= Q(expected_on__lte=on + dt.timedelta(days=rule.horizon_to))
    return band
