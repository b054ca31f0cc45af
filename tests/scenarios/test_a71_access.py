"""A71: who sees a lead, who works on it, and who needs a reason for the number; every part, exact values."""

import datetime as dt
from dataclasses import dataclass

import pytest
from django.urls import reverse

from accounts.models import DayOff, Team
from leads.access import is_own, may_own, may_work_on
from leads.collaborators import add_collaborator, end_collaboration
from leads.models import Lead
from showroom.models import Visit
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 15:00")
TODAY = dt.date(2026, 3, 12)
TOMORROW = at("2026-03-13 00:00")


@dataclass(frozen=True)
class May:
    """Open the card, log a contact, move a step, ask for the number, give it away: HTTP answers to a POST.

    422 = let in, the form lacks something; 200 = the number; 403 = seen, not allowed; 404 = not there.
    """

    card: int
    log: int
    move: int
    number: int
    give: int


OWNER = May(card=200, log=422, move=422, number=200, give=422)
WORKS = May(card=200, log=422, move=422, number=200, give=403)  # no reason asked for the number
LEADS = May(card=200, log=422, move=422, number=422, give=422)  # a reason asked
READS = May(card=200, log=403, move=403, number=422, give=403)
SETTER_READS = May(card=200, log=403, move=403, number=200, give=403)
NOTHING = May(card=404, log=404, move=404, number=404, give=404)
REGISTER = May(card=404, log=404, move=404, number=422, give=404)  # the number of today's row, with a reason


@pytest.fixture(autouse=True)
def _afternoon(settings):
    settings.DEALER_NOW = NOW.isoformat()


@pytest.fixture
def lead(store, li):
    """Li's, received today by Wang as a courtesy."""
    lead = know(store, li, "13800000001", "张伟", step=4, grade="A")
    Visit.objects.create(
        store=store, on=TODAY, flow_serial=1, register_serial=1, arrived_at=NOW, recorded_at=NOW,
        receiver=make_person(store, "received", "许刚", "consultant"), kind="return", courtesy=True,
        lead=lead,
    )  # fmt: skip
    return lead


@pytest.fixture
def may(client, lead):
    def ask(user):
        client.force_login(user)

        def post(route):
            return client.post(reverse(route, args=[lead.number])).status_code

        card = client.get(reverse("leads:card", args=[lead.number])).status_code
        return May(card, *map(post, ("followups:log", "leads:move", "leads:reveal", "leads:give")))

    return ask


def absent(store, who, deputy, on=TODAY):
    DayOff.objects.create(user=who, store=store, on=on, absence=True, deputy=deputy)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("consultant", NOTHING),
        ("bdc_agent", NOTHING),
        ("supervisor", NOTHING),  # of another team
        ("manager", LEADS),
        ("general_manager", READS),
        ("receptionist", REGISTER),
        ("finance", NOTHING),
        ("data_clerk", NOTHING),
        ("customer_service", NOTHING),
        ("after_sales", NOTHING),
        ("admin", NOTHING),
    ],
)
def test_a_role_alone(may, store, role, expected):
    assert may(make_person(store, "somebody", "马丽", role)) == expected


@pytest.mark.parametrize("role", ["manager", "general_manager", "consultant", "receptionist"])
def test_the_same_roles_of_another_group(may, role):
    assert may(make_person(make_store("south"), "somebody", "马丽", role)) == NOTHING


def test_the_owner(may, li):
    assert may(li) == OWNER


def test_the_supervisor_of_the_owners_team(may, store, li):
    team = Team.objects.create(store=store, name="A")
    li.memberships.update(team=team)
    assert may(make_person(store, "boss", "孙涛", "supervisor", team=team)) == LEADS


def test_a_collaborator_until_it_ends(may, lead, li, wang):
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    assert may(wang) == WORKS
    end_collaboration(lead.pk, wang, by=li, at=NOW)
    assert may(wang) == NOTHING


def test_the_deputy_during_the_cover_and_no_day_longer(may, store, lead, li, wang):
    absent(store, li, wang)
    assert may(wang) == WORKS
    assert not Lead.objects.filter(pk=lead.pk).visible_to(wang, now=TOMORROW).exists()
    assert not may_work_on(lead, wang, now=TOMORROW)


def test_the_deputy_of_yesterday_or_of_somebody_else(may, store, lead, li, wang, zhao):
    absent(store, li, wang, on=TODAY - dt.timedelta(days=1))
    absent(store, zhao, wang)
    assert may(wang) == NOTHING


def test_the_store_day_of_the_cover_is_the_stores_own(store, lead, li, wang):
    absent(store, li, wang)
    for clock, seen in (
        ("2026-03-11 23:59:59", False),
        ("2026-03-12 00:00", True),
        ("2026-03-12 23:59:59", True),
    ):
        assert Lead.objects.filter(pk=lead.pk).visible_to(wang, now=at(clock)).exists() is seen, clock


@pytest.mark.parametrize(("grade", "expected"), [("H", WORKS), ("O", WORKS), ("A", NOTHING)])
def test_on_a_weekly_day_off_the_deputy_has_h_and_o(may, store, lead, li, wang, grade, expected):
    DayOff.objects.create(user=li, store=store, weekday=TODAY.weekday(), deputy=wang)
    Lead.objects.filter(pk=lead.pk).update(grade=grade)
    assert may(wang) == expected


def test_the_setter_past_reception_reads(may, store, lead):
    mei = make_person(store, "mei", "梅洁", "bdc_agent")
    Lead.objects.filter(pk=lead.pk).update(setter=mei)
    assert may(mei) == SETTER_READS


def test_the_setter_before_reception_works(may, store, lead):
    mei = make_person(store, "mei", "梅洁", "bdc_agent")
    Lead.objects.filter(pk=lead.pk).update(setter=mei, step=1, last_visit_at=None)
    assert may(mei) == OWNER


def test_the_receiver_of_today_reads_until_the_day_ends(may, lead):
    receiver = lead.visits.get().receiver
    assert may(receiver) == READS
    assert not Lead.objects.filter(pk=lead.pk).visible_to(receiver, now=TOMORROW).exists()


def test_who_left_the_house_sees_nothing_whatever_part_he_had(may, store, lead, li, wang):
    add_collaborator(lead.pk, wang, by=li, at=NOW)
    absent(store, li, wang)
    wang.memberships.update(role="finance")
    wang.__dict__.pop("current_memberships", None)
    assert may(wang) == NOTHING
    assert not is_own(lead, wang, now=NOW)


@pytest.mark.parametrize(
    ("role", "owns", "owns_before_the_visit"),
    [
        ("consultant", True, True),
        ("supervisor", True, True),
        ("manager", True, True),
        ("bdc_agent", False, True),
        ("general_manager", False, False),
        ("receptionist", False, False),
        ("finance", False, False),
        ("admin", False, False),
    ],
)
def test_who_may_own_a_lead(store, lead, role, owns, owns_before_the_visit):
    person = make_person(store, "somebody", "马丽", role)
    new = know(store, None, "13800000009", step=1)
    new.last_visit_at = None
    assert (may_own(lead, person), may_own(new, person)) == (owns, owns_before_the_visit)
