"""Two stores of a group and one of another, one person of each role, one row of each ownership."""

from dataclasses import dataclass

from accounts.models import Store, Team, User
from accounts.roles import RECEIVING, Role
from followups.models import Appointment, Contact, Outbox, Parked, Task
from leads.identity import write_name_keys
from leads.models import Dispute, LapseProposal, Lead, LeadEvent, LeadModel, LostRecord, Term, Upload
from reports.models import DailyReport
from showroom.models import (
    Booking,
    Call,
    Companion,
    Concession,
    DemoCar,
    Drive,
    DrivePaper,
    Objection,
    Visit,
)
from tests.conftest import at
from tests.factories import (
    CarModelFactory,
    CustomerFactory,
    LeadFactory,
    PhoneFactory,
    make_person,
    make_store,
)

from .expected import COLLEAGUE, MINE, OTHER_GROUP, OTHER_STORE, OWN, OWNERSHIPS, POOL, RECEIVED, SET, TEAM

NOW = at("2026-03-12 10:00")
TODAY = "2026-03-12"


@dataclass
class World:
    east: Store
    people: dict[str, User]  # one of each role, all in the east store
    leads: dict[str, Lead]  # of everybody but oneself
    mine: dict[tuple[str, str], Lead]  # by role and ownership
    parked: dict[str, Parked]

    def lead(self, role: str, whose: str) -> Lead:
        return self.mine[role, whose] if whose in MINE else self.leads[whose]

    def address(self, names: str, role: str, whose: str) -> dict:
        """The arguments of a route that names a row."""
        if names == "parked":
            return {"pk": self.parked[OWN if whose == OWN else OTHER_STORE].pk}
        if names == "upload":
            return {"pk": Upload.objects.get(store__code="east" if whose == OWN else "west").pk}
        if names == "workshop":
            return {"pk": Booking.objects.get(lead=None, store__code="east" if whose == OWN else "west").pk}
        lead = self.lead(role, whose)
        if names == "demo_car":
            return {"pk": lead.bookings.get().car_id}
        if names == "companion":
            return {"number": lead.number, "pk": lead.companions.get().pk}
        if names in ("objection", "concession"):
            return {"number": lead.number, "pk": getattr(lead, f"{names}s").get().pk}
        if names == "booking":
            return {"pk": lead.bookings.get().pk}
        if names == "paper":
            return {"pk": lead.bookings.get().pk, "kind": "signature"}
        if names == "staff":
            return {"pk": lead.owner_id or 0}
        if names == "report":
            report = DailyReport.objects.filter(user=lead.owner_id).first()
            return {"pk": report.pk if report else 0}
        if names == "lead":
            return {"number": lead.number}
        if names == "outbox":
            message = Outbox.objects.filter(lead=lead).first()
            return {"pk": message.pk if message else 0}
        if names == "visit":
            return {"pk": lead.visits.get().pk}
        if names == "call":
            return {"pk": lead.calls.get().pk}
        if names == "dispute":
            dispute = lead.disputes.first()
            return {"pk": dispute.pk if dispute else 0}
        if names == "appointment":
            return {"pk": lead.appointments.get().pk}
        if names == "contact":
            return {"pk": lead.contacts.get().pk}
        if names == "loss":
            return {"pk": lead.lost_records.get().pk}
        return {}

    def data(self, names: str, role: str, whose: str) -> dict:
        """What a request names in its fields."""
        if names == "proposal":
            proposal = self.lead(role, whose).lapse_proposals.first()
            return {"proposal": proposal.pk if proposal else 0}
        if names == "lost_case":
            return {"loss": self.lead(role, whose).lost_records.get().pk}
        if names == "person":
            return {"person": self.lead(role, whose).owner_id or 0}
        return {}


def make_world() -> World:
    east = make_store("east")
    west = make_store("west", group=east.group)
    south = make_store("south")
    team = Team.objects.create(store=east, name="A")
    people = {
        role: make_person(east, role, f"{label}李", role, team=team if role == Role.SUPERVISOR else None)
        for role, label in Role.choices
    }
    mate = make_person(east, "mate", "周凯", Role.CONSULTANT, team=team)
    colleague = make_person(east, "colleague", "王强", Role.CONSULTANT)
    western = make_person(west, "western", "唐薇", Role.CONSULTANT)
    southern = make_person(south, "southern", "马超", Role.CONSULTANT)
    leads = {
        TEAM: make_lead(east, mate),
        COLLEAGUE: make_lead(east, colleague),
        POOL: make_lead(east, None, receiver=colleague),
        OTHER_STORE: make_lead(west, western),
        OTHER_GROUP: make_lead(south, southern),
    }
    mine = {}
    for role, person in people.items():
        receiver = person if role in RECEIVING else colleague
        mine[role, OWN] = make_lead(east, person, receiver=receiver)
        mine[role, SET] = make_lead(east, colleague, setter=person, step=3)
        mine[role, RECEIVED] = make_lead(east, colleague, receiver=receiver)
    assert {*leads, *MINE} == set(OWNERSHIPS)
    parked = {OWN: park(east, leads[TEAM]), OTHER_STORE: park(west, leads[OTHER_STORE])}
    for store in (east, west):
        make_upload(store, people[Role.MANAGER])
        make_booking(store, None, people[Role.MANAGER])
    for lead in Lead.objects.exclude(owner=None):
        claimant = southern if lead.owner == western else western
        Dispute.objects.create(
            lead=lead, store=lead.store, claimant=claimant, holder=lead.owner, claim="x", opened_at=NOW
        )
    for user in User.objects.all():
        store = user.memberships.get().store
        DailyReport.objects.create(store=store, user=user, on=TODAY, estimate=1, submitted_at=NOW)
    return World(east, people, leads, mine, parked)


def make_lead(store: Store, owner: User | None, *, receiver: User | None = None, **fields) -> Lead:
    """A lead with everything a page may show of it: phone, car, task, visit, appointment, proposal."""
    customer = CustomerFactory(group=store.group, name="张伟")
    write_name_keys(customer)
    phone = PhoneFactory(customer=customer)
    dates = {"next_due_on": TODAY, "lapses_on": TODAY, "last_visit_at": NOW}
    lead = LeadFactory(
        store=store, owner=owner, customer=customer, grade="A", has_cadence=True, **dates, **fields
    )
    LeadModel.objects.create(lead=lead, car_model=CarModelFactory(group=store.group))
    come(lead, receiver or owner, phone.value)
    plan(lead, receiver or owner)
    call(lead, owner or receiver)
    make_booking(store, lead, owner or receiver)
    talk(lead, owner or receiver)
    lose(lead, owner or receiver)
    return lead


def come(lead: Lead, receiver: User, phone: str) -> None:
    """A call and a visit of this morning."""
    said = {"lead": lead, "store": lead.store, "on": TODAY, "receiver": receiver, "recorded_at": NOW}
    said |= {"customer": lead.customer, "phone_text": phone}
    Visit.objects.create(
        flow_serial=lead.pk, register_serial=lead.pk, arrived_at=at(f"{TODAY} 09:30"), kind="first",
        name_text=lead.customer.name, **said,
    )  # fmt: skip
    Call.objects.create(serial=lead.pk, at=at(f"{TODAY} 08:55"), outcome="looking", **said)


def plan(lead: Lead, by: User) -> None:
    """The next call, an appointment of this afternoon, a protection that ends."""
    Task.objects.create(
        store=lead.store, lead=lead, kind="cadence", assignee=lead.owner, due_at=at(f"{TODAY} 23:59:59"),
        due_on=TODAY, cause=f"cadence:test:{lead.pk}", why="cadence", why_args={"grade": "A"},
    )  # fmt: skip
    Appointment.objects.create(
        lead=lead, store=lead.store, at=at(f"{TODAY} 16:00"), set_by=by, set_at=at("2026-03-10 10:00")
    )
    if lead.owner:
        write(lead)
        LapseProposal.objects.create(lead=lead, store=lead.store, owner=lead.owner, lapses_on=TODAY)


def write(lead: Lead) -> None:
    """A message that failed this morning."""
    point = lead.customer.contact_points.get()
    Outbox.objects.create(
        store=lead.store, key=f"test:{lead.pk}", kind="thank_you", channel="sms", lead=lead, point=point,
        sender=lead.owner, text="x", state="failed", reason="timeout", queued_at=NOW, not_before=NOW,
        attempts=3, ended_at=NOW,
    )  # fmt: skip


def talk(lead: Lead, by: User) -> None:
    """Who came along, what stands in the way, what was asked for."""
    Companion.objects.create(lead=lead, relation="spouse")
    said = {"lead": lead, "at": NOW, "by": by}
    Objection.objects.create(cause="not_convinced", **said)
    Concession.objects.create(kind="price", asked="2000", **said)


def lose(lead: Lead, by: User) -> None:
    reason = Term.objects.get(store=lead.store, list="lost_reason", code="price")
    LostRecord.objects.create(
        lead=lead, store=lead.store, reason=reason, from_step=lead.step, found_at=NOW, recorded_at=NOW,
        recorded_by=by,
    )  # fmt: skip


def make_booking(store: Store, lead: Lead | None, by: User) -> None:
    """A car of its own, booked for this afternoon; for a lead with a signed agreement."""
    car = DemoCar.objects.create(
        store=store, car_model=CarModelFactory(group=store.group), plate=lead.number if lead else "workshop"
    )
    booking = Booking.objects.create(
        store=store, car=car, lead=lead, starts_at=at(f"{TODAY} 15:00"), ends_at=at(f"{TODAY} 15:40"),
        consultant=by, set_by=by, set_at=NOW, reason="" if lead else "service",
    )  # fmt: skip
    if lead:
        drive = Drive.objects.create(booking=booking, lead=lead, driver_name="张伟", licence="seen")
        DrivePaper.objects.create(
            drive=drive, kind="signature", content=b"PNG", content_type="image/png", at=NOW, by=by,
            expires_on="2026-05-11",
        )  # fmt: skip


def call(lead: Lead, by: User) -> None:
    """A try of this morning."""
    when = at(f"{TODAY} 09:00")
    contact = Contact.objects.create(
        lead=lead, by=by, at=when, recorded_at=when, channel="phone", direction="out", kind="attempt",
        outcome="no_answer",
    )  # fmt: skip
    LeadEvent.objects.create(
        lead=lead,
        store=lead.store,
        kind="contact",
        at=when,
        recorded_at=when,
        by=by,
        data={"contact": contact.pk},
    )


def park(store: Store, lead: Lead) -> Parked:
    return Parked.objects.create(
        job="lapse_or_propose", ref_kind="lead", ref_id=lead.pk, store=store, attempts=3, error="x", at=NOW
    )


def make_upload(store: Store, by: User) -> Upload:
    """A file whose columns are not named yet."""
    columns = ["姓名", "电话", "车型"]
    return Upload.objects.create(
        store=store, kind="leads", file_name="list.csv", stored="0" * 32, size=100, columns=columns,
        report={"samples": {"电话": "138****0001"}}, by=by, at=NOW, changed_at=NOW,
    )  # fmt: skip
