"""What is told along with the next contact: stuck in a step, a card that nobody touched (FLOW-04, CARD-08).

Such a task is dated with the cadence and brings no customer on anybody's day by itself.
"""

import datetime as dt
from functools import partial

from django.db.models import Case, CharField, Exists, F, JSONField, OuterRef, QuerySet, Value, When
from django.db.models.functions import Cast, Concat, TruncDate

from accounts.models import Store
from accounts.rules import setting
from accounts.sql import first_of, insert_from
from followups.catch_up import lock_leads
from followups.models import Task
from followups.task_kinds import TaskKind
from leads.lists import days_allowed, stuck
from leads.models import FieldChange, Lead, LeadEvent
from leads.models.leads import Status
from leads.models.log import EventKind
from leads.steps import Step

from .chunks import Counts, Job


def remind_of_stuck(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Once in a stay: leads longer in their step than it may take, as of a day (SPEC FLOW-04)."""
    return _over(
        Job("remind_of_stuck", Lead, store, now=now), _stuck(store, on), partial(_by_step, store, on)
    )


def refresh_cards(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Cards that nobody touched for `stale_card_days`, on the customer's newest lead (SPEC CARD-08)."""
    return _over(Job("refresh_cards", Lead, store, now=now), _stale(store, on), partial(_refresh, store, on))


def _over(job: Job, leads: QuerySet, write) -> Counts:
    def work(ids: list[int]) -> Counts:
        lock_leads(ids)
        return Counts(changed=write(ids))

    return job.over(leads, work, order="next_due_on")


def _with_cadence(store: Store) -> QuerySet:
    """Leads of somebody whose next date stands outside the catch-up."""
    return Lead.objects.filter(
        Exists(_cadence().filter(catch_up=False)),
        store=store,
        status=Status.ACTIVE,
        has_cadence=True,
        owner__isnull=False,
    )


def _cadence() -> QuerySet:
    return Task.objects.filter(lead=OuterRef("pk"), kind=TaskKind.CADENCE, state=Task.State.OPEN)


def _ride(leads: QuerySet, kind: TaskKind, cause: Concat, why_args: dict | Case) -> int:
    """A task of that kind beside each cadence task, in one statement; answers how many."""
    return insert_from(
        Task,
        leads,
        store=F("store_id"),
        lead=F("pk"),
        kind=kind,
        assignee=F("owner_id"),
        due_at=first_of(_cadence(), "due_at"),
        due_on=F("next_due_on"),
        why=kind,
        why_args=why_args,
        cause=cause,
    )


def _text(expression: object) -> Cast:
    return Cast(expression, CharField())


# --- stuck ------------------------------------------------------------------------------------


def _stay(store: Store) -> Concat:
    """Names one stay of a lead in a step."""
    entered = TruncDate("step_entered_at", tzinfo=store.zone)
    return Concat(
        Value("stuck:"), _text("pk"), Value(":"), _text("step"), Value(":"), _text(entered),
        output_field=CharField(),
    )  # fmt: skip


def _stuck(store: Store, on: dt.date) -> QuerySet:
    told = Task.objects.filter(cause=OuterRef("stay"))
    return stuck(_with_cadence(store), store, on).alias(stay=_stay(store)).exclude(Exists(told))


def _by_step(store: Store, on: dt.date, ids: list[int]) -> int:
    limits = {step: days for step in Step if (days := days_allowed(store, step))}
    said = (When(step=step, then=Value({"days": days}, JSONField())) for step, days in limits.items())
    why_args = Case(*said, output_field=JSONField())
    return _ride(_stuck(store, on).filter(pk__in=ids), TaskKind.STUCK, _stay(store), why_args)


# --- untouched cards --------------------------------------------------------------------------


def _stale(store: Store, on: dt.date) -> QuerySet:
    before = store.start_of_day(on - dt.timedelta(days=setting(store, "stale_card_days") - 1))
    touched = FieldChange.objects.filter(
        ref_kind=FieldChange.Of.CUSTOMER, ref_id=OuterRef("customer_id"), at__gte=before
    )
    edited = LeadEvent.objects.filter(lead=OuterRef("pk"), kind=EventKind.EDIT, to_value="", at__gte=before)
    told = Task.objects.filter(lead__customer=OuterRef("customer_id"), kind=TaskKind.STALE_CARD)
    waits, of_late = told.filter(state=Task.State.OPEN), told.filter(closed_at__gte=before)
    newer = Lead.objects.filter(
        customer=OuterRef("customer_id"), store=store, has_cadence=True, pk__gt=OuterRef("pk")
    )
    leads = _with_cadence(store).filter(customer__card_opened_at__lt=before)
    for reason in (touched, edited, waits, of_late, newer):
        leads = leads.exclude(Exists(reason))
    return leads


def _refresh(store: Store, on: dt.date, ids: list[int]) -> int:
    cause = Concat(Value("stale_card:"), _text("pk"), Value(f":{on}"), output_field=CharField())
    leads = _stale(store, on).filter(pk__in=ids)
    return _ride(leads, TaskKind.STALE_CARD, cause, {"days": setting(store, "stale_card_days")})
