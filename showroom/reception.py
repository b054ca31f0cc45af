"""What the two registers share: who it is that comes or calls, and whose he becomes (SPEC 4, OWN-01)."""

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.roles import LOGGING, RECEIVING
from leads.models import Customer, Lead, LeadEvent

TRIES = 4  # two tablets may meet on one new number: the loser reads again and finds it
Written = TypeVar("Written")


def check_people(store: Store, *, receiver: User | None, by: User) -> None:
    """NotAllowed: a role that does not write registers. Refused: nobody who may receive."""
    if not by.roles_in(store) & set(LOGGING):
        raise NotAllowed(_("Your role does not write the registers."))
    if receiver is None or not receiver.roles_in(store) & set(RECEIVING):
        raise Refused(_("Choose who receives the customer."), field="receiver")


def written(write: Callable[[], Written]) -> Written:
    """What `write` answers, in a transaction; tried again when somebody wrote the same number."""
    for _try in range(TRIES - 1):
        try:
            with transaction.atomic():
                return write()
        except IntegrityError:
            continue
    with transaction.atomic():
        return write()


def lead_of(store: Store, customer: Customer) -> int | None:
    """The lead a visit or call belongs to: the newest active one, else the newest."""
    leads = Lead.objects.filter(customer=customer, store=store).order_by("-car_no")
    rows = list(leads.values_list("pk", "status"))
    active = [pk for pk, status in rows if status == "active"]
    return (active or [pk for pk, _status in rows] or [None])[0]


def may_take_on(store: Store, receiver: User | None) -> bool:
    """Whether a lead that is nobody's becomes this receiver's."""
    return bool(receiver and receiver.is_active and receiver.roles_in(store) & set(RECEIVING))


def settled_since(lead: Lead, kind: str, at: dt.datetime, now: dt.datetime) -> bool:
    """Whether somebody decided on the lead after a visit or call that is written down late."""
    return at < now and LeadEvent.objects.filter(lead=lead, kind=kind, at__gt=at).exists()


def phone_text(typed: str, lead: Lead | None) -> str:
    """A number that became a contact point is not kept a second time; a cut-off one stays as text."""
    return "" if lead else typed
