"""Two cards side by side, before they are merged."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from accounts.date_words import full_day
from accounts.templatetags.look import grade_name

from . import card as cards
from .models import Lead


def compare(left: Lead, right: Lead) -> list[tuple[str, str, str, bool]]:
    """Label, both values in the reader's language, and whether they differ; what both lack is left out."""
    rows = [(str(label), read(left), read(right)) for label, read in FACTS.items()]
    return [(label, one, other, one != other) for label, one, other in rows if one or other]


def _day(name: str) -> Callable[[Lead], str]:
    def read(lead: Lead) -> str:
        moment = getattr(lead, name)
        return full_day(lead.store.business_date(moment)) if moment else ""

    return read


FACTS: dict[object, Callable[[Lead], str]] = {
    _("Name"): lambda lead: lead.customer.name,
    _("Phone"): cards.masked_phone,
    _("Owner"): lambda lead: lead.owner.full_name if lead.owner else str(_("in the pool")),
    _("Grade"): lambda lead: str(grade_name(lead.grade)),
    _("Step"): lambda lead: f"{lead.step} {cards.name_of(lead)}",
    _("Status"): lambda lead: str(lead.get_status_display()),
    _("First known"): _day("arrived_at"),
    _("Last visit"): _day("last_visit_at"),
    _("Last contact"): _day("last_contact_at"),
    _("Drives now"): lambda lead: lead.customer.current_car,
    _("Lives at"): lambda lead: lead.customer.address,
    _("Occupation"): lambda lead: lead.customer.occupation,
    _("Family"): lambda lead: lead.customer.family,
    _("Likes"): lambda lead: lead.customer.hobbies,
}
