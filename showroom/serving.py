"""Who may serve a customer in the house: book and run a drive, ask the needs, show the car."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed
from accounts.models import User
from accounts.prepared import Prepared
from accounts.roles import RECEIVING, Role
from leads.access import may_work_on, seen_by
from leads.models import Lead
from leads.moves import lock_lead

from .models import Visit


def may_serve(lead: Lead, user: User, *, now: dt.datetime) -> bool:
    """Who works on the lead, and who received it on this store day (SPEC RECP-05: serve, not follow up)."""
    return may_work_on(lead, user, now=now) or receives_today(lead, user, now=now)


def receives_today(lead: Lead, user: User, *, now: dt.datetime) -> bool:
    """Whether the person is receiver, assistant or third of a visit of today."""
    return _may_receive(lead, user) and _has_visit(lead, user, here=False, now=now)


def is_with_them(lead: Lead, user: User, *, now: dt.datetime) -> bool:
    """Whether the person receives, or helps to, in a visit that is not over."""
    return _may_receive(lead, user) and _has_visit(lead, user, here=True, now=now)


def _may_receive(lead: Lead, user: User) -> bool:
    return user.is_active and bool(user.roles_in(lead.store) & set(RECEIVING))


def _has_visit(lead: Lead, user: User, *, here: bool, now: dt.datetime) -> bool:
    return bool(_visits_of(here, lead=lead.pk, user=user.pk, on=lead.store.business_date(now)))


@Prepared
def _visits_of(here: bool, *, lead: int, user: int, on: dt.date) -> QuerySet:
    mine = Q(receiver=user) | Q(assistant=user) | Q(third=user)
    rows = Visit.objects.filter(mine, lead=lead, on=on, voided_at=None)
    return (rows.filter(left_at=None) if here else rows).values_list("pk")[:1]


def served_lead(pk: int, *, by: User, now: dt.datetime, named: str = "pk") -> Lead:
    """The lead with its row held, `named` by a row of its own: "bookings" with the id of one.

    NotAllowed: who neither works on it nor received it today.
    """
    lead = lock_lead(pk, named)
    if not may_serve(lead, by, now=now):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    return lead


def served_or_403(request: HttpRequest, number: str) -> Lead:
    """The lead of a page of the floor: 404 for who does not see it, 403 for who only reads."""
    lead = seen_by(request.user, number, now=request.now) if request.store else None
    if lead is None:
        raise Http404
    if not may_serve(lead, request.user, now=request.now):
        raise PermissionDenied(_("This is a colleague's customer. Tell the owner instead."))
    return lead


def may_book(lead: Lead, user: User, *, now: dt.datetime) -> bool:
    """Reception books for everybody; else who may serve."""
    return Role.RECEPTIONIST in user.roles_in(lead.store) or may_serve(lead, user, now=now)


def todays_visit(lead: Lead, *, now: dt.datetime) -> Visit | None:
    """The newest visit of the lead on this store day: what is written now belongs to it."""
    return _newest_visit.first(lead=lead.pk, on=lead.store.business_date(now))


@Prepared
def _newest_visit(*, lead: int, on: dt.date) -> QuerySet:
    return Visit.objects.filter(lead=lead, on=on, voided_at=None).order_by("-arrived_at", "-id")[:1]
