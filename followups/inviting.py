"""First a relation, then the invitation: a hint, or with a setting a rule (SPEC FLOW-05, A09)."""

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.rules import setting
from leads.models import Lead, LeadEvent
from leads.models.log import EventKind
from leads.steps import Step

from .models import Appointment, Contact


def lacks_relation(lead: Lead) -> bool:
    """Whether nobody has talked to or met a customer who is to be invited."""
    return lead.step == Step.PROSPECTING and not (lead.last_contact_at or lead.last_visit_at)


def on_lead_event(lead: Lead, event: LeadEvent) -> None:
    """LEAD_LISTENERS: with `invite_needs_relation` a customer is invited after a talk, not in the first.

    Refused: a visit agreed with somebody whom nobody talked to or met before. Who calls us, who is
    invited already, and who was here may always come.
    """
    planned = event.kind == EventKind.APPOINTMENT and event.to_value == Appointment.State.PLANNED
    if not planned or lead.step != Step.PROSPECTING or not setting(lead.store, "invite_needs_relation"):
        return
    invitation = Appointment.objects.get(pk=event.data["appointment"])
    if invitation.kind == Appointment.Kind.VISIT and not _has_relation(lead, invitation, event):
        raise Refused(
            _("Your store invites after a first talk. Save this one without the appointment, then invite."),
            field="coming_at",
        )


def _has_relation(lead: Lead, invitation: Appointment, event: LeadEvent) -> bool:
    if lead.last_visit_at or lead.appointments.exclude(pk=invitation.pk).exists():
        return True
    talks = Contact.objects.standing().filter(lead__in=lead.histories(), kind=Contact.Kind.CONTACT)
    rows = talks.values_list("recorded_at", "direction")
    return any(at < event.recorded_at or direction == Contact.Direction.IN for at, direction in rows)
