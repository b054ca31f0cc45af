"""A72: nobody meets a whole number by reading; asking for one writes it down."""

import gzip
import re

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.models import AccessEvent
from followups.appointments import make_appointment
from leads.models import Lead
from leads.moves import lock_lead
from leads.ownership import set_owner
from showroom.visits import Arrival, log_visit
from tests.conftest import at, person
from tests.factories import CarModelFactory

pytestmark = pytest.mark.django_db

NOW = at("2026-03-12 14:06")
NUMBERS = {"mine": "13900000001", "theirs": "13900000002", "pool": "13900000003"}
LANDLINE = "86253117"
# Any Chinese mobile, however grouped, and the landline of ours; a form's token is none.
WHOLE = re.compile(rf"(?<![\w*-])1[3-9]\d[\s-]?\d{{4}}[\s-]?\d{{4}}(?![\w-])|\+86\d|{LANDLINE}")
LINKS = re.compile(r'(?:href|hx-get)="(/[^"#]*)')
LEAVE_OUT = ("/static/", "/healthz", "/logout/")
ROLES = [
    "consultant",
    "supervisor",
    "manager",
    "general_manager",
    "receptionist",
    "bdc_agent",
    "finance",
    "admin",
]


@pytest.fixture(autouse=True)
def _day(store, li, wang, settings):
    """Customers of Li, of Wang, of the pool, with a landline, cut off, and expected today."""
    settings.DEALER_NOW = NOW.isoformat()
    car = CarModelFactory(group=store.group)
    for whose, phone in NUMBERS.items():
        arrival = Arrival(phone_text=phone, name=f"客户{whose}", car_model=car)
        log_visit(store, arrival, receiver=wang if whose == "theirs" else li, by=li, at=NOW, now=NOW)
    log_visit(store, Arrival(phone_text=LANDLINE, name="座机"), receiver=li, by=li, at=NOW, now=NOW)
    log_visit(store, Arrival(phone_text="1390000000", name="少一位"), receiver=li, by=li, at=NOW, now=NOW)
    make_appointment(lead_of("mine").pk, at("2026-03-12 16:00"), by=li, now=NOW)
    with transaction.atomic():
        set_owner(lock_lead(lead_of("pool").pk), None, by=li, at=NOW, recorded_at=NOW)


def lead_of(whose):
    return Lead.objects.get(customer__name=f"客户{whose}")


def crawl(client, start="/", most=150):
    """Every page that links lead to, by address: {address: page}."""
    waiting, pages = [start, "/walk-in/", "/leads/"], {}
    while waiting and len(pages) < most:
        address = waiting.pop(0)
        if address in pages or address.startswith(LEAVE_OUT):
            continue
        answer = client.get(address, follow=True)
        body = gzip.decompress(answer.content) if answer.get("Content-Encoding") == "gzip" else answer.content
        pages[address] = body.decode()
        waiting += [link.replace("&amp;", "&") for link in LINKS.findall(pages[address])]
    return pages


@pytest.mark.once
@pytest.mark.thorough  # a consultant and a receptionist walk always, in tests/access/test_crawl.py
@pytest.mark.parametrize("role", ROLES)
def test_no_page_or_address_shows_a_whole_number(client, store, role):
    client.force_login(person(store, "reader", "读者", role))
    pages = crawl(client)
    assert {address: WHOLE.findall(page) for address, page in pages.items() if WHOLE.search(page)} == {}
    assert [address for address in pages if WHOLE.search(address)] == []


def test_the_owner_reads_masked_numbers_too(client, li):
    client.force_login(li)
    pages = crawl(client)
    card = pages[reverse("leads:card", args=[lead_of("mine").number])]
    assert "139****0001" in card
    assert len(pages) > 10
    assert [address for address, page in pages.items() if WHOLE.search(page)] == []


@pytest.mark.parametrize("whose", ["theirs", "pool"])
def test_a_colleagues_and_a_pool_customer_show_no_digit_at_the_door(client, store, zhao, whose):
    client.force_login(zhao)
    for typed in (NUMBERS[whose], NUMBERS[whose][-4:], f"客户{whose}"):
        page = client.post(
            "/walk-in/lookup/", {"phone": typed}, headers={"HX-Request": "true"}
        ).content.decode()
        assert "****" not in page
        assert NUMBERS[whose][-4:] not in page
        assert f"客户{whose}" not in page


def test_a_reveal_writes_one_row(client, li):
    client.force_login(li)
    url = reverse("leads:reveal", args=[lead_of("mine").number])
    answer = client.post(url, headers={"X-Requested-With": "fetch"})
    assert answer.json() == {"tel": "+8613900000001"}
    (event,) = AccessEvent.objects.filter(kind="reveal")
    assert (event.by, event.target_id, event.at) == (li, lead_of("mine").pk, NOW)


def test_a_form_that_was_refused_hands_back_only_what_was_typed(client, li):
    client.force_login(li)
    answer = client.post("/walk-in/", {"phone": "0001", "lead": "", "persons": "0", "token": "no"})
    page = answer.content.decode()
    assert (answer.status_code, WHOLE.findall(page)) == (422, [])
