"""What is still missing when a group leaves: told, never in the way (SPEC NEGO-08, NEGO-10, PROD-06)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.prepared import Prepared
from followups.models import Appointment
from leads.models import ContactPoint, Grade, Lead
from leads.steps import Step

from .models import NeedsReport, Visit, Walkaround

HOT_GRADES = (Grade.H, Grade.A_PLUS, Grade.A)  # do not leave without the next appointment
AGREE = "appointment"


@dataclass(frozen=True)
class Hint:
    """One thing missing: its code, the words, and where it is put right ("" on the sheet itself)."""

    code: str
    words: str
    url: str = ""


@Prepared
def knowing_hints(*, pk: int, now: dt.datetime) -> QuerySet:
    """A visit that knows what its lead lacks, in the same statement, for `closing_hints`."""
    of_lead = {"lead": OuterRef("lead")}
    phones = ContactPoint.objects.filter(kind=ContactPoint.Kind.PHONE, ended_at=None)
    planned = Appointment.objects.filter(**of_lead, state=Appointment.State.PLANNED, at__gt=now)
    visits = Visit.objects.filter(pk=pk).select_related(
        "store", "lead__store", "lead__customer", "customer", "car_model", "receiver"
    )
    return visits.annotate(
        has_appointment=Exists(planned),
        has_phone=Exists(phones.filter(customer=OuterRef("lead__customer"))),
        has_needs=Exists(NeedsReport.objects.filter(**of_lead, replaced_at=None)),
        has_brochure=Exists(Walkaround.objects.filter(**of_lead, brochure_given=True)),
    )


def closing_hints(visit: Visit) -> Iterator[Hint]:
    """What a leaving customer still lacks; asks the database nothing, says nothing from the deal on."""
    if visit.lead is None or visit.lead.step >= Step.DEAL:
        return
    number = [visit.lead.number]
    if not visit.has_appointment:
        yield Hint(AGREE, _("No appointment yet: agree on the next look before they go."))
    if not visit.has_phone:
        yield Hint("phone", _("No phone number yet: ask for it."), reverse("leads:edit", args=number))
    if not visit.has_needs:
        yield Hint("needs", _("The needs were not asked."), reverse("showroom:needs", args=number))
    if not visit.has_brochure:
        yield Hint("brochure", _("No brochure given yet."), reverse("showroom:walkaround", args=number))


def leaves_hot(visit: Visit, lead: Lead, *, coming: bool) -> bool:
    """Whether somebody hot left without the next appointment (SPEC NEGO-08); `visit` as it was before."""
    return lead.grade in HOT_GRADES and lead.step < Step.DEAL and not (coming or visit.has_appointment)
