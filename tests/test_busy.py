"""Walk-ins while a file is read in: they wait a moment, and never longer than the page lets them."""

import threading
import time
import uuid
from statistics import median

import pytest
from django.db import connection, transaction

from accounts.counters import take
from leads.models import Customer, Lead
from showroom.models import Visit
from tests.followups.lists import import_list, write_list
from tests.memory import memory_of_import
from tests.registers import first_rows, import_register
from tests.test_invariants import broken

pytestmark = [pytest.mark.postgres, pytest.mark.thorough, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def walk_in(client, li):
    """Somebody nobody knows comes in; answers the status and the seconds it took."""
    client.force_login(li, backend="accounts.backends.StaffBackend")

    def walk_in(number: int) -> tuple[int, float]:
        sheet = {"token": str(uuid.uuid4()), "phone": f"139{number:08}", "name": "张三", "persons": 1}
        began = time.monotonic()
        return client.post("/walk-in/", sheet).status_code, time.monotonic() - began

    walk_in(99_999_999)  # the first one of a process loads its templates
    return walk_in


def usual(walked) -> float:
    """The seconds that half of the walk-ins took at most: the machine of a test has other work too."""
    return median(seconds for _status, seconds in walked)


def beside(work, until_done):
    """Run `work` in a thread of its own, and `until_done` again and again until it ends; answers both."""
    answers = []

    def alone():
        try:
            answers.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=alone)
    thread.start()
    found = []
    while thread.is_alive():
        found.append(until_done(len(found)))
    thread.join()
    return answers[0], found


@pytest.mark.parametrize("kind", [pytest.param("list", marks=pytest.mark.thorough), "register"])
def test_walk_ins_during_an_import_wait_less_than_a_second(store, li, chen, walk_in, tmp_path, kind):
    def work():
        if kind == "list":
            return import_list(store, write_list(tmp_path / "list.csv", *[{}] * 3_000), by=chen)
        return import_register(store, first_rows(tmp_path / "register.csv", 0, 60))

    answer, walked = beside(work, walk_in)
    assert answer["created"] == {"list": 3_000, "register": 60}[kind]
    assert {status for status, _seconds in walked} == {302}
    assert len(walked) > 5
    assert usual(walked) < 1
    assert Visit.objects.filter(source="screen").count() == len(walked) + 1
    assert Customer.objects.count() == answer["customers"] + len(walked) + 1
    assert Lead.objects.count() == answer["leads"] + len(walked) + 1
    assert broken() == {}


@pytest.mark.parametrize("rows", [500, pytest.param(2_000, marks=pytest.mark.thorough)])
def test_a_walk_in_during_a_trial_waits_no_longer(store, li, chen, walk_in, tmp_path, rows):
    path = write_list(tmp_path / "list.csv", *[{}] * rows)
    answer, walked = beside(lambda: import_list(store, path, by=chen, dry_run=True), walk_in)
    assert (answer["created"], Customer.objects.count()) == (rows, len(walked) + 1)
    assert {status for status, _seconds in walked} == {302}
    assert usual(walked) < 1
    assert broken() == {}


def test_a_walk_in_while_somebody_holds_the_counter_is_told_to_come_back(store, walk_in):
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            take((f"customer:{store.group_id}", "", 1))
            held.set()
            done.wait(30)
        connection.close()

    holding = threading.Thread(target=hold)
    holding.start()
    held.wait(30)
    try:
        status, _seconds = walk_in(1)
    finally:
        done.set()
        holding.join()
    assert (status, Visit.objects.count()) == (503, 1)


@pytest.mark.thorough
def test_five_times_the_rows_take_hardly_more_memory(store, li, chen, tmp_path):
    rows = [{"电话": f"137{n:08}"} for n in range(5_000)]
    small = memory_of_import(write_list(tmp_path / "small.csv", *rows[:1_000]), dry_run=True)
    large = memory_of_import(write_list(tmp_path / "large.csv", *rows), dry_run=True)
    assert (small[0], large[0]) == (1_000, 5_000)
    assert large[1] - small[1] < 15
