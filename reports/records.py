"""The lists behind the numbers: leads of the funnel, and what people did, line by line (UX law 6)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Store, User
from accounts.rules import setting
from followups.models import Appointment
from followups.outcomes import Outcome
from leads.list_columns import read
from leads.list_rows import Row as LeadRow
from leads.list_rows import rows_of as lead_rows
from leads.masking import mask_name
from leads.models import Grade, Lead, LeadEvent
from leads.models.leads import Status
from leads.models.log import EventKind
from leads.steps import Step, step_label
from showroom.models import Call, Visit

from . import facts
from .scope import Scope
from .work_sql import Work

PAGE = 50
MOST = 1_000


@dataclass(frozen=True)
class Line:
    """One row: when, what, whose customer; `url` is empty where the reader may not open the card."""

    at: dt.datetime
    what: str
    name: str
    url: str


def shown(asked: str) -> int:
    """How many rows the reader asked for."""
    return min(max(int(asked), PAGE), MOST) if asked.isdecimal() and len(asked) < 6 else PAGE


def visible_ids(leads: set[int], user: User, *, now: dt.datetime) -> set[int]:
    """Which of some leads a person may open (SPEC A71); the others are shown masked."""
    seen = Lead.objects.visible_to(user, now=now).filter(pk__in=leads)
    return set(seen.values_list("pk", flat=True))


# --- leads ------------------------------------------------------------------------------------


def leads_page(leads: QuerySet, store: Store, user: User, *, size: int, now: dt.datetime) -> list[LeadRow]:
    """The newest leads of a number; a colleague's by surname only (SPEC A72)."""
    listed = read(list(leads.order_by("-pk").values_list("pk", flat=True)[:size]))
    seen = visible_ids({lead.pk for lead in listed}, user, now=now)
    rows = lead_rows(listed, store, today=store.business_date(now))
    for lead, row in zip(listed, rows, strict=True):
        if lead.pk not in seen:
            row |= {"url": "", "name": mask_name(row["name"]), "phone": "", "model": "", "channel": ""}
    return rows


# --- records ----------------------------------------------------------------------------------

WITH_LEAD = ("lead", "lead__customer", "lead__store")


def rows_page(fact: facts.Fact, scope: Scope, *, size: int) -> list:
    """The newest rows of a fact, their leads with them."""
    rows = facts.rows_of(fact, scope).order_by(f"-{fact.base.moment}", "-pk")
    return list(rows.select_related(*(("customer",) if fact.base is facts.CARDS else WITH_LEAD))[:size])


class Teller:
    """Says in the reader's language what a row is."""

    def __init__(self, store: Store):
        self.labels = setting(store, "step_labels")
        self.card = reverse("leads:card", args=["0"]).replace("0", "%s")

    def line(self, row, seen: set[int]) -> Line:
        lead = row if isinstance(row, Lead) else row.lead
        name, url = _("Without a number"), ""
        if lead:
            opens = lead.pk in seen
            known = lead.customer.name or lead.number
            name = known if opens else mask_name(lead.customer.name) or _("A colleague's customer")
            url = reverse("leads:card", args=[lead.number]) if opens else ""
        return Line(moment_of(row), self.what(row), name, url)

    def work(self, work: Work, seen: set[int]) -> Line:
        """A line of the day; a colleague's customer by surname only (SPEC A72)."""
        if work.lead_id is None:
            return Line(work.at, self.of_work(work), _("Without a number"), "")
        opens = work.lead_id in seen
        name = (work.name or work.number) if opens else mask_name(work.name) or _("A colleague's customer")
        url = self.card % work.number if opens else ""
        return Line(work.at, self.of_work(work), name, url)

    def of_work(self, work: Work) -> str:
        return _label(Visit.Kind, work.to_value) if work.kind == EventKind.VISIT else self.event(work)

    def what(self, row) -> str:
        match row:
            case Visit():
                return str(Visit.Kind(row.kind_then).label)
            case Call():
                return _("Call taken")
            case Appointment():
                return str(row.get_kind_display())
            case Lead():
                return _("Card opened")
        return self.event(row)

    def event(self, event: LeadEvent | Work) -> str:
        match event.kind:
            case EventKind.CONTACT:
                return _label(Outcome, event.to_value)
            case EventKind.GRADE:
                return self.grade(event)
            case EventKind.STEP:
                step = Step.__members__.get(event.to_value.upper())
                return f"{int(step)} {step_label(step, self.labels)}" if step else event.to_value
        return _label(Status, event.to_value)

    @staticmethod
    def grade(event: LeadEvent | Work) -> str:
        named = {"before": _label(Grade, event.from_value), "after": _label(Grade, event.to_value)}
        first = event.from_value == Grade.NONE
        return (_("Grade %(after)s") if first else _("Grade %(before)s → %(after)s")) % named


def moment_of(row) -> dt.datetime:
    match row:
        case Visit():
            return row.arrived_at
        case Lead():
            return row.customer.card_opened_at
    return row.at


def lead_ids(rows: list) -> set[int]:
    return {row.pk if isinstance(row, Lead) else row.lead_id for row in rows} - {None}


def _label(choices, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value
