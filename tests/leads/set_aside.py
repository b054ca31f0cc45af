"""Leads that are lost, at rest or invalid, as the verbs leave them."""

import datetime as dt

from leads.losing import Loss, confirm_loss, lose
from leads.models import Lead, LostRecord, Term
from leads.statuses import invalidate, sleep


def reason(store, code="price") -> Term:
    return Term.objects.get(store=store, list="lost_reason", code=code)


def lose_lead(lead, by, when, *, code="price", **facts) -> LostRecord:
    """Lost by `by` and waiting for the manager, found and recorded at a moment in UTC."""
    return lose(lead.pk, Loss(reason=reason(lead.store, code), **facts), by=by, at=when, now=when)


def lose_for_good(lead, by, manager, when, **facts) -> LostRecord:
    """Lost and confirmed in the same moment."""
    return confirm_loss(lose_lead(lead, by, when, **facts).pk, by=manager, at=when)


def set_aside(lead, status: str, by, manager, when) -> Lead:
    """The lead in one of the four other statuses, by its verb."""
    if status == "dormant":
        sleep(lead.pk, wake_on=dt.date(2026, 9, 1), reason="later", by=by, at=when)
    elif status == "lost_pending":
        lose_lead(lead, by, when)
    elif status == "lost":
        lose_for_good(lead, by, manager, when)
    else:
        invalidate(lead.pk, reason="wrong_number", by=by, at=when)
    lead.refresh_from_db()
    return lead
