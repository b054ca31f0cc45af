"""Who sees one row of a register is the same, asked of the row and of all rows (SPEC A71)."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import DayOff, Team
from leads.collaborators import add_collaborator
from showroom.access import sees_row
from showroom.models import Call, Visit
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 15:00")
TODAY = dt.date(2026, 3, 12)


@pytest.fixture
def people(store, li, wang, zhao, chen):
    """By what lets them see something, or nothing."""
    team = Team.objects.create(store=store, name="一组")
    west = make_store("west", group=store.group)
    people = {"owner": li, "received": wang, "colleague": zhao, "manager": chen}
    people["receptionist"] = make_person(store, "qian", "钱", "receptionist")
    people["supervisor"] = make_person(store, "sun", "孙", "supervisor", team=team)
    people["general manager"] = make_person(west, "boss", "总", "general_manager")
    people["elsewhere"] = make_person(west, "far", "远", "manager", "receptionist")
    people["collaborator"] = make_person(store, "helper", "帮", "consultant")
    people["deputy"] = make_person(store, "deputy", "代", "consultant")
    people["agent"] = make_person(store, "agent", "电", "bdc_agent")
    people["gone"] = make_person(store, "gone", "离", "manager")
    people["gone"].is_active = False
    away = {"store": store, "user": li, "on": TODAY, "absence": True, "deputy": people["deputy"]}
    DayOff.objects.create(**away)
    return people


@pytest.fixture
def rows(store, people):
    """Visits and calls: of Li's customer, of nobody, of a merged hand; today and before."""
    lead = know(store, people["owner"], "13800000001", "张伟", step=4, grade="A")
    add_collaborator(lead.pk, people["collaborator"], by=people["manager"], at=NOW)
    rows = []
    serial = 0
    for on in (TODAY, TODAY - dt.timedelta(days=3)):
        for receiver, helper, of in (
            ("owner", None, lead),
            ("received", "colleague", lead),
            ("received", None, None),
            (None, None, lead),
        ):
            serial += 1
            arrived = NOW - (TODAY - on)
            who = {"store": store, "on": on, "lead": of, "recorded_at": arrived}
            receives = people.get(receiver)
            numbers = {"flow_serial": serial, "register_serial": serial}
            rows.append(
                Visit.objects.create(
                    **who, **numbers, arrived_at=arrived, receiver=receives, assistant=people.get(helper),
                    kind="return",
                )
            )  # fmt: skip
            if receives:
                rows.append(
                    Call.objects.create(
                        **who, serial=serial, at=arrived, receiver=receives, designated=people.get(helper)
                    )
                )
    return rows


def test_one_row_is_seen_by_whoever_finds_it_among_all(people, rows):
    seen, found = {}, {}
    for name, person in people.items():
        for row in rows:
            seen[name, row] = sees_row(row, person, now=NOW)
            found[name, row] = type(row).objects.visible_to(person, now=NOW).filter(pk=row.pk).exists()
    assert seen == found
    assert {name for (name, _row), is_seen in seen.items() if is_seen} >= {
        "owner", "received", "colleague", "manager", "receptionist", "collaborator", "deputy",
    }  # fmt: skip
    assert not any(is_seen for (name, _row), is_seen in seen.items() if name in ("gone", "agent"))


@pytest.mark.parametrize("pk", [0, 2**63 - 1, 2**63])
@pytest.mark.parametrize("page", ["close", "edit_visit", "edit_call", "hot_signals"])
def test_a_number_that_no_row_has_is_not_found(client, chen, page, pk):
    client.force_login(chen)
    assert client.get(reverse(f"showroom:{page}", args=[pk])).status_code == 404
