"""What a lead that leaves the work takes along: its planned appointments (SPEC A67)."""

from leads.models import Lead
from leads.models.leads import Status

from .appointments import end_appointment
from .cadence import planned_appointments
from .models import Appointment

# A dormant lead keeps what was agreed: the customer may still come.
CALLED_OFF_BY = (Status.LOST_PENDING, Status.LOST, Status.VOID)


def on_lead_event(lead: Lead, event) -> None:
    """LEAD_LISTENERS: the appointments of a lost or invalid lead are called off."""
    if event.kind != "status" or lead.status not in CALLED_OFF_BY:
        return
    for appointment in planned_appointments(lead):
        end_appointment(appointment, lead, Appointment.State.CANCELLED, by=event.by, now=event.recorded_at)
