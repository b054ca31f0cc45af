"""Reminders with a day of their own: no next step, lost customers, birthdays (FLOW-09, LOST-08, CARD-11)."""

import datetime as dt
from functools import partial

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from accounts.models import Membership, Store
from accounts.roles import RECEIVING, Role
from accounts.sql import insert_from
from followups.catch_up import lock_leads
from followups.due_times import birthday_due, birthday_in
from followups.models import Task
from followups.next_step import rested, without_next_step
from followups.reachable import writable
from followups.task_kinds import OF_ONE_DAY, TaskKind
from leads.models import Customer, Lead
from leads.models.leads import Status

from .chunks import Counts, Job

DAY = dt.timedelta(days=1)
BORN_ON_A_LEAP_DAY = dt.date(2000, 2, 29)


def end_the_day(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """A thank-you or greeting that nobody sent is void as of the end of its day: counted as not sent."""
    over = Task.objects.filter(store=store, state=Task.State.OPEN, kind__in=OF_ONE_DAY, due_on__lt=on)

    def end(ids: list[int]) -> Counts:
        rows = over.filter(pk__in=ids)
        days = list(rows.values_list("due_on", flat=True).distinct().order_by("due_on"))
        ended = (
            rows.filter(due_on=day).update(state=Task.State.VOID, closed_at=store.start_of_day(day + DAY))
            for day in days
        )
        return Counts(changed=sum(ended))

    return Job("end_the_day", Task, store, now=now).over(over, end, order="due_at")


def ask_for_next_steps(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Customers for whom nothing is planned, once they were left in peace for a while (FLOW-09, CAD-04)."""

    def leads() -> QuerySet:
        owned = Lead.objects.filter(store=store, owner__isnull=False)
        return rested(without_next_step(owned, store, on), store, on)

    def ask(ids: list[int]) -> Counts:
        lock_leads(ids)
        return Counts(
            changed=_open(leads().filter(pk__in=ids), TaskKind.NO_NEXT_STEP, store.end_of_day(on), on)
        )

    return Job("ask_for_next_steps", Lead, store, now=now).over(leads(), ask, order="created_at")


def _open(leads: QuerySet, kind: TaskKind, due_at: dt.datetime, on: dt.date, **facts) -> int:
    """A task of that kind for each lead, in one statement; answers how many."""
    return insert_from(
        Task,
        leads,
        store=F("store_id"),
        lead=F("pk"),
        kind=kind,
        due_at=due_at,
        due_on=on,
        why=kind,
        cause=Concat(Value(f"{kind}:"), Cast("pk", CharField()), Value(f":{on}"), output_field=CharField()),
        **{"assignee": F("owner_id")} | facts,
    )


# --- lost customers -----------------------------------------------------------------------------


def try_the_lost_again(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Who was lost `win_back_after_days` ago and may be written to: for the last owner, else the manager."""
    job = Job("try_the_lost_again", Lead, store, now=now)
    return job.over(_lost(store, on), partial(_try_again, store, on), order="created_at")


def _lost(store: Store, on: dt.date) -> QuerySet:
    told = Task.objects.filter(lead=OuterRef("pk"), kind=TaskKind.REVIVE_CHECK, due_on=OuterRef("wake_on"))
    return _reachable(Lead.objects.filter(store=store, status=Status.LOST, wake_on__lte=on)).exclude(
        Exists(told)
    )


def _reachable(leads: QuerySet) -> QuerySet:
    return leads.filter(Exists(writable(Customer.objects.filter(pk=OuterRef("customer_id")))))


def _try_again(store: Store, on: dt.date, ids: list[int]) -> Counts:
    lock_leads(ids)
    leads = _lost(store, on).filter(pk__in=ids)
    days = list(leads.values_list("wake_on", flat=True).distinct().order_by("wake_on"))
    here = Membership.objects.filter(
        user=OuterRef("owner"), store=store, ends_on=None, role__in=RECEIVING, user__is_active=True
    )
    who = Case(When(Exists(here), then=F("owner_id")), default=Value(_manager(store)))
    opened = (
        _open(leads.filter(wake_on=day), TaskKind.REVIVE_CHECK, store.end_of_day(day), day, assignee=who)
        for day in days
    )
    return Counts(changed=sum(opened))


def _manager(store: Store) -> int | None:
    managers = Membership.objects.filter(store=store, role=Role.MANAGER, ends_on=None, user__is_active=True)
    return managers.order_by("user_id").values_list("user_id", flat=True).first()


# --- birthdays ----------------------------------------------------------------------------------


def greet_on_birthdays(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Customers of somebody, bought or not, whose birthday it is and who may be written to (SPEC CARD-11).

    One greeting for a customer, whatever the number of leads.
    """

    def greet(ids: list[int]) -> Counts:
        lock_leads(ids)
        leads = _born_on(store, on).filter(pk__in=ids)
        return Counts(changed=_open(leads, TaskKind.BIRTHDAY, birthday_due(store, on), on))

    job = Job("greet_on_birthdays", Lead, store, now=now)
    return job.over(_born_on(store, on), greet, order="created_at")


def _born_on(store: Store, on: dt.date) -> QuerySet:
    day = Q(customer__birthday__month=on.month, customer__birthday__day=on.day)
    if birthday_in(on.year, BORN_ON_A_LEAP_DAY) == on:
        day |= Q(customer__birthday__month=2, customer__birthday__day=29)
    own = Lead.objects.filter(store=store, status=Status.ACTIVE, owner__isnull=False)
    newer = own.filter(customer=OuterRef("customer_id"), pk__gt=OuterRef("pk"))
    told = Task.objects.filter(lead=OuterRef("pk"), kind=TaskKind.BIRTHDAY, due_on=on)
    return _reachable(own.filter(day)).exclude(Exists(newer)).exclude(Exists(told))
