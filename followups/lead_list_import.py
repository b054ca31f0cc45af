"""A list of leads read in: new numbers become leads to call, known ones are named again (SPEC A01, A60)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.counters import take
from accounts.errors import Refused
from leads.access import may_own
from leads.bulk import (
    Person,
    add_interests,
    customers_by_number,
    new_customers,
    next_car_numbers,
    number_leads,
)
from leads.grades import Suggestion, grade_in_use, suggest
from leads.identity import customer_counter, name_customer
from leads.importing import Line, NamingKind
from leads.intake import add_interest
from leads.lead_list_rows import COLUMNS, ListRow, parse_list_row
from leads.log import record
from leads.models import Customer, Grade, Import, ImportRow, Lead, LeadEvent, Term
from leads.models.leads import Status
from leads.models.log import EventKind, Source
from leads.moves import lock_lead
from leads.phones import Phone, mask, read_phone
from leads.priority import comes_first
from leads.protection import lapses_on, may_have_cadence
from leads.steps import Step

from .catch_up import lock_leads, start_catch_up
from .models import Contact, Task
from .outcomes import Outcome
from .task_kinds import TaskKind

MIDDAY = dt.time(12)  # of a contact whose hour nobody wrote down
ENDED = (Status.LOST, Status.VOID)


@dataclass(frozen=True, slots=True)
class Listed:
    """A row with the number it is known by."""

    said: ListRow
    phone: Phone


class LeadListImport(NamingKind):
    """Rows of a list of leads: step 1, the written owner, the catch-up of the import day."""

    code = "leads"
    label = gettext_lazy("List of leads")
    columns = COLUMNS
    chunk = at_once = 50

    def __init__(self, store, *, as_of: dt.date, now: dt.datetime, by=None):
        super().__init__(store, as_of=as_of, now=now, by=by)
        self._owners: dict[str, object] = {}
        self._met: set[str] = set()  # numbers that this file opened leads of

    # --- one row -----------------------------------------------------------------------

    def read(self, cells: Mapping[str, str]) -> Listed:
        row = parse_list_row(cells, as_of=self.as_of)
        phone = read_phone(row.phone_text, country=self.store.country, store_code=self.store.code)
        if phone is None:
            raise Refused(_("No usable phone number: the customer is known by it."), field="phone")
        return Listed(row, phone)

    def identity(self, row: Listed) -> tuple[str, ...]:
        said = row.said
        days = (str(day or "") for day in (said.contacted_on, said.next_on))
        return (
            row.phone.value,
            said.name,
            said.model,
            said.channel,
            said.grade,
            *days,
            said.owner,
            said.remark,
        )

    def as_shown(self, row: Listed) -> dict[str, object]:
        said = row.said
        grade = self._written(said, said.name) or self._suggestion(said, said.name).grade
        return {
            "name": said.name,
            "phone": mask(row.phone.value),
            "model": said.model,
            "channel": said.channel,
            "grade": "" if grade == Grade.NONE else grade,
            "next_on": said.next_on,
            "owner": said.owner,
        }

    def lock(self, rows: list[Listed]) -> None:
        """In the order of everybody: the group's customer numbers, then the known leads by id."""
        take(customer_counter(self.store, 0))
        known = customers_by_number(self.store, [row.phone.value for row in rows])
        customers = {customer.pk for customer in known.values()}
        leads = Lead.objects.filter(store=self.store, customer__in=customers)
        lock_leads(leads.values_list("pk", flat=True))

    def taken_back(self) -> None:
        super().taken_back()
        self._owners.clear()

    def tried(self) -> None:
        super().tried()
        self._owners.clear()

    # --- some rows at once -------------------------------------------------------------

    def write(self, lines: list[Line]) -> None:
        known = customers_by_number(self.store, [line.row.phone.value for line in lines])
        standing = self._standing({customer.pk for customer in known.values()})
        first: dict[str, Line] = {}
        again = []
        for line in lines:
            value = line.row.phone.value
            if value in first or self._is_there(value, known, standing):
                again.append(line)
            else:
                first[value] = line
        new_people, opened = self._open(list(first.values()), known)
        leads = {value: standing[one.pk] for value, one in known.items() if one.pk in standing} | opened
        for line in again:
            self._name_again(line, leads.get(line.row.phone.value))
        self.customers += new_people
        self.leads += len(opened)
        self._met |= opened.keys()

    def _is_there(self, value: str, known: dict[str, Customer], standing: dict[int, Lead]) -> bool:
        if self.trial and value in self._met:  # a row before would have opened it
            return True
        return value in known and known[value].pk in standing

    def _standing(self, customers: set[int]) -> dict[int, Lead]:
        """The lead of each customer that a list may speak of: not ended, the car not delivered."""
        leads = Lead.objects.filter(store=self.store, customer__in=customers, step__lt=Step.FOLLOW_UP)
        return {lead.customer_id: lead for lead in leads.exclude(status__in=ENDED).order_by("pk")}

    def _open(self, lines: list[Line], known: dict[str, Customer]) -> tuple[int, dict[str, Lead]]:
        """Customers and leads of these rows; answers how many customers are new, and the leads by number."""
        newcomers = [line.row for line in lines if line.row.phone.value not in known]
        people = [Person(row.phone, row.said.name, self.now) for row in newcomers]
        made = new_customers(self.store, people, by=self.by)
        customers = known | {row.phone.value: one for row, one in zip(newcomers, made, strict=True)}
        leads = self._leads(lines, [customers[line.row.phone.value] for line in lines])
        Lead.objects.bulk_create(leads)
        models = [self.names.car_model(line.row.said.model) for line in lines]
        add_interests(zip(leads, models, strict=True))
        self._tell(lines, leads)
        for line, lead in zip(lines, leads, strict=True):
            line.outcome, line.ref = ImportRow.Outcome.CREATED, lead.pk
        return len(made), {line.row.phone.value: lead for line, lead in zip(lines, leads, strict=True)}

    def _leads(self, lines: list[Line], customers: list[Customer]) -> list[Lead]:
        numbers = number_leads([self.as_of] * len(lines))
        cars = next_car_numbers(self.store, customers)
        return [
            self._lead(line.row.said, customer, number, cars[customer.pk])
            for line, customer, number in zip(lines, customers, numbers, strict=True)
        ]

    def _lead(self, row: ListRow, customer: Customer, number: str, car_no: int) -> Lead:
        lead = Lead(
            number=number,
            customer=customer,
            store=self.store,
            car_no=car_no,
            step=Step.PROSPECTING,
            channel=self.names.term(Term.List.CHANNEL, row.channel),
            remark=row.remark,
            created_at=self.now,
            arrived_at=self.now,
            step_entered_at=self.now,
            agreed_on=row.next_on if row.next_on and row.next_on >= self.as_of else None,
        )
        lead.priority = comes_first(channel=lead.channel)
        lead.owner = self._owner(lead, row.owner)
        if row.contacted_on:
            lead.last_contact_at = lead.first_attempt_at = self._talked_at(row)
        suggestion = self._suggestion(row, customer.name)
        lead.grade = self._written(row, customer.name) or suggestion.grade
        lead.suggested_grade = "" if suggestion.grade == lead.grade else suggestion.grade
        if may_have_cadence(lead):
            lead.has_cadence, lead.next_due_on = True, lead.agreed_on or self.as_of
        if lead.owner:
            lead.protected_from = self.as_of
            lead.lapses_on = lapses_on(lead)
        return lead

    def _owner(self, lead: Lead, name: str):
        """Who is written there; nobody, when that person may not own a lead of this store."""
        if name not in self._owners:
            person = self.names.person(name)
            self._owners[name] = person if person and may_own(lead, person) else None
        return self._owners[name]

    def _suggestion(self, row: ListRow, name: str) -> Suggestion:
        return suggest(self.store, horizon_days=None, models=bool(row.model), named=bool(name))

    def _written(self, row: ListRow, name: str) -> str:
        return grade_in_use(self.store, row.grade) if row.grade and name else ""

    def _talked_at(self, row: ListRow) -> dt.datetime:
        return min(self.store.at_local(row.contacted_on, MIDDAY), self.now)

    # --- what is told of them ----------------------------------------------------------

    def _tell(self, lines: list[Line], leads: list[Lead]) -> None:
        """The events that `record` writes, and what its listeners do: the cadence task of each grade."""
        rows = [line.row.said for line in lines]
        contacts = [self._contact(row, lead) for row, lead in zip(rows, leads, strict=True)]
        Contact.objects.bulk_create(contact for contact in contacts if contact)
        LeadEvent.objects.bulk_create(
            self._event(
                lead, EventKind.CREATED, to_value=Step.PROSPECTING.code, data={"owner": lead.owner_id}
            )
            for lead in leads
        )
        LeadEvent.objects.bulk_create(
            self._event(
                contact.lead,
                EventKind.CONTACT,
                at=contact.at,
                to_value=contact.outcome,
                data={"contact": contact.pk, "reached": True},
            )
            for contact in contacts
            if contact
        )
        graded = [(row, lead) for row, lead in zip(rows, leads, strict=True) if lead.grade != Grade.NONE]
        events = LeadEvent.objects.bulk_create(self._graded(row, lead) for row, lead in graded)
        Task.objects.bulk_create(self._task(event) for event in events if event.lead.has_cadence)

    def _event(self, lead: Lead, kind: str, *, at: dt.datetime | None = None, **facts) -> LeadEvent:
        return LeadEvent(
            lead=lead,
            store=self.store,
            kind=kind,
            at=at or self.now,
            recorded_at=self.now,
            by=self.by,
            source=Source.IMPORT,
            **facts,
        )

    def _graded(self, row: ListRow, lead: Lead) -> LeadEvent:
        suggestion = self._suggestion(row, lead.customer.name)
        return self._event(
            lead,
            EventKind.GRADE,
            from_value=Grade.NONE,
            to_value=lead.grade,
            reason="imported" if self._written(row, lead.customer.name) else "",
            data={"suggested": suggestion.grade, "flags": list(suggestion.flags)},
        )

    def _task(self, event: LeadEvent) -> Task:
        lead = event.lead
        return Task(
            store=self.store,
            lead=lead,
            kind=TaskKind.CADENCE,
            assignee_id=lead.owner_id,
            due_at=self.store.end_of_day(lead.next_due_on),
            due_on=lead.next_due_on,
            cause=f"cadence:grade:{event.pk}",
            why="cadence",
            why_args={"grade": lead.grade},
            catch_up=bool(lead.owner_id and not lead.agreed_on),
        )

    def _contact(self, row: ListRow, lead: Lead) -> Contact | None:
        """The talk that the list dates, in the words of whoever kept it."""
        by = lead.owner or self.by
        if not row.contacted_on or by is None:
            return None
        return Contact(
            lead=lead,
            by=by,
            for_user=lead.owner,
            at=lead.last_contact_at,
            recorded_at=self.now,
            channel=Contact.Channel.PHONE,
            direction=Contact.Direction.OUT,
            kind=Contact.Kind.CONTACT,
            outcome=Outcome.LOOKING,
            self_declared=True,
        )

    def _name_again(self, line: Line, lead: Lead | None) -> None:
        """A known number: blanks are filled; owner, grade and dates stay (SPEC A19).

        No lead: a trial would have opened it some rows before.
        """
        line.outcome, line.ref = ImportRow.Outcome.UPDATED, lead.pk if lead else None
        if not lead:
            return
        row = line.row.said
        lead = lock_lead(lead.pk)
        if row.name and not lead.customer.name:
            name_customer(lead.customer, row.name, at=self.now)
        lead.channel = lead.channel or self.names.term(Term.List.CHANNEL, row.channel)
        lead.priority = lead.priority or comes_first(channel=lead.channel)
        lead.remark = lead.remark or row.remark
        lead.version += 1
        lead.save(update_fields=["channel", "priority", "remark", "version"])
        if model := self.names.car_model(row.model):
            add_interest(lead, model, rank=lead.interests.count() + 1)
        record(
            lead,
            EventKind.EDIT,
            at=self.now,
            recorded_at=self.now,
            by=self.by,
            source=Source.IMPORT,
            reason="listed",
        )

    # --- all rows are in ---------------------------------------------------------------

    def finish(self, run: Import) -> None:
        opened = ImportRow.objects.filter(run=run, outcome=ImportRow.Outcome.CREATED)
        dated = Lead.objects.filter(pk__in=opened.values("ref"), has_cadence=True)
        start_catch_up(self.store, list(dated.order_by("pk").values_list("pk", flat=True)), on=self.as_of)

    def facts(self) -> dict:
        return {"customers": self.customers, "leads": self.leads, "staff_created": self.staff_created}
