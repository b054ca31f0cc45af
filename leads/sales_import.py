"""Sold cars read in: each is a lead at the last step, of the customer who has its number (SPEC A59)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.counters import take
from accounts.errors import Refused

from .bulk import (
    Person,
    add_interests,
    add_name_keys,
    customers_by_number,
    new_customers,
    next_car_numbers,
    number_leads,
)
from .identity import customer_counter
from .importing import Line, NamingKind
from .machine import EvidenceKind
from .models import Customer, Evidence, ImportRow, Lead, LeadEvent, Term
from .models.log import EventKind, Source
from .phones import Phone, mask, read_phone
from .sales_rows import COLUMNS, SalesRow, parse_sales_row
from .steps import Step
from .text import header_key

NOT_SEEN = list(range(Step.RECEPTION, Step.FOLLOW_UP))  # the steps a file of sales says nothing of
LONGEST_FAMILY = Customer._meta.get_field("family").max_length
LONGEST_CAR = Customer._meta.get_field("current_car").max_length


@dataclass(frozen=True, slots=True)
class Sale:
    """A row with the number it is known by."""

    row: SalesRow
    phone: Phone

    @property
    def car(self) -> str:
        return f"{self.row.brand} {self.row.model}".strip()[:LONGEST_CAR]


class SalesImport(NamingKind):
    """Rows of a file of sold cars; rows of another store are refused."""

    code = "sales"
    label = gettext_lazy("Sold cars")
    columns = COLUMNS
    chunk = at_once = 50

    def __init__(self, store, *, as_of: dt.date, now: dt.datetime, by=None):
        super().__init__(store, as_of=as_of, now=now, by=by)
        self.car_ids: set[str] = set()
        self._met: set[str] = set()  # numbers that this file made customers of

    def read(self, cells: Mapping[str, str]) -> Sale:
        row = parse_sales_row(cells, as_of=self.as_of, country=self.store.country)
        if row.dealer and header_key(row.dealer) not in (header_key(self.store.name), self.store.code):
            message = _("This sale belongs to {store}. Import it there.")
            raise Refused(message.format(store=row.dealer), field="dealer")
        phone = read_phone(row.phone_text, country=self.store.country, store_code=self.store.code)
        if phone is None:
            raise Refused(_("No usable phone number: the customer is known by it."), field="phone")
        if row.car_id in self.car_ids:
            raise Refused(_("This car stands in the file twice. Keep one row of it."), field="car_id")
        self.car_ids.add(row.car_id)
        return Sale(row, phone)

    def identity(self, row: Sale) -> tuple[str, ...]:
        return (row.row.car_id,)

    def as_shown(self, row: Sale) -> dict[str, object]:
        said = row.row
        return {
            "car_id": said.car_id,
            "on": said.on,
            "name": said.name,
            "phone": mask(row.phone.value),
            "model": row.car,
            "price": said.price,
        }

    def lock(self, rows: list[Sale]) -> None:
        """Lock the group's customer numbers, as everybody does who brings customers in."""
        take(customer_counter(self.store, 0))

    def write(self, lines: list[Line]) -> None:
        sales = [line.row for line in lines]
        customers, new = self._customers(sales)
        leads = self._leads(sales, customers)
        add_interests(zip(leads, map(self._car_model, sales), strict=True))
        self._record(sales, leads)
        for line, lead in zip(lines, leads, strict=True):
            line.outcome, line.ref = ImportRow.Outcome.CREATED, lead.pk
        self._met |= new
        self.customers += len(new)
        self.leads += len(leads)

    def _customers(self, sales: list[Sale]) -> tuple[list[Customer], set[str]]:
        """The customer of each sale, and the numbers nobody had; a second name is a companion."""
        known = customers_by_number(self.store, [sale.phone.value for sale in sales])
        first: dict[str, Sale] = {}
        for sale in sales:
            if sale.phone.value not in known:
                first.setdefault(sale.phone.value, sale)
        people = [Person(sale.phone, sale.row.name, self._at(sale), sale.car) for sale in first.values()]
        known |= dict(zip(first, new_customers(self.store, people, by=self.by), strict=True))
        customers = [known[sale.phone.value] for sale in sales]
        self._note_companions(sales, customers)
        return customers, first.keys() - self._met

    def _note_companions(self, sales: list[Sale], customers: list[Customer]) -> None:
        """Who bought on somebody else's number stands on that card as family, and is found by name."""
        found = []
        for sale, customer in zip(sales, customers, strict=True):
            name = sale.row.name
            if not name or name == customer.name or name in customer.family.split(", "):
                continue
            family = ", ".join(filter(None, (customer.family, name)))
            if len(family) <= LONGEST_FAMILY:
                customer.family = family
                found.append((customer, name))
        Customer.objects.bulk_update({customer for customer, _name in found}, ["family"])
        add_name_keys(found)

    def _leads(self, sales: list[Sale], customers: list[Customer]) -> list[Lead]:
        numbers = number_leads([sale.row.on for sale in sales])
        cars = next_car_numbers(self.store, customers)
        leads = []
        for sale, customer, number in zip(sales, customers, numbers, strict=True):
            at = self._at(sale)
            lead = Lead(
                number=number,
                customer=customer,
                store=self.store,
                car_no=cars[customer.pk],
                step=Step.FOLLOW_UP,
                skipped="".join(map(str, NOT_SEEN)),
                area=self.names.term(Term.List.AREA, sale.row.area),
                created_at=self.now,
                arrived_at=at,
                step_entered_at=at,
            )
            cars[customer.pk] += 1
            leads.append(lead)
        return Lead.objects.bulk_create(leads)

    def _record(self, sales: list[Sale], leads: list[Lead]) -> None:
        """One event and one piece of evidence each.

        No listener is told: a delivered car has neither cadence nor task, and no owner to remind.
        """
        LeadEvent.objects.bulk_create(
            LeadEvent(
                lead=lead,
                store=self.store,
                kind=EventKind.CREATED,
                at=lead.arrived_at,
                recorded_at=self.now,
                by=self.by,
                source=Source.IMPORT,
                to_value=Step.FOLLOW_UP.code,
                data={
                    "owner": None,
                    "imported": NOT_SEEN,
                    "car_id": sale.row.car_id,
                    "price": sale.row.price,
                },
            )
            for sale, lead in zip(sales, leads, strict=True)
        )
        Evidence.objects.bulk_create(
            Evidence(
                lead=lead,
                kind=EvidenceKind.HANDED_OVER,
                at=lead.arrived_at,
                by=self.by,
                ref_kind="sale",
                ref_id=lead.pk,
                source=Source.IMPORT,
            )
            for lead in leads
        )

    def facts(self) -> dict:
        return {"customers": self.customers, "leads": self.leads}

    def _car_model(self, sale: Sale):
        return self.names.car_model(sale.row.model, brand=sale.row.brand)

    def _at(self, sale: Sale) -> dt.datetime:
        return self.store.at_local(sale.row.on, dt.time())
