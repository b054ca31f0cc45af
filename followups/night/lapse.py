"""Protection is over: the lead goes to the pool, or on the manager's list (SPEC OWN-07, A05, A69)."""

import datetime as dt
from functools import partial

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from accounts.models import DayOff, Store
from accounts.rules import setting
from accounts.sql import first_of, insert_from
from followups.catch_up import lock_leads
from followups.models import Appointment, Task
from leads.disputes import end_disputes
from leads.machine import MONEY
from leads.models import Evidence, LapseProposal, Lead, LeadEvent
from leads.models.leads import Status
from leads.models.log import EventKind, Source

from .chunks import Counts, Job


def lapse_or_propose(store: Store, on: dt.date, *, now: dt.datetime) -> Counts:
    """Leads whose `lapses_on` has come: proposed to the manager, or with `lapse_mode` automatic to the pool.

    Money, an appointment still to come, or an absence of the owner holds a lead back to the first
    night without (SPEC A69).
    """
    job = Job("lapse_or_propose", Lead, store, now=now)
    if setting(store, "lapse_mode") == "automatic":
        return job.over(_over(store, on), partial(_release, store, on, now), order="lapses_on")
    return job.over(_not_proposed(store, on), partial(_propose, store, on), order="lapses_on")


def _over(store: Store, on: dt.date) -> QuerySet:
    start = store.start_of_day(on)
    stands = Q(revoked_at=None) | Q(at__lt=start, revoked_at__gte=start)
    paid = Evidence.objects.filter(stands, kind__in=MONEY)
    money = paid.filter(lead=OuterRef("pk"))
    # Evidence stays with the lead that was folded into this one; its money protects the kept one.
    folded_money = Lead.objects.filter(Exists(paid.filter(lead=OuterRef("pk"))), merged_into=OuterRef("pk"))
    coming = Appointment.objects.filter(lead=OuterRef("pk"), state=Appointment.State.PLANNED, at__gte=start)
    absent = DayOff.objects.filter(store=store, on=on, absence=True, user=OuterRef("owner_id"))
    over = Lead.objects.filter(store=store, status=Status.ACTIVE, owner__isnull=False, lapses_on__lte=on)
    over = over.exclude(Exists(money)).exclude(Exists(folded_money))
    return over.exclude(Exists(coming)).exclude(Exists(absent))


def _not_proposed(store: Store, on: dt.date) -> QuerySet:
    undecided = LapseProposal.objects.filter(lead=OuterRef("pk"), decision="")
    return _over(store, on).alias(undecided=first_of(undecided)).filter(undecided=None)


def _propose(store: Store, on: dt.date, ids: list[int]) -> Counts:
    lock_leads(ids)
    proposed = insert_from(
        LapseProposal,
        _not_proposed(store, on).filter(pk__in=ids),
        lead=F("pk"),
        store=F("store_id"),
        owner=F("owner_id"),
        lapses_on=F("lapses_on"),
    )
    return Counts(changed=proposed, lapse_proposed=proposed)


def _release(store: Store, on: dt.date, now: dt.datetime, ids: list[int]) -> Counts:
    """What `leads.ownership.set_owner(lead, None)` writes, for many leads at once."""
    lock_leads(ids)
    due = list(_over(store, on).filter(pk__in=ids).values_list("pk", flat=True))
    leads = Lead.objects.filter(pk__in=due)
    overtaken = LapseProposal.objects.filter(lead__in=due, decision="").update(
        decision=LapseProposal.Decision.OVERTAKEN, decided_at=now
    )
    tasks = Task.objects.filter(lead__in=due, state=Task.State.OPEN, only_assignee=False).update(
        assignee=None, catch_up=False
    )
    events = insert_from(
        LeadEvent,
        leads,
        lead=F("pk"),
        store=F("store_id"),
        kind=EventKind.OWNER,
        at=store.start_of_day(on),
        recorded_at=now,
        source=Source.NIGHT,
        from_value=Cast("owner_id", CharField()),
        reason="lapsed",
    )
    lapsed = leads.update(owner=None, protected_from=None, lapses_on=None, version=F("version") + 1)
    ended = end_disputes(due, by=None, at=store.start_of_day(on), now=now, source=Source.NIGHT)
    return Counts(changed=overtaken + tasks + events + lapsed + ended, lapsed=lapsed)
