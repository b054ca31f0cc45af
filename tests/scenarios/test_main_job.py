"""The main job on real input, by the commands: a store, its register, the night, a day's first two calls."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Count, Q

from accounts.models import AccessEvent, SettingChange, Store, User
from accounts.triggers import make_append_only
from followups import my_day
from followups.contacts import Said, log_contact
from followups.models import Task
from leads.models import Lead, LeadEvent
from tests.conftest import at
from tests.registers import FULL

pytestmark = pytest.mark.django_db
PASSWORD = "a-car-a-day-2026"
INTERVALS = {"H": 2, "A": 3, "B": 15, "C": 30}  # days until the next contact


def command(*args) -> dict:
    """The one JSON document that a command writes to standard output."""
    out = StringIO()
    call_command(*map(str, args), "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_the_main_job_on_the_register_of_a_real_showroom(settings):
    settings.INSTALL_TRIGGERS = True
    for model in (LeadEvent, AccessEvent, SettingChange):
        make_append_only(model._meta.db_table)

    settings.DEALER_NOW = "2026-06-18T08:30:00+08:00"
    command("create_store", "east", "--name", "东店", "--zone", "Asia/Shanghai", "--country", "CN")
    register = ("import_register", FULL, "--store", "east", "--as-of", "2026-06-18")
    first = command(*register)
    assert [first[key] for key in ("read", "created", "rejected", "customers", "leads")] == [
        1200,
        1200,
        0,
        809,
        809,
    ]
    assert Lead.objects.filter(owner__full_name="李强").count() == 217
    again = command(*register)
    assert [again[key] for key in ("read", "created", "skipped", "customers", "leads")] == [
        1200,
        0,
        1200,
        0,
        0,
    ]

    settings.DEALER_NOW = "2026-06-19T00:05:00+08:00"
    night = ("nightly", "--date", "2026-06-19")
    (run,) = command(*night)["runs"]
    assert (run["store"], run["on"], run["state"]) == ("east", "2026-06-19", "done")
    assert not Lead.objects.filter(owner=None).exists()
    assert share_and_backlog() == {"李强": (15, 200), "陈刚": (15, 183), "赵敏": (15, 181), "王芳": (15, 180)}

    li = sign_in_of_li()
    store, morning = Store.objects.get(), at("2026-06-19 09:05")
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
