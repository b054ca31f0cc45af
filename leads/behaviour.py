"""How a customer talks, and how to answer: for the consultant's eyes only (SPEC TYPE-01 to 03)."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.devices import TABLET, TABLET_COOKIE
from accounts.rules import setting

from .models import Customer, Lead

PLAY = {
    Customer.Behaviour.DOMINANT: _("Be short and to the point, offer a choice, let them decide."),
    Customer.Behaviour.ANALYTICAL: _("Bring facts and figures on paper, answer in detail, give time."),
    Customer.Behaviour.SOCIAL: _("Talk about people and everyday use, be warm, tell of other owners."),
}
LOW, HIGH = Customer.Level.LOW, Customer.Level.HIGH
# Product knowledge and willingness: the situation, and the style that answers it.
STYLES = {
    (LOW, LOW): ("R1", "S1", _("high traditional, low consultative")),
    (LOW, HIGH): ("R2", "S2", _("high traditional, high consultative")),
    (HIGH, LOW): ("R3", "S3", _("low traditional, low consultative")),
    (HIGH, HIGH): ("R4", "S4", _("low traditional, high consultative")),
}


@dataclass(frozen=True)
class Hints:
    """What the card says beside the facts; empty words where nobody has said anything."""

    behaviour: str
    play: str
    situation: str
    style: str
    style_words: str


def may_show(request: HttpRequest, lead: Lead) -> bool:
    """Only where the store wants it, and never on a tablet that customers see (SPEC TYPE-03)."""
    shared = TABLET in request.session or TABLET_COOKIE in request.COOKIES
    return bool(setting(lead.store, "behaviour_types")) and not shared


def hints(request: HttpRequest, lead: Lead) -> Hints | None:
    """The hints of a customer; None where they may not be shown or nothing is known."""
    customer = lead.customer
    style = STYLES.get((customer.product_knowledge, customer.willingness))
    if not may_show(request, lead) or not (customer.behaviour or style):
        return None
    situation, code, words = style or ("", "", "")
    return Hints(
        behaviour=customer.get_behaviour_display() if customer.behaviour else "",
        play=str(PLAY.get(customer.behaviour, "")),
        situation=situation,
        style=code,
        style_words=str(words),
    )
