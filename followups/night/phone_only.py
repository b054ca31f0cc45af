"""Who called and did not come within seven days (SPEC CALL-09, A06, T34)."""

import datetime as dt
from collections import defaultdict
from functools import partial

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import Store
from accounts.rules import setting
from accounts.sql import insert_from
from followups.catch_up import lock_leads
from followups.models import Task
from leads.machine import MONEY
from leads.models import Evidence, LapseProposal, Lead, LeadEvent
from leads.models.leads import Status
from leads.models.log import EventKind, Source
from leads.protection import phone_only_ends_on
from leads.steps import Step

from .chunks import Counts, Job

PHONE_ONLY = "phone_only"  # void reason, and where the event of a protection that ended comes from


def end_phone_only_protection(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Leads that only called, seven days before a day or earlier: whoever receives them owns them.

    Owner and tasks stay until somebody does (SPEC A69); with `phone_only_lapse` void the lead is
    invalid instead (T34). An agreed day or a new owner counts from there; money holds it.
    """
    job = Job("end_phone_only_protection", Lead, store, now=now)
    end = _make_invalid if setting(store, "phone_only_lapse") == "void" else _end_protection
    return job.over(_over(store, on), partial(_work, end, store, on, now), order="phone_only_since")


def _over(store: Store, on: dt.date) -> QuerySet:
    last = on - dt.timedelta(days=setting(store, "protection_days") + 1)
    money = Evidence.objects.filter(lead=OuterRef("pk"), kind__in=MONEY, revoked_at=None)
    return Lead.objects.filter(
        Q(agreed_on=None) | Q(agreed_on__lte=last),
        Q(protected_from=None) | Q(protected_from__lte=last),
        store=store,
        status=Status.ACTIVE,
        owner__isnull=False,
        step__lte=Step.RECEPTION,
        phone_only_since__lte=last,
        phone_only_ended_on=None,
    ).exclude(Exists(money))


def _work(end, store: Store, on: dt.date, now: dt.datetime, ids: list[int]) -> Counts:
    """`end` the leads of each due day; a night that was missed is made up for one by one (A63)."""
    lock_leads(ids)
    due = defaultdict(list)
    for lead in _over(store, on).filter(pk__in=ids).order_by("pk"):
        lead.store = store
        due[phone_only_ends_on(lead)].append(lead.pk)
    return sum((end(store, day, leads, now) for day, leads in sorted(due.items())), Counts())


def _end_protection(store: Store, day: dt.date, ids: list[int], now: dt.datetime) -> Counts:
    Lead.objects.filter(pk__in=ids).update(phone_only_ended_on=day)
    _record(store, day, ids, now, kind=EventKind.CALL, from_value=PHONE_ONLY, to_value="protection_over")
    return Counts(changed=2 * len(ids))


def _make_invalid(store: Store, day: dt.date, ids: list[int], now: dt.datetime) -> Counts:
    """What the verb writes that makes a lead invalid, for many leads at once (SPEC A67)."""
    at = store.start_of_day(day)
    _record(
        store, day, ids, now, kind=EventKind.STATUS, from_value=Status.ACTIVE, to_value=Status.VOID,
        reason=PHONE_ONLY,
    )  # fmt: skip
    tasks = Task.objects.filter(lead__in=ids, state=Task.State.OPEN).update(
        state=Task.State.VOID, closed_at=at
    )
    overtaken = LapseProposal.objects.filter(lead__in=ids, decision="").update(
        decision=LapseProposal.Decision.OVERTAKEN, decided_at=now
    )
    Lead.objects.filter(pk__in=ids).update(
        status=Status.VOID,
        void_reason=PHONE_ONLY,
        has_cadence=False,
        next_due_on=None,
        lapses_on=None,
        phone_only_ended_on=day,
        version=F("version") + 1,
    )
    return Counts(changed=2 * len(ids) + tasks + overtaken)


def _record(store: Store, day: dt.date, ids: list[int], now: dt.datetime, **values) -> None:
    insert_from(
        LeadEvent,
        Lead.objects.filter(pk__in=ids),
        lead=F("pk"),
        store=F("store_id"),
        at=store.start_of_day(day),
        recorded_at=now,
        source=Source.NIGHT,
        **values,
    )
