"""Organisations: the grade by rhythm and batch, four persons, two meetings (SPEC TYPE-04 to 08, GRD-17)."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import NotAllowed, Refused
from accounts.models import Store
from accounts.prepared import Prepared
from accounts.rules import setting
from accounts.sql import insert, update

from .access import may_work_on
from .acts import acting
from .grades import Suggestion, choose_grade, suggestion_for
from .log import record
from .models import Customer, Grade, Lead, OrganisationProfile
from .models.leads import Status
from .models.log import EventKind
from .moves import locked_leads
from .steps import Step

PERSONS = {
    "selector": gettext_lazy("Chooses the model"),
    "main_user": gettext_lazy("Main user"),
    "decider": gettext_lazy("Decider"),
    "superior": gettext_lazy("Superior"),
}
MEETINGS = {
    "selection_on": gettext_lazy("Selection meeting"),
    "tender_on": gettext_lazy("Purchase or tender meeting"),
}
RHYTHMS = {
    Grade.A: gettext_lazy("short cycle, many cars"),
    Grade.B: gettext_lazy("short cycle, few cars"),
    Grade.C: gettext_lazy("long cycle, many cars"),
}
FACTS = ("cycle_months", "batch", "phase", *PERSONS, *MEETINGS)
KIND = "kind"  # the field name by which an event tells that a person became an organisation, or back


def organisation_grade(cycle_months: int | None, batch: int | None, store: Store) -> str:
    """A short cycle and large batch, B short and small, C long and large; long and small none (TYPE-05).

    `batch` counts cars. Without both there is no grade yet.
    """
    if not (cycle_months and batch):
        return Grade.NONE
    short = cycle_months <= setting(store, "organisation_short_months")
    large = batch >= setting(store, "organisation_large_batch")
    grades = {(True, True): Grade.A, (True, False): Grade.B, (False, True): Grade.C}
    return grades.get((short, large), Grade.NONE)


def profile_of(lead: Lead) -> OrganisationProfile | None:
    """What is written down of the purchase, if anything."""
    return getattr(lead, "organisation", None)


def profile_suggestion(lead: Lead) -> Suggestion:
    """The grade that an organisation's profile gives."""
    known = profile_of(lead)
    if known is None or not (known.cycle_months and known.batch):
        return Suggestion(Grade.NONE, ("profile_missing",))
    return Suggestion(organisation_grade(known.cycle_months, known.batch, lead.store))


def missing_persons(lead: Lead) -> list[str]:
    """Names of the roles that nobody fills yet, of the four (SPEC TYPE-07); a person's lead has none."""
    if not lead.customer.is_organisation:
        return []
    known = profile_of(lead)
    return [str(words) for name, words in PERSONS.items() if known is None or not getattr(known, name)]


def judge_organisation(lead: Lead, grade: str, *, reason: str, by, at: dt.datetime, now: dt.datetime) -> None:
    """The grade that a person tapped for an organisation, no horizon asked; none tapped: it stays.

    The caller holds the lead's row. Refused: as for `choose_grade`.
    """
    if grade:
        said = {"suggestion": profile_suggestion(lead), "reason": reason}
        choose_grade(lead, grade, by=by, at=at, recorded_at=now, **said)


@transaction.atomic
def describe(lead_id: int, facts: Mapping, *, by, at: dt.datetime) -> OrganisationProfile:
    """Write the profile of an organisation's lead, and the grade that follows (SPEC TYPE-05, S39).

    `facts` by column name, as in FACTS; those that are left out stay. The customer is an organisation
    from then on, without a cadence. Refused: a lead that is over. NotAllowed: see `may_work_on`.
    """
    leads = lock_leads_of(lock_customer_of(lead_id))
    lead = next(one for one in leads if one.pk == lead_id)
    if not may_work_on(lead, by, now=at):
        raise NotAllowed(_("This is a colleague's customer. Tell the owner instead."))
    if lead.status in (Status.LOST, Status.VOID):
        raise Refused(_("This lead is over. Bring it back first."))
    with acting(lead):
        return _describe(lead, leads, facts, by=by, at=at)


def _describe(
    lead: Lead, leads: Iterable[Lead], facts: Mapping, *, by, at: dt.datetime
) -> OrganisationProfile:
    known = profile_of(lead) or OrganisationProfile(lead=lead, version=0)
    changed = [name for name in FACTS if name in facts and facts[name] != getattr(known, name)]
    for name in changed:
        setattr(known, name, facts[name])
    written = changed or known.pk is None
    if written:
        _write(known, changed, by=by, at=at)
    lead.organisation = known
    if not lead.customer.is_organisation:
        _becomes_organisation(lead.customer)
        _grade_all_anew(lead, leads, by=by, at=at)
        changed.append(KIND)
    elif {"cycle_months", "batch"} & {*changed}:
        grade_anew(lead, by=by, at=at)
    if written or changed:
        record(lead, EventKind.EDIT, at=at, recorded_at=at, by=by, data={"fields": changed})
    return known


def _write(known: OrganisationProfile, changed: list[str], *, by, at: dt.datetime) -> None:
    known.version += 1
    known.changed_at, known.changed_by = at, by
    if known.pk is None:
        insert(known)
    else:
        update(known, [*changed, "version", "changed_at", "changed_by"])


def _becomes_organisation(customer: Customer) -> None:
    customer.kind = Customer.Kind.ORGANISATION
    customer.version += 1
    update(customer, ["kind", "version"])


def regrade(lead: Lead, *, by, at: dt.datetime) -> None:
    """After a change of kind: each lead of the customer has a grade of the other scale (SPEC GRD-17).

    Every lead but `lead` gets an event that tells it; the caller records the one of `lead`.
    """
    _grade_all_anew(lead, lock_leads_of(lead.customer), by=by, at=at)


def _grade_all_anew(lead: Lead, leads: Iterable[Lead], *, by, at: dt.datetime) -> None:
    grade_anew(lead, by=by, at=at)
    for other in leads:
        if other.pk != lead.pk:
            grade_anew(other, by=by, at=at)
            record(other, EventKind.EDIT, at=at, recorded_at=at, by=by, data={"fields": [KIND]})


def grade_anew(lead: Lead, *, by, at: dt.datetime) -> None:
    """The grade that the facts give, of a locked lead."""
    if lead.step == Step.FOLLOW_UP or lead.status == Status.VOID:
        return
    today = lead.store.business_date(at)
    given = profile_suggestion(lead) if lead.customer.is_organisation else suggestion_for(lead, today=today)
    choose_grade(lead, given.grade, by=by, at=at, recorded_at=at, suggestion=given)


def lock_with_leads(lead_id: int) -> Lead:
    """The lead; its customer and the customer's other leads, locked in this order of tables."""
    customer = lock_customer_of(lead_id)
    return next(lead for lead in lock_leads_of(customer) if lead.pk == lead_id)


def lock_customer_of(lead_id: int) -> Customer:
    """The customer of a lead with his row locked, which comes before any lead's; Lead.DoesNotExist."""
    for customer in _customer_of(lead=lead_id):
        return customer
    raise Lead.DoesNotExist


@Prepared
def _customer_of(*, lead: int) -> QuerySet:
    return Customer.objects.select_for_update(of=("self",), no_key=True).filter(leads=lead)


def lock_leads_of(customer: Customer) -> list[Lead]:
    """The leads of a locked customer with their profiles, locked in the order of their ids."""
    leads = _leads_of(customer=customer.pk)
    for lead in leads:
        lead.customer = customer
    return leads


@Prepared
def _leads_of(*, customer: int) -> QuerySet:
    return locked_leads().filter(customer=customer).select_related("organisation").order_by("pk")
