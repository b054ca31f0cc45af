"""A01: rows of a real register as of 18 June and the night of the 19th: nobody empty, nobody flooded."""

import datetime as dt

import pytest

from accounts.models import User
from accounts.rules import set_setting
from followups.models import Task
from followups.night import run_night
from leads.models import LapseProposal, Lead
from tests.factories import make_store
from tests.registers import AS_OF, MORNING, first_rows, import_register, kept_for_the_module
from tests.test_invariants import broken

pytestmark = pytest.mark.django_db
NEXT_DAY = dt.date(2026, 6, 19)
# By the rows that were read in: their customers with a name, so with a cadence.
PEOPLE_OF = {
    150: {"陈刚": 29, "王芳": 25, "赵敏": 29, "李强": 20},
    400: {"陈刚": 72, "王芳": 67, "赵敏": 66, "李强": 59},
}


@pytest.fixture(scope="module", params=[150, pytest.param(400, marks=pytest.mark.thorough)])
def rows(request):
    return request.param


@pytest.fixture(scope="module")
def store(rows, django_db_setup, django_db_blocker, tmp_path_factory):
    file = first_rows(tmp_path_factory.mktemp("a01") / "register.csv", 0, rows)
    with kept_for_the_module(django_db_blocker):
        store = make_store("east")
        import_register(store, file)
        yield store


@pytest.fixture
def people(rows):
    return PEOPLE_OF[rows]


def night(store, on=NEXT_DAY):
    return run_night(store, on, now=store.start_of_day(on))


def share(name, on):
    return Task.objects.filter(assignee__full_name=name, state="open", catch_up=True, due_on=on)


def backlog(name, on):
    return Task.objects.filter(assignee__full_name=name, state="open", catch_up=True, due_on__gt=on)


def test_the_import_day_has_a_share_of_fifteen_for_each(store, people):
    assert {name: share(name, AS_OF).count() for name in people} == dict.fromkeys(people, 15)
    assert {name: 15 + backlog(name, AS_OF).count() for name in people} == people


@pytest.mark.parametrize("mode", ["propose", "automatic"])
def test_the_first_night_puts_nobody_in_the_pool(store, mode):
    set_setting(store, "lapse_mode", mode, by=None, at=MORNING)
    result = night(store)
    assert (result.lapsed, result.lapse_proposed, result.missed, result.escalated) == (0, 0, 0, 0)
    assert not Lead.objects.filter(owner=None).exists()
    assert not LapseProposal.objects.exists()


def test_the_morning_after_shares_and_backlog_are_all_open_tasks(store, people):
    night(store)
    assert {name: share(name, NEXT_DAY).count() for name in people} == dict.fromkeys(people, 15)
    assert {name: 15 + backlog(name, NEXT_DAY).count() for name in people} == people
    assert Task.objects.filter(state="open").count() == sum(people.values())


def test_the_share_is_the_hottest_first_and_in_each_grade_the_longest_silent(store, rows):
    night(store)
    tasks = Task.objects.filter(assignee__full_name="李强", catch_up=True).order_by("due_on")
    days: dict[dt.date, list] = {}
    for on, grade, visited in tasks.values_list("due_on", "lead__grade", "lead__last_visit_at"):
        days.setdefault(on, []).append(("HABC".index(grade), visited))
    in_order = [row for on in sorted(days) for row in sorted(days[on])]
    assert in_order == sorted(in_order)
    assert [len(day) for day in days.values()] == {150: [15, 5], 400: [15, 15, 15, 14]}[rows]


def test_protection_starts_at_the_first_date_of_the_catch_up(store):
    first = Lead.objects.filter(next_due_on=AS_OF).first()
    assert (first.protected_from, first.lapses_on) == (AS_OF, dt.date(2026, 6, 26))
    nameless = Lead.objects.filter(grade="none").first()
    assert (nameless.has_cadence, nameless.protected_from, nameless.lapses_on) == (
        False,
        AS_OF,
        dt.date(2026, 6, 26),
    )


def test_the_second_run_of_the_night_changes_nothing(store):
    night(store)
    again = night(store)
    assert (again.state, again.changed) == ("already", 0)
    assert broken() == {}


def test_no_consultant_of_the_register_can_sign_in_yet(store):
    people = User.objects.order_by("username")
    assert [person.username for person in people] == ["chengang", "liqiang", "wangfang", "zhaomin"]
    assert not any(person.has_usable_password() for person in people)
