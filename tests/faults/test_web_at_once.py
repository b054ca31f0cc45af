"""Many phones at one web at once: one customer a number, one move a lead (RELIABILITY 22, 27).

gunicorn is real, with twelve threads as in docker-compose.yml, on PostgreSQL; what is sent are the sheets.
"""

import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from leads.models import ContactPoint, Customer, Lead, LeadEvent
from leads.moves import lock_lead, record_evidence
from leads.steps import Step
from showroom.models import Visit
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.faults.machines import Phone, Web
from tests.test_invariants import broken

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MORNING = at("2026-03-12 09:30")
NUMBERS, PHONES = 100, 20
LEADS, HANDS, JUMPS = 10, 50, 10


@pytest.fixture
def web(queue):
    # A page waits three seconds for a row; here the phones and other work have the same processors.
    web = Web(queue.url, threads=6, LOCK_TIMEOUT_MS="9000", DEALER_NOW=MORNING.isoformat())
    yield web
    web.end()


def test_each_of_a_hundred_numbers_by_twenty_phones_at_once_is_one_customer(web, store, li, wang):
    phones = [Phone(web.port, person) for person in (li, wang) for _n in range(PHONES // 2)]

    def arrive(phone, number):
        sheet = {"token": str(uuid.uuid4()), "phone": number, "name": "张三", "persons": "1"}
        return phone.ask("/walk-in/", sheet)

    began, answers = time.monotonic(), []
    with ThreadPoolExecutor(PHONES) as hands:
        for number in (f"138{n:08d}" for n in range(NUMBERS)):  # twenty sheets of one number at a time
            answers += hands.map(arrive, phones, [number] * PHONES)
    print(f"{len(answers)} sheets in {time.monotonic() - began:.0f} s")

    others = NUMBERS * (PHONES - 1)
    assert Counter(answer.status for answer in answers) == {302: NUMBERS * PHONES}
    said = Counter(answer.said for answer in answers)
    assert said == {"张三 is on record.": NUMBERS, "张三 is in the house already.": others}
    # Whoever received the customer is led to the card, the colleague back to the empty sheet.
    led = Counter(answer.leads_to for answer in answers)
    half = PHONES // 2
    cards = {f"/leads/{number}/": half for number in Lead.objects.values_list("number", flat=True)}
    assert led == cards | {"/walk-in/": NUMBERS * half}
    assert [table.objects.count() for table in (Customer, Lead, ContactPoint, Visit)] == [NUMBERS] * 4
    assert LeadEvent.objects.filter(kind="created").count() == NUMBERS
    assert broken() == {}


def test_fifty_hands_push_one_lead_to_its_delivery_once(web, store, li, chen):
    phones = [Phone(web.port, person) for person in (li, chen) for _n in range(HANDS // 2)]
    asked = [(phone, "delivery") for phone in phones] + [(phone, "follow_up") for phone in phones[:JUMPS]]
    leads = [sold(store, li, f"138{n:08d}") for n in range(LEADS)]

    def push(lead, phone, to):
        sheet = {"to": to, "seen": "deal", "reason": "客户明天提车"}
        return to, phone.ask(f"/leads/{lead.number}/move/", sheet)

    outcomes = Counter()
    with ThreadPoolExecutor(len(asked)) as hands:
        for lead in leads:
            answers = list(hands.map(lambda one, lead=lead: push(lead, *one), asked))
            assert {answer.status for to, answer in answers if to == "follow_up"} == {409}
            pushed = Counter(answer.status for to, answer in answers if to == "delivery")
            assert pushed.keys() <= {302, 409}  # there already, or "moved meanwhile"
            assert sum(answer.said == "Moved to Delivery" for _to, answer in answers) == 1
            outcomes.update(answer.said or answer.status for _to, answer in answers)

    print(f"{LEADS} leads: {dict(outcomes)}")
    moves = LeadEvent.objects.filter(kind="step").exclude(to_value="deal")
    told = moves.values_list("lead", "from_value", "to_value")
    assert sorted(told) == sorted((lead.pk, "deal", "delivery") for lead in leads)
    stand = Lead.objects.order_by("pk").values_list("pk", "step", "version")
    assert list(stand) == [(lead.pk, Step.DELIVERY, lead.version + 1) for lead in leads]
    assert broken() == {}


@transaction.atomic
def sold(store, owner, number: str) -> Lead:
    """Came, paid the deposit, signed, and knows the day of the delivery."""
    arrival = Arrival(phone_text=number, name="张三")
    visit, _created = log_visit(store, arrival, receiver=owner, by=owner, at=MORNING, now=MORNING)
    lead = lock_lead(visit.lead_id)
    for ref, kind in enumerate(("deposit", "contract", "delivery_date"), start=1):
        facts = {"ref_kind": "test", "ref_id": ref, "at": MORNING, "recorded_at": MORNING}
        record_evidence(lead, kind, by=owner, **facts)
    assert lead.step == Step.DEAL
    return lead
