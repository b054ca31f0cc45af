"""What a merge of two cards moves on this floor: register rows, planned drives, the needs report."""

from followups.models import Task
from leads.merging import Folding
from leads.models import Lead

from .bookings import eve_cause
from .models import Booking, Call, Companion, NeedsReport, Visit


def move_rows(folding: Folding) -> None:
    """MERGERS: visits and calls go with their lead; those of a folded lead stay where they are.

    What lies ahead of a folded lead goes to the kept one: planned drives with their reminder, who
    comes along, and the needs report where the kept one has none.
    """
    leads = [lead.pk for lead in folding.moved]
    for register in (Visit, Call):
        for row in register.objects.filter(lead__in=leads, customer=folding.folded):
            folding.ledger.put(row, customer_id=folding.kept.pk)
    for folded, kept in folding.pairs:
        _drives(folding, folded, kept)
        _needs(folding, folded, kept)
        _companions(folding, folded, kept)


def _drives(folding: Folding, folded: Lead, kept: Lead) -> None:
    for booking in Booking.objects.filter(lead=folded, state=Booking.State.PLANNED):
        folding.ledger.put(booking, lead_id=kept.pk)
        for eve in Task.objects.filter(cause=eve_cause(booking), closed_at=folding.at):
            again = {"state": Task.State.OPEN, "closed_at": None}
            folding.ledger.put(eve, lead_id=kept.pk, assignee_id=kept.owner_id, **again)


def _needs(folding: Folding, folded: Lead, kept: Lead) -> None:
    if NeedsReport.objects.filter(lead=kept, replaced_at=None).exists():
        return
    for report in NeedsReport.objects.filter(lead=folded, replaced_at=None):
        folding.ledger.put(report, lead_id=kept.pk)


def _companions(folding: Folding, folded: Lead, kept: Lead) -> None:
    decided = Companion.objects.filter(lead=kept, decides=True, gone_at=None).exists()
    for row in Companion.objects.filter(lead=folded, gone_at=None):
        folding.ledger.put(row, lead_id=kept.pk, decides=row.decides and not decided)
