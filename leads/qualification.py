"""Whether somebody is a prospect: need, means and say (SPEC DEV-05)."""

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from .models import Lead


class Prospect(TextChoices):
    KEY = "key", _("Key prospect")
    PROSPECT = "prospect", _("Prospect, not key")
    NOT = "not", _("Not a prospect")
    OPEN = "open", _("Not asked yet")


NEEDS_AND_PAYS = Q(has_need=True, has_means=True)
NEITHER = Q(has_need=False) | Q(has_means=False)
FITS = {
    Prospect.KEY: NEEDS_AND_PAYS & Q(has_say=True),
    Prospect.PROSPECT: NEEDS_AND_PAYS & Q(has_say=False),
    Prospect.NOT: NEITHER,
    Prospect.OPEN: ~NEITHER & (Q(has_need=None) | Q(has_means=None) | Q(has_say=None)),
}


def prospect(lead: Lead) -> Prospect:
    """All three make a key prospect, need and means alone a prospect, less than these two none.

    Open while an answer is missing that would decide it.
    """
    if lead.has_need is False or lead.has_means is False:
        return Prospect.NOT
    if None in (lead.has_need, lead.has_means, lead.has_say):
        return Prospect.OPEN
    return Prospect.KEY if lead.has_say else Prospect.PROSPECT
