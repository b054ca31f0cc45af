"""What the floor shows on the customer card: visits, and the one that still has to end."""

from functools import partial

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.prepared import Prepared
from leads.answers import undo_address
from leads.models import Lead
from leads.models.leads import past_of
from leads.protection import phone_only_ends_on
from leads.timeline import VISITS, Entry, TimelineItem, ended, enough, sentences, shown

from .closing import may_close
from .models import Visit
from .proposing import proposal
from .signals import SIGNALS


def card(request, lead: Lead) -> dict:
    """CARD_PANELS: the visits of a lead, and the way to close the one that is open."""
    visits = _visits(enough(shown(request)), lead.has_folded, lead=lead.pk)
    unfinished = next((visit for visit in visits if needs_closing(visit)), None)
    closable = unfinished and may_close(unfinished, owner_id=lead.owner_id, by=request.user)
    ends_on = phone_only_ends_on(lead)
    phone_only = "showroom/_card_phone_only.html" if ends_on else None
    today = lead.store.business_date(request.now)
    return {
        "template": "showroom/_card_open_visit.html" if closable else phone_only,
        "context": {"visit": unfinished, "store": lead.store, "ends_on": ends_on, "today": today}
        | {"proposal": proposal(lead, unfinished)},
        "timeline": [
            Entry(visit.arrived_at, VISITS, partial(_item, visit), _undo_url(visit, lead, request))
            for visit in visits
        ],
        "place": "top",
    }


@Prepared
def _visits(limit: int, has_folded: bool, *, lead: int) -> QuerySet:
    mine = Visit.objects.filter(lead__in=past_of(lead, has_folded), voided_at=None)
    return mine.select_related("store", "receiver", "car_model").order_by("-arrived_at", "-id")[:limit]


def needs_closing(visit: Visit) -> bool:
    """Still in the house, or closed by the night in somebody's stead."""
    return not visit.completed and visit.source == "screen"


def _undo_url(visit: Visit, lead: Lead, request) -> str:
    """Where the reader takes back the closing he did today; empty for every other (SPEC A74)."""
    if not visit.completed or visit.closed_by_id != request.user.pk:
        return ""
    today = visit.store.business_date(request.now) == visit.store.business_date(visit.closed_at)
    return undo_address("showroom:undo_closing", visit.pk, lead.number) if today else ""


def _item(visit: Visit) -> TimelineItem:
    title = str(visit.get_kind_display())
    if visit.persons > 1:
        count = ngettext("%(persons)s person", "%(persons)s persons", visit.persons) % {
            "persons": visit.persons
        }
        title = f"{title} · {count}"
    return TimelineItem(
        at=visit.arrived_at,
        icon="door-enter",
        title=title,
        text=_said(visit),
        tags=tuple(_tags(visit)),
        soft=True,
    )


def _said(visit: Visit) -> str:
    received = _("Received by %(name)s.") % {"name": visit.receiver.full_name} if visit.receiver else ""
    stayed = _stayed(visit)
    car = _("Saw %(car)s.") % {"car": visit.car_model} if visit.car_model else ""
    signals = [str(SIGNALS[code]) for code in visit.hot_signals if code in SIGNALS]
    noticed = ended(pgettext("between signals", ", ").join(signals)) if signals else ""
    met = _("A manager met the customer.") if visit.manager_met_at else ""
    return sentences(received, stayed, car, noticed, met, visit.remark)


def _stayed(visit: Visit) -> str:
    if visit.left_at is None or not visit.completed or visit.left_at == visit.arrived_at:
        return ""
    minutes = int((visit.left_at - visit.arrived_at).total_seconds() // 60)
    return ngettext("Stayed %(minutes)s minute.", "Stayed %(minutes)s minutes.", minutes) % {
        "minutes": minutes
    }


def _tags(visit: Visit):
    if visit.courtesy:
        yield ("", _("courtesy"))
    if visit.left_at is None and not visit.completed:
        yield ("soft", _("in the house"))
    elif not visit.completed:
        yield ("warn", _("not completed"))
