"""A70, A67: giving a lead away, and taking one from the pool."""

import datetime as dt

import pytest

from accounts.errors import NotAllowed, Refused
from accounts.models import Team
from accounts.rules import set_setting
from followups.invariants import cadence_one_open_task
from followups.models import Task
from leads.giving import give, may_be_given_to, take
from leads.models import Lead, LeadEvent
from leads.ownership import set_owner
from tests.conftest import at
from tests.factories import make_person, make_store
from tests.followups.worked_leads import make_lead

pytestmark = pytest.mark.django_db
NOW = at("2026-03-05 10:00")


@pytest.fixture
def lead(store, li):
    """A of Li, visited on 2 March: due 5 March, protected until the 9th."""
    return make_lead(store, li, "A", visited="2026-03-02 15:00")


@pytest.fixture
def pooled(lead):
    set_owner(
        lead, None, by=None, at=at("2026-03-04 00:00"), recorded_at=at("2026-03-04 00:00"), reason="lapsed"
    )
    return lead


def owner_of(lead):
    return Lead.objects.get(pk=lead.pk).owner


def test_the_owner_gives_and_the_tasks_go_along_with_their_dates(lead, li, wang):
    Task.objects.filter(lead=lead).update(due_on=dt.date(2026, 3, 7), due_at=at("2026-03-07 23:59:59"))
    Lead.objects.filter(pk=lead.pk).update(next_due_on=dt.date(2026, 3, 7))
    give(lead.pk, wang, by=li, at=NOW)
    lead.refresh_from_db()
    assert (lead.owner, lead.protected_from) == (wang, dt.date(2026, 3, 5))
    assert lead.lapses_on == dt.date(2026, 3, 13)  # the new owner has eight days
    task = Task.objects.get(lead=lead)
    assert (task.assignee, task.due_on) == (wang, dt.date(2026, 3, 7))
    assert cadence_one_open_task().bad == 0
    event = LeadEvent.objects.get(lead=lead, kind="owner")
    assert (event.from_value, event.to_value, event.by, event.reason) == (
        str(li.pk),
        str(wang.pk),
        li,
        "given",
    )


def test_a_task_for_one_person_only_stays_with_that_person(lead, li, wang):
    Task.objects.filter(lead=lead).update(only_assignee=True)
    give(lead.pk, wang, by=li, at=NOW)
    assert Task.objects.get(lead=lead).assignee == li


def test_given_into_the_pool_the_dated_task_is_nobodys(lead, li):
    give(lead.pk, None, by=li, at=NOW)
    lead.refresh_from_db()
    assert (lead.owner, lead.protected_from, lead.lapses_on) == (None, None, None)
    task = Task.objects.get(lead=lead)
    assert (task.assignee, task.state, task.due_on) == (None, "open", dt.date(2026, 3, 5))


def test_the_manager_gives_any_lead_of_the_store(lead, wang, chen):
    give(lead.pk, wang, by=chen, at=NOW, reason="Li is on the motor show")
    assert owner_of(lead) == wang
    assert LeadEvent.objects.get(lead=lead, kind="owner").reason == "Li is on the motor show"


def test_the_supervisor_gives_the_teams_leads_and_no_others(store, lead, li, wang, zhao):
    team = Team.objects.create(store=store, name="A")
    li.memberships.update(team=team)
    boss = make_person(store, "boss", "孙涛", "supervisor", team=team)
    give(lead.pk, wang, by=boss, at=NOW)
    assert owner_of(lead) == wang
    with pytest.raises(NotAllowed):  # Wang is in no team of his
        give(lead.pk, zhao, by=boss, at=NOW)


@pytest.mark.parametrize("who", ["colleague", "receptionist", "manager elsewhere"])
def test_nobody_else_gives_it(store, lead, wang, zhao, qian, who):
    west = make_store("west", group=store.group)
    people = {
        "colleague": zhao,
        "receptionist": qian,
        "manager elsewhere": make_person(west, "west", "何军", "manager"),
    }
    with pytest.raises(NotAllowed):
        give(lead.pk, wang, by=people[who], at=NOW)
    assert LeadEvent.objects.filter(lead=lead).count() == 0


def test_who_may_not_own_here_is_refused(store, lead, li, qian):
    west = make_store("west", group=store.group)
    outsider = make_person(west, "tang", "唐薇", "consultant")
    gone = make_person(store, "gone", "吴磊", "consultant")
    gone.is_active = False
    for person in (qian, outsider, gone):
        with pytest.raises(Refused) as refusal:
            give(lead.pk, person, by=li, at=NOW)
        assert refusal.value.field == "to"
    assert owner_of(lead) == li


def test_a_closed_lead_is_not_given(lead, li, wang):
    Lead.objects.filter(pk=lead.pk).update(status="lost", has_cadence=False)
    with pytest.raises(Refused):
        give(lead.pk, wang, by=li, at=NOW)
    assert owner_of(lead) == li


def test_the_people_it_may_be_given_to(lead, li, wang, zhao, chen, qian):
    assert may_be_given_to(lead) == sorted([wang, zhao, chen], key=lambda person: person.full_name)


# --- the pool ----------------------------------------------------------------------------


def test_one_tap_takes_it_with_its_date_and_eight_days(pooled, wang):
    take(pooled.pk, by=wang, at=NOW)
    pooled.refresh_from_db()
    assert (pooled.owner, pooled.protected_from) == (wang, dt.date(2026, 3, 5))
    assert pooled.lapses_on == dt.date(2026, 3, 13)
    assert Task.objects.get(lead=pooled).assignee == wang


def test_taking_twice_is_taking_once(pooled, wang):
    take(pooled.pk, by=wang, at=NOW)
    take(pooled.pk, by=wang, at=NOW)
    assert LeadEvent.objects.filter(lead=pooled, kind="owner", to_value=str(wang.pk)).count() == 1


def test_the_second_is_told_who_was_faster(pooled, wang, zhao):
    take(pooled.pk, by=wang, at=NOW)
    with pytest.raises(Refused, match="王芳 was faster"):
        take(pooled.pk, by=zhao, at=NOW)
    assert owner_of(pooled) == wang


def test_it_is_not_taken_by_the_one_from_whom_it_lapsed(pooled, li, chen):
    with pytest.raises(Refused, match="Only a visit or the manager"):
        take(pooled.pk, by=li, at=NOW)
    assert owner_of(pooled) is None
    give(pooled.pk, li, by=chen, at=NOW)
    assert owner_of(pooled) == li


def test_who_gave_it_up_does_not_take_it_either(lead, li):
    """Else giving up and taking again would start protection anew."""
    give(lead.pk, None, by=li, at=NOW)
    with pytest.raises(Refused):
        take(lead.pk, by=li, at=NOW)


def test_the_first_owner_takes_it_when_it_lapsed_from_another(pooled, li, wang):
    take(pooled.pk, by=wang, at=NOW)
    give(pooled.pk, None, by=wang, at=NOW)
    assert take(pooled.pk, by=li, at=NOW).owner == li


def test_the_store_may_leave_it_to_the_manager(store, pooled, wang, chen):
    set_setting(store, "pool_take", False, by=chen, at=NOW)
    with pytest.raises(Refused):
        take(pooled.pk, by=wang, at=NOW)
    assert give(pooled.pk, wang, by=chen, at=NOW).owner == wang


def test_reception_and_other_stores_take_nothing(store, pooled, qian):
    west = make_store("west", group=store.group)
    for person in (qian, make_person(west, "tang", "唐薇", "consultant")):
        with pytest.raises(NotAllowed):
            take(pooled.pk, by=person, at=NOW)


def test_a_closed_lead_is_not_taken(pooled, wang):
    Lead.objects.filter(pk=pooled.pk).update(status="lost", has_cadence=False)
    with pytest.raises(Refused):
        take(pooled.pk, by=wang, at=NOW)
