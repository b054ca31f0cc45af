"""The night page: what the night did, what is late, what stands aside."""

import datetime as dt
import re
from pathlib import Path

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Backup
from followups.models import Heartbeat, NightlyRun, Notice, Parked, SendingPause
from followups.notice_words import text_of
from followups.watching import watch
from tests.conftest import at
from tests.factories import LeadFactory, make_person, make_store

pytestmark = pytest.mark.django_db

NIGHT = "/night/"
TODAY = dt.date(2026, 3, 12)
COUNTS = {
    "changed": 96,
    "lapse_proposed": 2,
    "lapsed": 0,
    "missed": 5,
    "escalated": 1,
    "parked": 0,
    "seconds": 17.2,
}


@pytest.fixture(autouse=True)
def a_machine_at_work(settings, tmp_path):
    settings.QUEUE_DIR = tmp_path


@pytest.fixture(autouse=True)
def at_nine_forty():
    with time_machine.travel(at("2026-03-12 09:40"), tick=False):
        yield


@pytest.fixture
def client(client, chen):
    client.force_login(chen)
    return client


def ran(store, on, *, started="00:00:04", state="done", lease="2026-03-12 09:00"):
    return NightlyRun.objects.create(
        store=store,
        on=dt.date.fromisoformat(on),
        state=state,
        started_at=at(f"{on} {started}"),
        lease_until=at(lease),
        counts=COUNTS if state == "done" else {},
    )


def swept(when="2026-03-12 09:35"):
    Heartbeat.objects.create(name="sweep", at=at(when))


def park(store, *, attempts=3, **fields):
    fields = {"job": "lapse_or_propose", "ref_kind": "lead", "ref_id": 1, **fields}
    return Parked.objects.create(
        store=store, attempts=attempts, error="IntegrityError: x", at=at("2026-03-11 06:12"), **fields
    )


def page(client) -> str:
    response = client.get(NIGHT)
    assert response.status_code == 200
    return response.content.decode()


def rows(text: str) -> list[list[str]]:
    """The cells of the first table."""
    body = re.search(r"<tbody>(.*?)</tbody>", text, re.DOTALL)[1]
    lines = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", line, re.DOTALL) for line in lines]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in line] for line in cells]


def test_a_good_night_is_done_and_nothing_is_red(client, store):
    ran(store, "2026-03-12")
    swept()
    text = page(client)
    assert "strip-danger" not in text
    assert "Run the sweep now" not in text
    assert rows(text) == [
        ["Thu 12 Mar", "Done", "00:00:04", "17.20", "96", "2", "0", "5", "1", "0"],
    ]


def test_a_missed_night_stands_as_missed_and_names_who_caught_it_up(client, store):
    ran(store, "2026-03-09")
    ran(store, "2026-03-12")
    swept()
    assert [row[:3] for row in rows(page(client))] == [
        ["Thu 12 Mar", "Done 3 nights in one", "00:00:04"],
        ["Wed 11 Mar", "Missed Caught up by Thu 12 Mar", "–"],
        ["Tue 10 Mar", "Missed Caught up by Thu 12 Mar", "–"],
        ["Mon 9 Mar", "Done", "00:00:04"],
    ]


def test_a_night_that_began_late_says_by_how_much(client, store):
    ran(store, "2026-03-12", started="06:12:40")
    swept()
    assert rows(page(client))[0][1:3] == ["Done, 6 h late", "06:12:40"]


def test_the_table_goes_back_fourteen_nights(client, store):
    for day in range(20):
        ran(store, (TODAY - dt.timedelta(day)).isoformat())
    swept()
    nights = rows(page(client))
    assert len(nights) == 14
    assert nights[-1][0] == "Fri 27 Feb"


@pytest.mark.parametrize(
    ("last", "late"),
    [("2026-03-12 09:29:00", False), ("2026-03-12 09:28:59", True)],
)
def test_two_missing_sweeps_and_a_minute_are_red(client, store, settings, last, late):
    settings.SWEEP_SECONDS = 300
    ran(store, "2026-03-12")
    swept(last)
    assert ("strip-danger" in page(client)) is late


def test_the_red_strip_says_since_when_and_that_nothing_is_lost(client, store):
    ran(store, "2026-03-12")
    swept("2026-03-12 09:11")
    text = page(client)
    assert "Reminders are late: the last sweep was 29 minutes ago." in text
    assert "Nothing is lost" in text
    assert "Run the sweep now" in text


def test_a_missing_run_is_red_though_the_sweep_comes(client, store):
    ran(store, "2026-03-11")
    swept()
    text = page(client)
    assert "the night does not finish" in text
    assert rows(text)[0][1] == "Missed"


def test_a_run_in_hand_is_not_late(client, store):
    ran(store, "2026-03-12", state="running", lease="2026-03-12 09:45")
    swept()
    text = page(client)
    assert "strip-danger" not in text
    assert rows(text)[0][1] == "Running"


def test_a_run_whose_lease_is_over_is_late(client, store):
    ran(store, "2026-03-12", state="running", lease="2026-03-12 09:39")
    swept()
    assert "strip-danger" in page(client)


def test_before_the_first_sweep_of_the_night_nothing_is_late(client, store):
    ran(store, "2026-03-11")
    with time_machine.travel(at("2026-03-12 00:05"), tick=False):
        swept("2026-03-12 00:04")
        text = page(client)
    assert "strip-danger" not in text
    assert rows(text)[0][1] == "Due now"


def test_running_the_sweep_by_hand_prepares_the_day(client, store):
    response = client.post(reverse("followups:night_run"))
    assert response["Location"] == NIGHT
    assert NightlyRun.objects.get(store=store).on == TODAY
    assert "strip-danger" not in page(client)


def test_when_nothing_is_late_the_button_does_nothing(client, store):
    ran(store, "2026-03-12")
    swept()
    client.post(reverse("followups:night_run"))
    assert Heartbeat.objects.get().at == at("2026-03-12 09:35")


def test_a_parked_row_names_its_lead_and_why_it_stopped(client, store, li):
    lead = LeadFactory(store=store, owner=li)
    park(store, ref_id=lead.pk)
    text = page(client)
    assert f'<a class="opens" href="/leads/{lead.number}/">{lead.number}</a>' in text
    assert "IntegrityError: x" in text
    assert "Yesterday 06:12" in text


def test_trying_again_gives_a_parked_row_new_tries(client, store):
    parked = park(store)
    client.post(reverse("followups:night_retry", args=[parked.pk]))
    parked.refresh_from_db()
    assert parked.attempts == 0
    assert "again tonight" in page(client)


def test_a_row_of_another_store_cannot_be_tried_and_is_not_shown(client, store):
    west = make_store("west", group=store.group)
    parked = park(west)
    assert client.post(reverse("followups:night_retry", args=[parked.pk])).status_code == 404
    parked.refresh_from_db()
    assert parked.attempts == 3
    assert "IntegrityError" not in page(client)


def test_an_administrator_sees_the_page_without_ways_to_customers(client, store, li):
    lead = LeadFactory(store=store, owner=li)
    park(store, ref_id=lead.pk)
    client.force_login(make_person(store, "admin", "管理员", "admin"))
    text = page(client)
    assert lead.number in text
    assert f"/leads/{lead.number}/" not in text


@pytest.mark.parametrize("role", ["consultant", "supervisor", "receptionist", "finance", "bdc_agent"])
@pytest.mark.thorough
def test_who_does_not_run_the_store_has_no_night_page(client, store, role):
    client.force_login(make_person(store, "x", "何静", role))
    parked = park(store)
    assert client.get(NIGHT).status_code == 403
    assert client.post(reverse("followups:night_run")).status_code == 403
    assert client.post(reverse("followups:night_retry", args=[parked.pk])).status_code == 403
    assert (NightlyRun.objects.count(), Heartbeat.objects.count()) == (0, 0)
    parked.refresh_from_db()
    assert parked.attempts == 3


def test_statements_do_not_grow_with_the_rows(client, store, li, django_assert_max_num_queries):
    lead = LeadFactory(store=store, owner=li)
    swept()
    park(store, ref_id=lead.pk)
    client.get(NIGHT)
    with django_assert_max_num_queries(8):
        client.get(NIGHT)
    for n in range(100):
        park(store, ref_id=lead.pk, job=f"job{n}")
        ran(store, (TODAY - dt.timedelta(n)).isoformat())
    with django_assert_max_num_queries(8):
        client.get(NIGHT)


# --- the machine: backups, messages, the queue ---------------------------------------------------


@pytest.fixture
def folder(settings, tmp_path):
    settings.BACKUP_FOLDER = str(tmp_path)
    return tmp_path


def backed_up(folder, when, **fields) -> Backup:
    file = folder / f"{when[-5:-3]}.zip"
    file.write_bytes(b"x" * 2048)
    return Backup.objects.create(at=at(when), file=file, bytes=2048, **fields)


def told(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_without_a_folder_the_page_says_that_no_backup_is_kept(client, store, settings):
    settings.BACKUP_FOLDER = ""
    ran(store, "2026-03-12")
    swept()
    text = page(client)
    assert "No backup is kept. Set BACKUP_FOLDER to a folder on another disk" in told(text)
    assert "strip-danger" not in text


def test_the_last_good_backup_stands_with_its_size_and_when_it_was_verified(client, store, folder):
    ran(store, "2026-03-12")
    swept()
    backup = backed_up(folder, "2026-03-12 00:06")
    text = page(client)
    assert "Backup 2.0 KB Today 00:06 never verified" in told(text)
    assert "strip-danger" not in text
    Backup.objects.filter(pk=backup.pk).update(verified_at=at("2026-03-12 08:00"))
    assert "verified today 08:00" in told(page(client))


@pytest.mark.parametrize(("taken", "red"), [("2026-03-11 07:40", False), ("2026-03-11 07:39", True)])
def test_after_twenty_six_hours_without_a_good_backup_the_page_is_red(client, store, folder, taken, red):
    ran(store, "2026-03-12")
    swept()
    backed_up(folder, taken)
    text = page(client)
    assert ("strip-danger" in text) is red
    assert ("The last good backup is older than 26 hours." in text) is red


def test_a_file_that_is_gone_or_cut_off_is_no_backup(client, store, folder):
    ran(store, "2026-03-10")
    ran(store, "2026-03-12")
    swept()
    backup = backed_up(folder, "2026-03-12 00:06")
    (folder / "00.zip").write_bytes(b"x" * 2047)
    assert "The last good backup is older than 26 hours." in page(client)
    Path(backup.file).unlink()
    assert "The last good backup is older than 26 hours." in page(client)


def test_a_failed_try_is_red_with_its_reason_until_one_succeeds(client, store, folder):
    ran(store, "2026-03-12")
    swept()
    backed_up(folder, "2026-03-11 20:00")
    Backup.objects.create(at=at("2026-03-12 00:06"), file="b.zip", error="disk_full: /mnt/stick")
    text = page(client)
    assert "The disk of /mnt/stick is full." in text
    assert "The last try to take a backup failed." in text
    backed_up(folder, "2026-03-12 01:06")
    assert "strip-danger" not in page(client)


def test_stopped_messages_are_said_with_the_reason(client, store):
    ran(store, "2026-03-12")
    swept()
    assert "Messages Going out" in told(page(client))
    SendingPause.objects.create(reason="restored", since=at("2026-03-12 09:00"))
    text = told(page(client))
    assert "No message leaves the house until an administrator says go." in text
    assert "A backup was restored: Today 09:00" in text
    assert "Messages Held back" in text


def test_a_queue_that_cannot_be_reached_is_red(client, store, settings, tmp_path):
    ran(store, "2026-03-12")
    swept()
    settings.REDIS_URL, settings.QUEUE_DIR = "", tmp_path
    assert "Queue Answers" in told(page(client))
    settings.QUEUE_DIR = tmp_path / "nowhere"
    text = page(client)
    assert "Queue Silent" in told(text)
    assert "strip-danger" in text
    settings.REDIS_URL = "redis://localhost:1/0"
    assert "Queue Silent" in told(page(client))


def test_the_sweep_says_how_long_it_took(client, store):
    ran(store, "2026-03-12")
    swept()
    Heartbeat.objects.create(name="swept", at=at("2026-03-12 09:35") + dt.timedelta(seconds=1.25))
    assert "Sweep On time Today 09:35 in 1.25 s" in told(page(client))


# --- who runs the store is told -----------------------------------------------------------------


def test_administrators_are_told_once_a_day_and_cause(store, chen, li, folder):
    boss = make_person(store, "admin", "管理员", "admin")
    ran(store, "2026-03-10")
    park(store)
    now = at("2026-03-12 09:40")
    assert watch(now) == 3
    assert watch(now + dt.timedelta(hours=3)) == 0
    rows = Notice.objects.order_by("kind").values_list("user", "kind", "cause")
    assert list(rows) == [
        (boss.pk, kind, f"{kind}:{store.pk}:2026-03-12") for kind in ("backup_late", "night_late", "parked")
    ]
    assert watch(now + dt.timedelta(days=1)) == 3
    assert text_of("parked", {"n": 1}) == "The night set 1 row aside"


def test_when_all_is_well_nobody_is_told(store, chen, folder):
    ran(store, "2026-03-12")
    park(store, attempts=2)  # tried again tonight
    backed_up(folder, "2026-03-12 00:06")
    assert watch(at("2026-03-12 09:40")) == 0


def test_a_store_without_an_administrator_tells_its_managers(store, chen, li):
    assert watch(at("2026-03-12 09:40")) == 1
    assert Notice.objects.get().user == chen
