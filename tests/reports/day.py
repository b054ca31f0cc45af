"""Li's 2 March, made by the verbs: three visits, contacts, a drive, a quote (SPEC S37)."""

from followups.contacts import Said, log_contact
from leads.moves import advance
from showroom.closing import Leaving, close_visit
from showroom.models import Call
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.followups.worked_leads import make_lead


def walk_in(store, who, when, phone, *, name="张三", by=None, written=None, left=None, grade="A", **facts):
    """A visit from its arrival to its leaving; `written` when it was put down later."""
    arrival = Arrival(phone_text=phone, name=name, **facts)
    now = at(written or when)
    visit, _new = log_visit(store, arrival, receiver=who, by=by or who, at=at(when), now=now)
    if left:
        leaving = Leaving(grade=grade, horizon_days=20, grade_reason="said so", outcome="comparing")
        close_visit(visit.pk, leaving, by=who, at=at(left), now=at(written or left))
    return visit


def call_in(store, who, when, serial, lead=None):
    return Call.objects.create(
        store=store, on=when[:10], serial=serial, at=at(when), recorded_at=at(when), receiver=who, lead=lead
    )


def second_of_march(store, li):
    """3 visits (first, return, other business), 5 calls, 3 contacts, 2 attempts, 1 drive, 1 quote."""
    known = make_lead(store, li, "H", visited="2026-02-20 10:00", contacted="2026-02-28 10:00")
    first = walk_in(store, li, "2026-03-02 10:00", "13800000001", left="2026-03-02 11:00")
    walk_in(store, li, "2026-03-02 11:30", "", lead_id=known.pk, left="2026-03-02 12:00", grade="A")
    walk_in(store, li, "2026-03-02 12:30", "", other="paperwork")
    for serial in range(1, 6):
        call_in(store, li, f"2026-03-02 13:{serial:02d}", serial)
    others = [make_lead(store, li, "B", visited="2026-02-20 10:00") for _ in range(5)]
    outcomes = ["comparing", "price", "coming", "no_answer", "no_answer"]
    for minute, (lead, outcome) in enumerate(zip(others, outcomes, strict=True)):
        moment = at(f"2026-03-02 14:{minute:02d}")
        coming = at("2026-03-03 10:00") if outcome == "coming" else None
        log_contact(lead.pk, Said(outcome, coming_at=coming), by=li, at=moment, now=moment)
    advance(first.lead_id, to=5, by=li, at=at("2026-03-02 15:20"), reason="drove")
    advance(first.lead_id, to=6, by=li, at=at("2026-03-02 16:00"), reason="quoted")
    return {"known": known, "first": first.lead, "others": others}
