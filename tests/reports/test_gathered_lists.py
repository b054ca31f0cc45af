"""With what was gathered in play: every number still opens a list of that many (UX law 6)."""

import datetime as dt

import pytest

from reports.gathering import gather
from reports.models import Gathered, WorkDay
from reports.numbers import gathered_upto
from reports.work_days import gather_work
from tests.conftest import at
from tests.sizes import MANY
from tests.statements import statements

from .month import many_leads, moved, opened
from .test_numbers_open_lists import TOTAL, group, numbers_of, world  # noqa: F401

pytestmark = pytest.mark.django_db
URL = "/reports/funnel/?period=own&from=2026-03-03&to=2026-03-31"


@pytest.fixture
def manager(group, store, sign_in):  # noqa: F811
    """The manager, when most was gathered and something happened since."""
    for minute in (0, 5):
        gather(at("2026-03-31 20:00") + dt.timedelta(minutes=minute))
    assert gather_work()
    lead = opened(store, group["li"], "2026-03-05 10:00", known="2026-03-31 21:00")
    moved(lead, 3, "2026-03-31 21:00")
    assert gathered_upto()
    assert WorkDay.objects.exists()
    assert Gathered.objects.get().sums
    return sign_in(group["chen"])


def test_each_number_opens_a_list_of_that_many(manager):
    found = [(link, number) for link, number in numbers_of(manager, URL) if "/leads/" in link]
    assert len(found) > 15
    for link, number in found:
        assert int(TOTAL.search(manager.get(link).content.decode())[1]) == number, link


@pytest.mark.thorough
def test_it_asks_as_few_statements_for_a_thousand_leads(manager, group, store):  # noqa: F811
    manager.get(URL)
    with statements() as few:
        manager.get(URL)
    many_leads(store, group["li"], MANY)
    for minute in (0, 5):
        gather(at("2026-03-31 22:00") + dt.timedelta(minutes=minute))
    with statements() as many:
        manager.get(URL)
    assert len(many) <= len(few) <= 10, "\n".join(few)
