"""What happened on the floor, on the customer card: one statement for all of it (CARD_PANELS)."""

import datetime as dt
import json
from dataclasses import dataclass

from django.db.models import CharField, Exists, F, IntegerField, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.prepared import Prepared
from accounts.roles import LOGGING
from accounts.rules import setting
from followups.models import Contact
from leads.access import works_as_own
from leads.models import Grade, Lead
from leads.models.leads import past_of
from leads.models.terms import in_reader_language
from leads.timeline import enough, shown

from .floor_words import entry_of
from .models import (
    Booking,
    Call,
    Companion,
    Concession,
    NeedsReport,
    Objection,
    PriceTalk,
    Recommendation,
    Walkaround,
)

FACT, ENTRY = 1, 0  # facts come whatever the length of the history
MOST_FACTS = 30
LISTS = ("signals", "positions", "ratings")


@dataclass(frozen=True)
class Row:
    """One row of the union: what it is, when (UTC), and its columns as JSON."""

    rank: int
    kind: str
    at: dt.datetime
    said: dict

    @property
    def car(self) -> str:
        """The model's name in the reader's language; "" for none."""
        return in_reader_language(self.said.get("en") or "", self.said.get("zh") or "")

    def moment(self, name: str) -> dt.datetime | None:
        """A time of its columns, in UTC."""
        return moment(self.said[name]) if self.said[name] else None


def card(request, lead: Lead) -> dict:
    """Calls, needs, walkarounds, drives, price talks, objections, requests; companions, the next booking."""
    found = _floor(enough(shown(request)) + MOST_FACTS, lead.has_folded, lead=lead.pk)
    rows = [Row(rank, kind, moment(at), _opened(said)) for rank, kind, at, said in found]
    minutes = setting(lead.store, "valid_drive_minutes")
    open_ones = sum(row.kind == "objection" and row.rank == FACT for row in rows)
    facts = _facts(rows, lead, now=request.now)
    today = lead.store.business_date(request.now)
    words = {"minutes": minutes, "currency": lead.store.currency, "now": request.now}
    return {
        "template": "showroom/_card_floor.html" if any(facts.values()) else None,
        "context": facts
        | {"lead": lead, "store": lead.store, "today": today, "plans": _plans(request, lead)},
        "timeline": [entry for row in rows if (entry := entry_of(row, **words))],
        "tags": _tags(lead, open_ones),
        "place": "facts",
    }


def _plans(request, lead: Lead) -> bool:
    """Whether the booking opens for the reader."""
    return works_as_own(lead, request.user) and bool(request.user.roles_in(lead.store) & set(LOGGING))


def _tags(lead: Lead, open_ones: int) -> list[tuple[str, str]]:
    """How many obstacles stand between a hot customer and the deal (SPEC NEGO-12)."""
    if lead.grade != Grade.H or not open_ones:
        return []
    words = ngettext("%(number)s open objection", "%(number)s open objections", open_ones)
    return [("warn", words % {"number": open_ones})]


# --- one statement ------------------------------------------------------------------------


@Prepared
def _floor(limit: int, has_folded: bool, *, lead: int) -> QuerySet:
    mine = {"lead__in": past_of(lead, has_folded)}
    reports = NeedsReport.objects.filter(**mine)
    begun = reports.exclude(finished_at=F("begun_at"))  # declined at once: one entry
    objections = Objection.objects.filter(**mine)
    standing = Recommendation.objects.filter(report__lead=lead, report__replaced_at=None)
    sources = [
        _source("needs_begun", begun, "begun_at", name="begun_by__full_name"),
        _source(
            "needs_ended", reports.exclude(finished_at=None), "finished_at",
            state="state", summary="summary", name="begun_by__full_name",
        ),
        _source(
            "walkaround", Walkaround.objects.filter(**mine), "at",
            en="car_model__name_en", zh="car_model__name_zh", positions="positions", focus="focus",
            brochure="brochure_given", wants="drive_wanted", signals="signals", name="by__full_name",
        ),
        _source("drive", Booking.objects.filter(**mine), "starts_at", **DRIVE),
        _source(
            "talk", PriceTalk.objects.filter(**mine), "at",
            acceptance="acceptance", decision="decision", resistance="resistance", aspect="aspect",
            signals="signals", name="by__full_name",
        ),
        _source("objection", objections.exclude(solved_at=None), "at", **OBJECTION),
        _source("objection", objections.filter(solved_at=None), "at", rank=FACT, **OBJECTION),
        _source("call", _calls(mine), "at", **CALL),
        _source("concession", Concession.objects.filter(**mine), "at", **CONCESSION),
        _source("companion", Companion.objects.filter(lead=lead, gone_at=None), "lead__created_at", rank=FACT,
                name="name", relation="relation", decides="decides"),
        _source("model", standing, "report__begun_at", rank=FACT, place="rank",
                en="car_model__name_en", zh="car_model__name_zh"),
    ]  # fmt: skip
    return sources[0].union(*sources[1:], all=True).order_by("-rank_", "-at_")[:limit]


DRIVE = {
    "pk": "pk", "state": "state", "en": "car__car_model__name_en", "zh": "car__car_model__name_zh",
    "ride": "drive__ride_started_at", "wheel": "drive__drive_started_at", "ended": "drive__ended_at",
    "signed": "drive__signed_at", "driver": "drive__driver_name", "ratings": "drive__ratings",
    "overall": "drive__overall", "declined": "drive__feedback_declined", "signals": "drive__signals",
    "comment": "drive__comment", "name": "consultant__full_name", "reason": "reason",
}  # fmt: skip
OBJECTION = {
    "cause": "cause", "obstacle": "obstacle", "technique": "technique", "text": "text",
    "solved": "solved_at", "name": "by__full_name",
}  # fmt: skip
CALL = {
    "en": "car_model__name_en", "zh": "car_model__name_zh", "remark": "remark",
    "name": "receiver__full_name",
}  # fmt: skip
CONCESSION = {
    "kind": "kind", "asked": "asked", "answer": "answer", "text": "answer_text", "name": "by__full_name",
    "answerer": "answered_by__full_name", "amount": Cast("amount", CharField()),
}  # fmt: skip


def _calls(mine: dict) -> QuerySet:
    """The calls that no contact of the same moment tells of already."""
    talk = Contact.objects.filter(lead=OuterRef("lead"), at=OuterRef("at"), direction=Contact.Direction.IN)
    return Call.objects.filter(**mine, voided_at=None).exclude(Exists(talk))


def _source(kind: str, rows: QuerySet, when: str, /, *, rank: int = ENTRY, **columns) -> QuerySet:
    columns_of = rows.order_by().annotate(
        rank_=Value(rank, output_field=IntegerField()),
        kind_=Value(kind, output_field=CharField()),
        at_=F(when),
        said_=JSONObject(**columns),
    )
    return columns_of.values_list("rank_", "kind_", "at_", "said_")


def moment(value: dt.datetime | str) -> dt.datetime:
    """A time of the union; SQLite says no zone."""
    at = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _opened(said: dict) -> dict:
    """SQLite hands lists out as text."""
    return {
        name: json.loads(value) if name in LISTS and isinstance(value, str) else value
        for name, value in said.items()
    }


# --- what stands beside the timeline ------------------------------------------------------


def _facts(rows: list[Row], lead: Lead, *, now: dt.datetime) -> dict:
    """Who came along, the decider first; the models recommended, best first; the next booking."""
    companions = [row.said for row in rows if row.kind == "companion"]
    models = sorted((row for row in rows if row.kind == "model"), key=lambda row: row.said["place"])
    planned = [row for row in rows if row.kind == "drive" and row.said["state"] == Booking.State.PLANNED]
    return {
        "companions": [_who(said) for said in sorted(companions, key=lambda said: not said["decides"])],
        "decider": next((_who(said) for said in companions if said["decides"]), ""),
        "recommended": [row.car for row in models],
        "booking": min((row for row in planned if row.at >= now), key=lambda row: row.at, default=None),
    }


def _who(said: dict) -> str:
    relation = str(Companion.Relation(said["relation"]).label)
    if not said["name"]:
        return relation
    return _("%(name)s (%(relation)s)") % {"name": said["name"], "relation": relation}
