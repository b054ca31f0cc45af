"""What a merge of two cards moves on this floor: the register rows of a lead that changes its customer."""

from leads.merging import Folding

from .models import Call, Visit


def move_rows(folding: Folding) -> None:
    """MERGERS: visits and calls go with their lead; those of a folded lead stay where they are."""
    leads = [lead.pk for lead in folding.moved]
    for register in (Visit, Call):
        for row in register.objects.filter(lead__in=leads, customer=folding.folded):
            folding.ledger.put(row, customer_id=folding.kept.pk)
