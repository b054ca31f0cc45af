"""The car shown round: six positions, five aspects by priority, the brochure (SPEC 9)."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.prepared import Prepared
from accounts.sql import insert, update
from leads.acts import acting
from leads.intake import add_interest, interests_of
from leads.machine import EvidenceKind
from leads.models import CarModel, Lead, Term
from leads.moves import record_evidence

from .models import NeedsReport, Walkaround
from .serving import served_lead, todays_visit
from .step_signals import WALKAROUND
from .walk_positions import ASPECTS, by_priority, positions

MOST_FEATURES = 60
KEPT = ("car_model", "positions", "aspects", "features", "focus", "brochure_given", "drive_wanted", "signals")


@dataclass(frozen=True)
class Shown:
    """What the walkaround sheet holds; codes of positions, aspects and signals."""

    car_model: CarModel | None = None
    positions: Sequence[str] = ()
    aspects: Sequence[str] = ()
    features: Sequence[str] = ()  # equipment ticked in the brochure, as written
    focus: str = ""
    brochure_given: bool | None = None
    drive_wanted: bool | None = None
    signals: Sequence[str] = ()


def aspects_for(lead: Lead) -> list[str]:
    """The five aspects in the order the customer cares for them (SPEC PROD-03)."""
    return by_priority(next(iter(_priorities(lead=lead.pk)), ()))


@Prepared
def _priorities(*, lead: int) -> QuerySet:
    reports = NeedsReport.objects.filter(lead=lead, replaced_at=None)
    return reports.order_by("pk").values_list("priorities", flat=True)[:1]


def todays_walkaround(lead: Lead, *, now: dt.datetime) -> Walkaround | None:
    """The walkaround of this store day: it is carried on, not begun twice."""
    since = lead.store.start_of_day(lead.store.business_date(now))
    return _newest.first(lead=lead.pk, since=since, until=now)


@Prepared
def _newest(*, lead: int, since: dt.datetime, until: dt.datetime) -> QuerySet:
    return Walkaround.objects.filter(lead=lead, at__range=(since, until)).order_by("-at", "-id")[:1]


@transaction.atomic
def keep_walkaround(
    lead_id: int,
    shown: Shown,
    *,
    by,
    at: dt.datetime,
    check: Callable[[Walkaround | None], None] | None = None,
) -> Walkaround:
    """Keep what was shown today; the lead is at the walkaround (SPEC PROD-01, PROD-05, PROD-06, T08).

    `check` is asked under lock with today's row or None before anything is written; it may refuse.
    Refused: nothing shown, a position that the store does not have, fewer than all of them without a
    word on the focus, and at the end whether the brochure was given. NotAllowed: who does not serve.
    """
    lead = served_lead(lead_id, by=by, now=at)
    _check(lead, shown)
    row = todays_walkaround(lead, now=at)
    if check:
        check(row)
    row = row or Walkaround(lead=lead, visit=todays_visit(lead, now=at), at=at, by=by, recorded_at=at)
    row.car_model, row.focus = shown.car_model, shown.focus.strip()
    row.positions, row.aspects = list(shown.positions), [code for code in ASPECTS if code in shown.aspects]
    row.features = [text.strip() for text in shown.features if text.strip()]
    row.brochure_given, row.drive_wanted = shown.brochure_given, shown.drive_wanted
    row.signals = [signal.code for signal in WALKAROUND if signal.code in shown.signals]
    _write(row)
    _interest(lead, shown.car_model)
    with acting(lead):
        proof = {"ref_kind": "walkaround", "ref_id": row.pk}
        record_evidence(lead, EvidenceKind.WALKAROUND, **proof, by=by, at=row.at, recorded_at=at)
    return row


def _write(row: Walkaround) -> None:
    if row.pk is None:
        insert(row)
        return
    row.version += 1
    update(row, [*KEPT, "version"])


def _check(lead: Lead, shown: Shown) -> None:
    known = {term.code for term in positions(lead.store)}
    if not shown.positions:
        raise Refused(_("Tap what you have shown."), field="positions")
    if set(shown.positions) - known:
        raise Refused(_("This position is no longer on the list. Load the page again."), field="positions")
    if len(shown.features) > MOST_FEATURES:
        raise Refused(_("Too many: sixty pieces of equipment at most."), field="features")
    if set(shown.positions) < known and not shown.focus.strip():
        raise Refused(_("Not all the way round: tap what you kept to."), field="focus")
    if shown.brochure_given is None:
        raise Refused(_("Tap whether the brochure was given."), field="brochure_given")


def _interest(lead: Lead, car_model: CarModel | None) -> None:
    known = interests_of(lead) if car_model else []
    if car_model and car_model.pk not in known:
        add_interest(lead, car_model, rank=len(known) + 1)


def is_complete(row: Walkaround, terms: Sequence[Term]) -> bool:
    """Whether every position of the store was shown (SPEC PROD-01: 6 of 6)."""
    return {term.code for term in terms} <= set(row.positions)
