"""How long a lead stays its owner's: one pure function of dates (MODEL section 4, SPEC A69)."""

import datetime as dt
from dataclasses import dataclass

from accounts.rules import setting

from .book import book
from .models import Lead
from .steps import Step


@dataclass(frozen=True)
class Facts:
    """What the date depends on; days are the store's."""

    rule: str  # cadence_plus_7, strict_7, off
    days: int  # protection after the last sign of work, SPEC: 7
    interval: int | None
    visited_on: dt.date | None
    contacted_on: dt.date | None
    contacted_since_visit: bool
    agreed_on: dt.date | None
    protected_from: dt.date | None


def first_day_without_owner(facts: Facts) -> dt.date | None:
    """The first day on which the owner has lost the lead, or None: no end in sight (SPEC OWN-07, OWN-08)."""
    ended = dt.timedelta(days=facts.days + 1)
    base = _last_sign_of_work(facts)
    if facts.rule == "off" or base is None:
        return None
    later = [day + ended for day in (facts.agreed_on, facts.protected_from) if day]
    return max([base + ended, *later])


def _last_sign_of_work(facts: Facts) -> dt.date | None:
    if facts.visited_on and not facts.contacted_since_visit:
        return facts.visited_on
    if not facts.contacted_on:
        return facts.protected_from
    if facts.rule == "strict_7":
        return facts.contacted_on
    if facts.agreed_on:
        return facts.agreed_on
    if facts.interval is None:
        return None
    return facts.contacted_on + dt.timedelta(days=facts.interval)


def lapses_on(lead: Lead) -> dt.date | None:
    """The lead's own date: steps 2-6, active, with an owner; None otherwise."""
    if not (lead.is_active and lead.owner_id and Step.RECEPTION <= lead.step <= Step.NEGOTIATION):
        return None
    store = lead.store
    visit, contact = lead.last_visit_at, lead.last_contact_at
    return first_day_without_owner(
        Facts(
            rule=setting(store, "ownership_rule"),
            days=setting(store, "protection_days"),
            interval=None if lead.customer.is_organisation else book(store).interval(lead.grade),
            visited_on=store.business_date(visit) if visit else None,
            contacted_on=store.business_date(contact) if contact else None,
            contacted_since_visit=bool(contact and (not visit or contact >= visit)),
            agreed_on=lead.agreed_on,
            protected_from=lead.protected_from,
        )
    )


def phone_only_ends_on(lead: Lead) -> dt.date | None:
    """The first day on which a lead that only called is nobody's own any more; None when it has no such day.

    Seven days after the call, the agreed day or a new owner's first day, whichever is last. The
    owner keeps it until another receives the customer (SPEC CALL-09, A69).
    """
    if not (lead.phone_only_since and lead.is_active and lead.owner_id and lead.step <= Step.RECEPTION):
        return None
    last = max(filter(None, (lead.phone_only_since, lead.agreed_on, lead.protected_from)))
    return last + dt.timedelta(days=setting(lead.store, "protection_days") + 1)


def may_have_cadence(lead: Lead) -> bool:
    """Active, step 1 to 8, a person, and a grade with an interval (MODEL section 4)."""
    return (
        lead.is_active
        and lead.step <= Step.DELIVERY
        and not lead.customer.is_organisation
        and book(lead.store).interval(lead.grade) is not None
    )


def settle(lead: Lead) -> None:
    """Bring the dates that follow from status, step, grade and owner into line; does not save."""
    if not may_have_cadence(lead):
        lead.has_cadence = False
        lead.next_due_on = None
    lead.lapses_on = lapses_on(lead)


SETTLED = ("has_cadence", "next_due_on", "lapses_on")
