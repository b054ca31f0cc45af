"""The main job by the commands: a register of 1,200 rows to the row (A73), the night, a day's first calls."""

import datetime as dt
import json
from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Count, Q
from django.test import override_settings

from accounts.models import AccessEvent, SettingChange, Store, User
from accounts.triggers import make_append_only
from followups import my_day
from followups.contacts import Said, log_contact
from followups.models import Task
from leads.models import ContactPoint, Customer, CustomerLink, Import, Lead, LeadEvent
from showroom.models import Visit
from tests.conftest import at
from tests.registers import FULL, MORNING, WORKBOOK, kept_for_the_module
from tests.test_invariants import broken

# The short suite plays it in the browser, with the last weeks of the file.
pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
OWNERS = {"李强": 217, "陈刚": 199, "赵敏": 197, "王芳": 196}
PASSWORD = "a-car-a-day-2026"
INTERVALS = {"H": 2, "A": 3, "B": 15, "C": 30}  # days until the next contact


def command(*args) -> dict:
    """The one JSON document that a command writes to standard output."""
    out = StringIO()
    call_command(*map(str, args), "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def import_file(path) -> dict:
    return command("import_register", path, "--store", "east", "--as-of", "2026-06-18")


@pytest.fixture(scope="module")
def full(django_db_setup, django_db_blocker):
    """The store with the 1,200 rows in it, and the answer of the import."""
    with (
        kept_for_the_module(django_db_blocker),
        override_settings(INSTALL_TRIGGERS=True, DEALER_NOW=MORNING.isoformat()),
    ):
        for model in (LeadEvent, AccessEvent, SettingChange):
            make_append_only(model._meta.db_table)
        command("create_store", "east", "--name", "东店", "--zone", "Asia/Shanghai", "--country", "CN")
        yield Store.objects.get(), import_file(FULL)


def test_every_row_comes_in(full):
    _store, answer = full
    assert sorted(answer.pop("staff_created")) == ["李强", "王芳", "赵敏", "陈刚"]
    assert answer == {
        "read": 1200, "created": 1200, "updated": 0, "skipped": 0, "rejected": 0,
        "customers": 809, "leads": 809, "errors_file": None,
    }  # fmt: skip
    assert (Visit.objects.count(), Customer.objects.count(), Lead.objects.count()) == (1200, 809, 809)


def test_the_owner_is_who_received_the_first_visit_that_was_no_courtesy(full):
    assert Counter(Lead.objects.values_list("owner__full_name", flat=True)) == OWNERS


def test_five_customers_have_a_number_and_no_name(full):
    nameless = Customer.objects.filter(name="")
    assert nameless.count() == 5
    assert not nameless.exclude(card_opened_at=None).exists()
    assert set(Lead.objects.filter(customer__in=nameless).values_list("grade", flat=True)) == {"none"}


def test_numbers_are_identities_and_cut_off_ones_stay_text(full):
    assert ContactPoint.objects.filter(value__startswith="+861").count() == 803
    assert ContactPoint.objects.count() == 809
    assert Visit.objects.filter(lead=None).count() == 115
    assert Visit.objects.filter(lead=None).exclude(phone_text="").count() == 22  # cut off, or refused


def test_courtesy_receptions_are_returns_and_leave_the_owner(full):
    courtesy = Visit.objects.filter(courtesy=True)
    assert courtesy.count() == 44
    assert set(courtesy.values_list("kind", flat=True)) == {"return"}
    first = Visit.objects.get(on="2026-03-03", written_serial="8")
    assert (first.receiver.full_name, first.lead.owner.full_name) == ("王芳", "李强")


def test_a_row_without_leaving_time_is_a_finished_visit(full):
    visit = Visit.objects.get(on="2026-03-02", written_serial="5")
    assert (visit.arrived_at, visit.left_at, visit.completed) == (
        at("2026-03-02 15:24"),
        at("2026-03-02 15:24"),
        True,
    )
    assert not Visit.objects.filter(completed=False).exists()


def test_day_serials_run_in_file_order_and_the_files_own_number_is_kept(full):
    day = Visit.objects.filter(on="2026-03-03").order_by("register_serial")
    serials = list(day.values_list("flow_serial", "register_serial", "written_serial"))
    assert serials[0] == (1, 1, "7")
    assert serials == [(n, n, str(n + 6)) for n in range(1, 17)]


def test_spouses_are_linked_or_listed(full):
    counts = Import.objects.get().counts
    assert len(counts["spouses_linked"]) == CustomerLink.objects.count() == 16
    assert len(counts["spouses_open"]) == 2


def test_the_same_file_and_its_workbook_create_nothing_more(full):
    again = import_file(FULL)
    assert [again[key] for key in ("read", "created", "skipped", "customers", "leads", "staff_created")] == [
        1200, 0, 1200, 0, 0, [],
    ]  # fmt: skip
    workbook = import_file(WORKBOOK)
    assert (workbook["read"], workbook["created"], workbook["skipped"]) == (400, 0, 400)
    assert Visit.objects.count() == 1200


def test_every_promise_is_kept(full):
    assert broken() == {}
    assert not Lead.objects.annotate(visited=Count("visits")).filter(visited=0).exists()


def test_the_main_job_on_the_register_of_a_real_showroom(full, settings):
    settings.DEALER_NOW = "2026-06-19T00:05:00+08:00"
    night = ("nightly", "--date", "2026-06-19")
    (run,) = command(*night)["runs"]
    assert (run["store"], run["on"], run["state"]) == ("east", "2026-06-19", "done")
    assert not Lead.objects.filter(owner=None).exists()
    assert share_and_backlog() == {"李强": (15, 200), "陈刚": (15, 183), "赵敏": (15, 181), "王芳": (15, 180)}

    li = sign_in_of_li()
    (store, _answer), morning = full, at("2026-06-19 09:05")
    day = my_day.build(li, store, now=morning)
    share = day.rows[my_day.Group.SHARE]
    assert (len(share), day.backlog.count) == (15, 200)

    a_try_and_a_talk(li, share, morning)
    assert len(my_day.build(li, store, now=morning).rows[my_day.Group.SHARE]) == 13

    assert command("check_invariants")["ok"] is True
    (run,) = command(*night)["runs"]
    assert (run["state"], run["changed"]) == ("already", 0)


def share_and_backlog() -> dict[str, tuple[int, int]]:
    """Of each consultant, on 19 June; together they are all open tasks there are."""
    tasks = Task.objects.filter(state="open", catch_up=True)
    today = Count("pk", filter=Q(due_on="2026-06-19"))
    rows = tasks.values_list("assignee__full_name").annotate(today=today, both=Count("pk"))
    assert sum(both for _name, _today, both in rows) == Task.objects.filter(state="open").count() == 804
    return {name: (today, both - today) for name, today, both in rows}


def sign_in_of_li() -> User:
    """The register named him; now he gets a user name and a password, and finds his customers."""
    made = User.objects.get(full_name="李强")
    answer = command(
        "create_staff", "--store", "east", "--role", "consultant", "--username", "li", "--name", "李强",
        "--password", PASSWORD,
    )  # fmt: skip
    li = User.objects.get(username="li")
    assert (li.pk, answer["can_sign_in"], li.check_password(PASSWORD)) == (made.pk, True, True)
    assert li.language == "zh-hans"
    return li


def a_try_and_a_talk(li, share, morning) -> None:
    tried, spoken = share[0].lead, share[1].lead
    log_contact(tried.pk, Said("no_answer"), by=li, at=morning, now=morning)
    log_contact(spoken.pk, Said("comparing"), by=li, at=morning, now=morning)
    assert open_cadence(tried.pk) == (dt.date(2026, 6, 20), False)
    due_on = dt.date(2026, 6, 19) + dt.timedelta(days=INTERVALS[spoken.grade])
    assert open_cadence(spoken.pk) == (due_on, False)


def open_cadence(lead: int) -> tuple[dt.date, bool]:
    """Due day of the one open task, and whether it is in the catch-up."""
    task = Task.objects.get(lead=lead, state="open")
    return task.due_on, task.catch_up
