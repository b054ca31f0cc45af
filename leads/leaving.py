"""Who leaves hands every open lead over first: all at once, split evenly, one by one, or to the pool.

SPEC OWN-12, RELIABILITY 70.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import Refused
from accounts.models import Membership, Store, User
from accounts.people import Held, check_may_change
from accounts.roles import RECEIVING

from .giving import LIVE, hand
from .models import Lead, LeadEvent
from .models.log import EventKind
from .models.terms import GRADE_RANK
from .moves import lock_lead

HANDOVER = "handover"  # the reason in the log


def open_leads_of(person: User, store: Store) -> QuerySet[Lead]:
    """Every lead of a person in a store that is not closed: active, dormant, or lost and not confirmed."""
    return Lead.objects.filter(owner=person, store=store, status__in=LIVE)


def open_leads(person: User, store: Store) -> Held | None:
    """What this floor says a leaver still holds (LEAVING_CHECKS)."""
    count = open_leads_of(person, store).count()
    if not count:
        return None
    return Held(count, ngettext("%(n)s open lead", "%(n)s open leads", count) % {"n": count})


def open_lead_counts(store: Store) -> dict[int, int]:
    """Open leads by owner, for a list of people; one statement."""
    rows = Lead.objects.filter(store=store, status__in=LIVE).exclude(owner=None)
    return dict(rows.values_list("owner").annotate(Count("pk")).order_by())


def receivers(store: Store, *, but: User) -> list[User]:
    """Who may take the leads over, by name, roles read along."""
    rows = Membership.objects.filter(
        store=store, role__in=RECEIVING, ends_on=None, user__is_active=True
    ).exclude(user=but)
    people: dict[int, User] = {}
    for row in rows.select_related("user", "store").order_by("user__full_name", "user_id"):
        person = people.setdefault(row.user_id, row.user)
        person.current_memberships = [*person.__dict__.get("current_memberships", ()), row]
    return list(people.values())


def in_fair_order(leads: list[Lead]) -> list[Lead]:
    """The hottest first, so that dealing them out in turn gives everybody their share of each grade."""
    return sorted(leads, key=lambda lead: (GRADE_RANK[lead.grade], lead.number))


def hand_over_all(
    person: User, store: Store, to: Sequence[User], *, by: User, at: dt.datetime
) -> dict[User | None, int]:
    """Deal a person's open leads out in turn; to the pool when `to` is empty. Answers who got how many.

    Every lead is saved by itself: after a broken connection the rest is still there to hand over.
    """
    leads = in_fair_order(list(open_leads_of(person, store).only("pk", "grade", "number")))
    takers = list(to) or [None]
    given: dict[User | None, int] = {}
    for place, lead in enumerate(leads):
        taker = takers[place % len(takers)]
        hand_over_one(lead.pk, taker, person=person, by=by, at=at)
        given[taker] = given.get(taker, 0) + 1
    return given


@transaction.atomic
def hand_over_one(lead_id: int, to: User | None, *, person: User, by: User, at: dt.datetime) -> Lead:
    """Give one lead of a leaver to a colleague or the pool; its tasks and dates go along (SPEC A67).

    For who runs the store, customers unseen. Refused: a lead that is no longer his, and somebody who
    may not own it.
    """
    lead = lock_lead(lead_id)
    check_may_change(person, lead.store, by=by)
    if lead.owner_id != person.pk or lead.status not in LIVE:
        raise Refused(_("%(lead)s is no longer his. Load the page again.") % {"lead": lead.number})
    if to is not None and to.pk == person.pk:
        raise Refused(_("%(name)s does not sell in this store. Choose somebody else.") % {"name": to})
    return hand(lead, to, by=by, at=at, reason=HANDOVER)


@dataclass(frozen=True)
class Handed:
    """One line of the handover sheet: a lead, and who has it now (None = the pool)."""

    lead: Lead
    to: User | None
    at: dt.datetime


def handed_over(person: User, store: Store) -> list[Handed]:
    """What a leaver handed over in a store, newest first; two statements."""
    events = LeadEvent.objects.filter(
        store=store, kind=EventKind.OWNER, reason=HANDOVER, from_value=str(person.pk)
    )
    rows = list(events.select_related("lead__customer").order_by("-at", "lead__number")[:2000])
    people = User.objects.in_bulk({int(row.to_value) for row in rows if row.to_value})
    return [Handed(row.lead, people.get(int(row.to_value or 0)), row.at) for row in rows]
