"""What a list, the board and their parts weigh on the wire: a page 10 kB, a part of one 5 kB, compressed."""

import datetime as dt

import pytest
import time_machine

from leads.models import Lead, LeadModel
from leads.steps import Step
from tests.conftest import at
from tests.factories import CarModelFactory, CustomerFactory, LeadFactory, PhoneFactory

pytestmark = [pytest.mark.once, pytest.mark.thorough, pytest.mark.django_db]

PAGES = ["/leads/", "/leads/?order=priority", "/leads/?grade=C", "/leads/board/"]
PARTS = [
    "/leads/tabs/",
    "/leads/filter/",
    "/leads/?after=2026-03-01~0&from=25",
    "/leads/board/?column=needs&after=2026-03-01~0~H",
]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"


@pytest.fixture
def busy(client, store, li, chen):
    """A store whose manager has many different customers in front of him."""
    cars = [CarModelFactory(group=store.group, name_zh=f"车型 2.0T {n}号") for n in range(12)]
    for n in range(120):
        name = f"{SURNAMES[n % 20]}{chr(0x6C38 + 7 * n)}{chr(0x660E + 11 * n)}"
        customer = CustomerFactory(group=store.group, name=name)
        PhoneFactory(customer=customer, value=f"+86138{(n * 7919 + 12345) % 10**8:08d}")
        lead = LeadFactory(
            store=store,
            owner=li if n % 3 else chen,
            customer=customer,
            step=2 + n % 5,
            grade="HABC"[n % 4],
            has_cadence=True,
            next_due_on=dt.date(2026, 3, 2) + dt.timedelta(n % 40),
            last_contact_at=at("2026-03-08 10:00"),
        )
        LeadModel.objects.create(lead=lead, car_model=cars[n % 12])
    assert Lead.objects.filter(step=Step.NEEDS).count() == 24
    client.force_login(chen)
    with time_machine.travel(at("2026-03-12 10:00"), tick=False):
        yield client


def weight(client, address, **headers):
    answer = client.get(address, headers={"Accept-Encoding": "gzip", **headers})
    assert answer.status_code == 200
    return len(answer.content)


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_page_weighs_10_kb_at_most(busy, chen, address, language):
    type(chen).objects.filter(pk=chen.pk).update(language=language)
    assert weight(busy, address) <= 10_000


@pytest.mark.parametrize("address", PARTS)
def test_a_part_of_a_page_weighs_5_kb_at_most(busy, address):
    assert weight(busy, address, **{"HX-Request": "true"}) <= 5_000
