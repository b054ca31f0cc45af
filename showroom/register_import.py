"""A walk-in register that was kept on paper or in a sheet, read into the store (SPEC A58, A60, A73).

Rows are written in file order, by the verb that writes an arrival: the first row of a number that
is no courtesy makes its receiver the owner, whether the rows of a day stand in order of time or
not. When all rows are in, each lead is taken over as a whole: the highest step, the grade of its
latest visit, and a date in the catch-up; what its rows said is read from the copies of the run.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.counters import take
from accounts.errors import Refused
from accounts.sql import insert_unless_there
from followups.catch_up import lock_leads, protect, start_catch_up
from followups.models import Task
from followups.timers import day_after
from leads.bulk import customers_by_number
from leads.grades import choose_grade, grade_in_use, suggest
from leads.identity import customer_counter
from leads.importing import Line, NamingKind
from leads.machine import PROVES, EvidenceKind
from leads.models import (
    Customer,
    CustomerLink,
    Evidence,
    Grade,
    Import,
    ImportRow,
    Lead,
    LeadEvent,
    Term,
)
from leads.models.log import EventKind, Source
from leads.moves import adopt
from leads.phones import Phone, mask, read_phone
from leads.register_rows import COLUMNS, RegisterRow, parse_register_row
from leads.steps import Step
from leads.text import folded

from .models import Visit
from .visits import Arrival, log_visit

LONGEST = {
    name: Visit._meta.get_field(name).max_length for name in ("phone_text", "remark", "written_serial")
}


SETTLED_AT_ONCE = 50  # leads of one transaction


@dataclass
class Taken:
    """A lead that rows of this file speak of: what they prove, and its latest visit."""

    lead: Lead
    visit: Visit
    row: RegisterRow
    evidence: list[Evidence]
    is_new: bool  # this file opened it
    models: int


class RegisterImport(NamingKind):
    """Rows of a walk-in register (来店登记表)."""

    code = "register"
    label = gettext_lazy("Walk-in register")
    columns = COLUMNS
    chunk = 10  # a visit is written by a dozen statements

    def __init__(self, store, *, as_of: dt.date, now: dt.datetime, by=None):
        super().__init__(store, as_of=as_of, now=now, by=by)
        self.known: dict[str, Customer] = {}  # by number, of the rows at hand
        self.with_lead: set[int] = set()
        self.met: set[str] = set()  # numbers that this file made customers of
        self.opened: set[str] = set()  # numbers that this file opened leads of
        self.spouses_linked: list[int] = []
        self.spouses_open: list[int] = []

    def begin(self, counted: Mapping) -> None:
        super().begin(counted)
        self.spouses_linked = list(counted.get("spouses_linked", []))
        self.spouses_open = list(counted.get("spouses_open", []))

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

    def lock(self, rows: list[RegisterRow]) -> None:
        """In the order of everybody: the group's customer numbers, then the known leads by id."""
        take(customer_counter(self.store, 0))
        values = {phone.value for row in rows if (phone := self._phone(row))}
        self.known = customers_by_number(self.store, values)
        customers = {customer.pk for customer in self.known.values()}
        leads = Lead.objects.filter(store=self.store, customer__in=customers)
        self.with_lead = set(leads.values_list("customer_id", flat=True))
        lock_leads(leads.values_list("pk", flat=True))

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
            if row.spouse_name:
                self._link(visit.customer, row.spouse_name, line.number)
            self._count(visit, self._phone(row).value)
        line.outcome, line.ref = ImportRow.Outcome.CREATED, visit.pk

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

    def _count(self, visit: Visit, value: str) -> None:
        """Note a customer and a lead nobody had before; the lead is protected from its first moment."""
        known = self.known.get(value)
        if known is None and value not in self.met:
            self.met.add(value)
            self.customers += 1
        if value not in self.opened and (known is None or known.pk not in self.with_lead):
            self.opened.add(value)
            self.leads += 1
            protect(self.store, [visit.lead_id], self.as_of)

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

    def finish(self, run: Import) -> None:
        for some in self._unsettled(run):
            with transaction.atomic():
                for taken in self._taken(run, lock_leads(some)):
                    self._take_over(taken)
                run.counts = {**run.counts, "settled": some[-1]}
                run.save(update_fields=["counts"])
        dated = []
        for some in self._leads(run, behind=0):
            dated += [taken.lead.pk for taken in self._taken(run, some) if self._decides(taken)]
        start_catch_up(self.store, dated, on=self.as_of)

    def facts(self) -> dict:
        return {"customers": self.customers, "leads": self.leads, "staff_created": self.staff_created}

    def notes(self) -> dict:
        return {"spouses_linked": self.spouses_linked, "spouses_open": self.spouses_open}

    def _unsettled(self, run: Import) -> Iterator[list[int]]:
        return self._leads(run, behind=run.counts.get("settled", 0))

    def _leads(self, run: Import, *, behind: int) -> Iterator[list[int]]:
        """The leads that rows of the run speak of, some at a time in order."""
        leads = self._visits(run).filter(lead__isnull=False).order_by("lead").distinct()
        while some := list(leads.filter(lead__gt=behind).values_list("lead", flat=True)[:SETTLED_AT_ONCE]):
            yield some
            behind = some[-1]

    def _visits(self, run: Import):
        return Visit.objects.filter(pk__in=run.rows.filter(outcome=ImportRow.Outcome.CREATED).values("ref"))

    def _taken(self, run: Import, leads: list[int]) -> list[Taken]:
        """These leads with what the rows of the run said of them."""
        visits = list(self._visits(run).filter(lead__in=leads).order_by("pk"))
        said = self._said(run, visits)
        found = (
            Lead.objects.filter(pk__in=leads).select_related("customer").annotate(models=Count("interests"))
        )
        events = LeadEvent.objects.filter(lead__in=leads, kind=EventKind.CREATED, source=Source.IMPORT)
        opened = {data.get("visit") for data in events.values_list("data", flat=True)}
        taken = []
        for lead in found.order_by("pk"):
            lead.store = self.store
            here = [visit for visit in visits if visit.lead_id == lead.pk]
            newest = max(here, key=lambda visit: (visit.arrived_at, visit.pk))
            evidence = [row for visit in here for row in self._evidence(lead, visit, said[visit.pk])]
            is_new = any(visit.pk in opened for visit in here)
            taken.append(Taken(lead, newest, said[newest.pk], evidence, is_new, lead.models))
        return taken

    def _said(self, run: Import, visits: list[Visit]) -> dict[int, RegisterRow]:
        """What the row of each visit says, from the copy that is kept with the run."""
        rows = run.rows.filter(outcome=ImportRow.Outcome.CREATED, ref__in=[visit.pk for visit in visits])
        return {ref: self.read(raw) for ref, raw in rows.values_list("ref", "raw")}

    def _evidence(self, lead: Lead, visit: Visit, row: RegisterRow) -> list[Evidence]:
        kinds = [EvidenceKind.DRIVE_STARTED] * row.drove + [EvidenceKind.QUOTE] * row.quoted
        return [
            Evidence(
                lead=lead,
                kind=kind,
                at=visit.arrived_at,
                by_id=visit.receiver_id,
                ref_kind="visit",
                ref_id=visit.pk,
                source=Source.IMPORT,
            )
            for kind in kinds
        ]

    def _take_over(self, taken: Taken) -> None:
        """Bring a lead to the step and grade its rows show, and open what its latest visit asks for."""
        lead, decides = taken.lead, self._decides(taken)
        if decides and lead.grade != Grade.O:
            self._grade(lead, taken.visit, taken.row, models=taken.models)
        if taken.evidence:
            self._adopt(lead, taken.evidence)
        if decides:
            self._open_day_after(lead, taken.visit)

    def _decides(self, taken: Taken) -> bool:
        """Whether grade and date of the lead are what its rows say."""
        return taken.lead.is_active and not self._newer_known(taken)

    def _adopt(self, lead: Lead, evidence: list[Evidence]) -> None:
        step = max(PROVES[row.kind] for row in evidence)
        reached_at = min(row.at for row in evidence if PROVES[row.kind] == step)
        adopt(lead, step, evidence, by=self.by, at=reached_at, recorded_at=self.now)

    def _newer_known(self, taken: Taken) -> bool:
        """Whether a later visit or contact, or a grade set by hand, stands over the visit."""
        lead, visit = taken.lead, taken.visit
        if taken.is_new:
            return False
        if visit.arrived_at < max(filter(None, (lead.last_visit_at, lead.last_contact_at))):
            return True
        by_hand = LeadEvent.objects.filter(lead=lead, kind=EventKind.GRADE, source=Source.SCREEN)
        return by_hand.filter(at__gt=visit.arrived_at).exists()

    def _grade(self, lead: Lead, visit: Visit, row: RegisterRow, *, models: int) -> None:
        """The written grade, else the suggestion of the written horizon as of the visit day."""
        if lead.customer.is_organisation:
            return  # its profile gives the grade (SPEC TYPE-05)
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
        task = day_after(lead, what="visit", ref_id=visit.pk, ended_at=visit.left_at)
        there = Task.objects.filter(cause=task.cause)
        undealt = lead.is_active and lead.step < Step.DEAL
        if undealt and task.due_at > self.store.end_of_day(self.as_of) and not there.exists():
            task.save(force_insert=True)
