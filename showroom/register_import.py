"""A walk-in register that was kept on paper or in a sheet, read into the store (SPEC A58, A60, A73).

Rows are written in file order, by the verb that writes an arrival: the first row of a number that
is no courtesy makes its receiver the owner, whether the rows of a day stand in order of time or
not. When all rows are in, each lead is taken over as a whole: the highest step, the grade of its
latest visit, and a date in the catch-up.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.counters import take
from accounts.errors import Refused
from accounts.rules import setting
from accounts.sql import insert_unless_there
from followups.cadence import open_day_after
from followups.catch_up import chunks, lock_leads, start_catch_up
from leads.grades import choose_grade, grade_in_use, suggest
from leads.identity import customer_counter
from leads.importing import ImportKind, Line
from leads.machine import PROVES, EvidenceKind
from leads.models import (
    ContactPoint,
    Customer,
    CustomerLink,
    Evidence,
    Grade,
    ImportRow,
    Lead,
    LeadEvent,
    Term,
)
from leads.models.log import EventKind, Source
from leads.moves import adopt
from leads.phones import Phone, mask, read_phone
from leads.register_rows import COLUMNS, RegisterRow, parse_register_row
from leads.text import folded
from leads.written_names import WrittenNames

from .models import Visit
from .visits import Arrival, log_visit

LONGEST = {
    name: Visit._meta.get_field(name).max_length for name in ("phone_text", "remark", "written_serial")
}


@dataclass
class Taken:
    """A lead that rows of this file speak of: as it stands now, what they prove, its latest visit."""

    lead: Lead
    visit: Visit
    row: RegisterRow
    evidence: list[Evidence] = field(default_factory=list)


class RegisterImport(ImportKind):
    """Rows of a walk-in register (来店登记表)."""

    code = "register"
    label = gettext_lazy("Walk-in register")
    columns = COLUMNS

    def __init__(self, store, *, as_of: dt.date, now: dt.datetime, by=None):
        super().__init__(store, as_of=as_of, now=now, by=by)
        self.names: WrittenNames | None = None
        self.known_customers: set[int] = set()
        self.known_leads: set[int] = set()
        self.customers: set[int] = set()
        self.taken: dict[int, Taken] = {}
        self.spouses_linked: list[int] = []
        self.spouses_open: list[int] = []

    # --- one row -----------------------------------------------------------------------

    def read(self, cells: Mapping[str, str]) -> RegisterRow:
        row = parse_register_row(cells, as_of=self.as_of)
        for name in ("phone_text", "remark"):
            if len(getattr(row, name)) > LONGEST[name]:
                raise Refused(_("Too long: {limit} characters at most.").format(limit=LONGEST[name]))
        return row

    def identity(self, row: RegisterRow) -> tuple[str, ...]:
        phone = self._phone(row)
        number = phone.value if phone else folded(row.phone_text)
        return row.on.isoformat(), f"{row.arrived:%H:%M}" if row.arrived else "", row.name, number

    def as_shown(self, row: RegisterRow) -> dict[str, object]:
        phone, named = self._phone(row), bool(row.name)
        written = grade_in_use(self.store, row.grade) if row.grade and named else ""
        days, models = row.horizon_days, bool(row.model)
        grade = written or suggest(self.store, horizon_days=days, models=models, named=named).grade
        return {
            "on": row.on,
            "arrived": f"{row.arrived:%H:%M}" if row.arrived else "",
            "name": row.name,
            "phone": mask(phone.value if phone else row.phone_text),
            "model": row.model,
            "grade": grade if phone and grade != Grade.NONE else "",
            "consultant": row.consultant,
        }

    def begin(self, rows: list[RegisterRow]) -> None:
        """Lock in the order of everybody: the group's customer numbers, then the known leads by id."""
        take(customer_counter(self.store, 0))
        self.names = WrittenNames(self.store, on=self.as_of)
        values = {phone.value for row in rows if (phone := self._phone(row))}
        for some in chunks(sorted(values)):
            points = ContactPoint.objects.filter(
                group=self.store.group_id,
                kind=ContactPoint.Kind.PHONE,
                value__in=some,
                shared=False,
                ended_at=None,
            )
            self.known_customers.update(points.values_list("customer_id", flat=True))
        leads = set()
        for some in chunks(sorted(self.known_customers)):
            leads.update(
                Lead.objects.filter(store=self.store, customer__in=some).values_list("pk", flat=True)
            )
        for some in chunks(sorted(leads)):
            self.known_leads.update(lock_leads(some))

    def write(self, lines: list[Line]) -> None:
        (line,) = lines
        row: RegisterRow = line.row
        arrived_at = self.store.at_local(row.on, row.arrived or row.left or dt.time())
        visit, _created = log_visit(
            self.store,
            self._arrival(row, arrived_at),
            receiver=self.names.person(row.consultant),
            by=self.by,
            at=arrived_at,
            now=self.now,
            source=Source.IMPORT,
        )
        if visit.lead_id:
            self._take(visit, row)
            if row.spouse_name:
                self._link(visit.customer, row.spouse_name, line.number)
        line.outcome, line.ref = ImportRow.Outcome.CREATED, visit.pk

    def taken_back(self) -> None:
        self.names.reload()

    def _phone(self, row: RegisterRow) -> Phone | None:
        return read_phone(row.phone_text, country=self.store.country, store_code=self.store.code)

    def _arrival(self, row: RegisterRow, arrived_at: dt.datetime) -> Arrival:
        return Arrival(
            phone_text=row.phone_text,
            name=row.name,
            persons=row.persons,
            car_model=self.names.car_model(row.model),
            channel=self.names.term(Term.List.CHANNEL, row.channel),
            area=self.names.term(Term.List.AREA, row.area),
            remark=row.remark,
            courtesy=row.courtesy,
            written_serial=row.number_text[: LONGEST["written_serial"]],
            left_at=self.store.at_local(row.on, row.left) if row.left else arrived_at,
            returning=row.courtesy or row.first is False,
            horizon_days=row.horizon_days,
            grade_written=row.grade,
        )

    def _take(self, visit: Visit, row: RegisterRow) -> None:
        self.customers.add(visit.customer_id)
        taken = self.taken.setdefault(visit.lead_id, Taken(visit.lead, visit, row))
        taken.lead = visit.lead
        if visit.arrived_at >= taken.visit.arrived_at:
            taken.visit, taken.row = visit, row
        kinds = [EvidenceKind.DRIVE_STARTED] * row.drove + [EvidenceKind.QUOTE] * row.quoted
        taken.evidence += [
            Evidence(
                lead=visit.lead,
                kind=kind,
                at=visit.arrived_at,
                by=visit.receiver,
                ref_kind="visit",
                ref_id=visit.pk,
                source=Source.IMPORT,
            )
            for kind in kinds
        ]

    def _link(self, customer: Customer, name: str, number: int) -> None:
        """Tie husband and wife together when only one earlier customer can be meant, else list the line."""
        found = Customer.objects.filter(group=self.store.group_id, name=name, merged_into=None)
        others = list(found.exclude(pk=customer.pk).values_list("pk", flat=True)[:2])
        if len(others) != 1:
            self.spouses_open.append(number)
            return
        one, other = sorted([customer.pk, others[0]])
        insert_unless_there(CustomerLink(one_id=one, other_id=other, relation=CustomerLink.Relation.SPOUSE))
        self.spouses_linked.append(number)

    # --- all rows are in ---------------------------------------------------------------

    def finish(self) -> tuple[dict, dict]:
        dated = []
        for some in chunks(sorted(self.taken)):
            models = Lead.objects.filter(pk__in=some).annotate(models=Count("interests"))
            count = dict(models.values_list("pk", "models"))
            dated += [pk for pk in some if self._take_over(self.taken[pk], models=count[pk])]
        start_catch_up(self.store, dated, on=self.as_of)
        facts = {
            "customers": len(self.customers - self.known_customers),
            "leads": len(self.taken.keys() - self.known_leads),
            "staff_created": self.names.staff_created,
        }
        return facts, {"spouses_linked": self.spouses_linked, "spouses_open": self.spouses_open}

    def _take_over(self, taken: Taken, *, models: int) -> bool:
        """Bring a lead to the step and grade its rows show; True when they also date it."""
        lead = taken.lead
        lead.store = self.store
        decides = lead.is_active and not self._newer_known(lead, taken.visit)
        if decides and lead.grade != Grade.O:
            self._grade(lead, taken.visit, taken.row, models=models)
        if taken.evidence:
            self._adopt(lead, taken.evidence)
        if decides:
            self._open_day_after(lead, taken.visit)
        return decides

    def _adopt(self, lead: Lead, evidence: list[Evidence]) -> None:
        step = max(PROVES[row.kind] for row in evidence)
        reached_at = min(row.at for row in evidence if PROVES[row.kind] == step)
        adopt(lead, step, evidence, by=self.by, at=reached_at, recorded_at=self.now)

    def _newer_known(self, lead: Lead, visit: Visit) -> bool:
        """Whether a later visit or contact, or a grade set by hand, stands over this visit."""
        if lead.pk not in self.known_leads:
            return False
        if visit.arrived_at < max(filter(None, (lead.last_visit_at, lead.last_contact_at))):
            return True
        by_hand = LeadEvent.objects.filter(lead=lead, kind=EventKind.GRADE, source=Source.SCREEN)
        return by_hand.filter(at__gt=visit.arrived_at).exists()

    def _grade(self, lead: Lead, visit: Visit, row: RegisterRow, *, models: int) -> None:
        """The written grade, else the suggestion of the written horizon as of the visit day."""
        days, named = row.horizon_days, bool(lead.customer.name)
        suggestion = suggest(self.store, horizon_days=days, models=models, named=named)
        written = grade_in_use(self.store, row.grade) if row.grade and named else ""
        lead.expected_on = visit.on + dt.timedelta(days=days) if days is not None else None
        choose_grade(
            lead,
            written or suggestion.grade,
            by=self.by,
            at=visit.arrived_at,
            recorded_at=self.now,
            suggestion=suggestion,
            reason="imported" if written else "",
            source=Source.IMPORT,
        )

    def _open_day_after(self, lead: Lead, visit: Visit) -> None:
        """The 24-hour task, when its time lies after the import day; older ones went unkept long ago."""
        due_at = visit.left_at + dt.timedelta(hours=setting(self.store, "follow_up_hours"))
        if due_at > self.store.end_of_day(self.as_of):
            open_day_after(lead, what="visit", ref_id=visit.pk, ended_at=visit.left_at)
