"""What the timeline says of a loss; the words stand on the record, the log holds its number only."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Lead, LeadEvent, LostRecord
from .models.leads import Status

TITLES = {
    Status.LOST_PENDING: gettext_lazy("Recorded as lost"),
    Status.LOST: gettext_lazy("Loss confirmed"),
    Status.ACTIVE: gettext_lazy("Loss sent back"),
}


def newest_loss(lead: Lead) -> LostRecord | None:
    """The last loss of a lead as the card reads it, in the statement of its head."""
    return getattr(lead, "loss", None)


def loss_told(event: LeadEvent, lead: Lead) -> tuple[str, ...]:
    """Title and sentences of an event about a loss; of losses before the newest one the title only."""
    title, loss = str(TITLES.get(event.to_value, "")), newest_loss(lead)
    if loss is None or loss.pk != event.data["loss"]:
        return (title,)
    if event.to_value == Status.LOST_PENDING:
        return (title, *_why(loss))
    alone = _("Confirmed by who recorded it: nobody else here may.") if loss.alone else ""
    return title, loss.comment, alone


def _why(loss: LostRecord) -> list[str]:
    car = f"{loss.brand} {loss.model}".strip()
    bought = _("Bought %(car)s.") % {"car": car} if car else ""
    late = _("Recorded late.") if loss.late else ""
    return [str(loss.reason), bought, loss.opinion, late]
