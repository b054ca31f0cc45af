import datetime as dt

import pytest
from django.db import OperationalError, connection

from accounts.models import Backup
from dealer_crm import __version__
from followups.models import Heartbeat, NightlyRun
from tests.conftest import at

NOW = at("2026-03-02 15:00")


@pytest.fixture
def healthz(client, settings, django_assert_max_num_queries):
    def ask():
        settings.DEALER_NOW = NOW.isoformat()
        with django_assert_max_num_queries(5) as asked:
            answer = client.get("/healthz")
        assert all(statement["sql"].startswith("SELECT") for statement in asked)
        return answer

    return ask


@pytest.mark.django_db
def test_before_the_first_sweep_it_is_starting(healthz):
    answer = healthz()

    assert answer.status_code == 200
    assert answer.json() == {
        "state": "starting",
        "database": "ok",
        "last_sweep_at": None,
        "late": [],
        "version": __version__,
    }
    assert "Set-Cookie" not in answer.headers
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_after_a_sweep_it_is_ok(healthz):
    Heartbeat.objects.create(name="sweep", at=NOW - dt.timedelta(minutes=5))

    answer = healthz()

    assert answer.status_code == 200
    assert answer.json() == {
        "state": "ok",
        "database": "ok",
        "last_sweep_at": "2026-03-02T06:55:00+00:00",
        "late": [],
        "version": __version__,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "state"), [(660, "ok"), (661, "late")])
def test_two_missed_sweeps_and_a_minute_are_late(healthz, settings, seconds, state):
    settings.SWEEP_SECONDS = 300
    Heartbeat.objects.create(name="sweep", at=NOW - dt.timedelta(seconds=seconds))

    answer = healthz()

    assert answer.status_code == 200
    assert answer.json()["state"] == state
    assert answer.json()["late"] == (["sweep"] if state == "late" else [])


@pytest.mark.django_db
def test_a_missing_night_and_an_old_backup_are_late_too(healthz, settings, tmp_path, store):
    settings.BACKUP_FOLDER = str(tmp_path)
    Heartbeat.objects.create(name="sweep", at=NOW)
    NightlyRun.objects.create(
        store=store, on="2026-03-01", state="done", lease_until=NOW, started_at=at("2026-03-01 00:05")
    )
    assert (healthz().status_code, healthz().json()["late"]) == (200, ["night", "backup"])

    NightlyRun.objects.update(on="2026-03-02")
    whole = tmp_path / "dealer.zip"
    whole.write_bytes(b"12345")
    Backup.objects.create(at=NOW - dt.timedelta(hours=26), file=whole, bytes=5)
    assert healthz().json()["late"] == []
    whole.unlink()
    assert healthz().json()["late"] == ["backup"]


@pytest.mark.django_db
def test_the_beat_of_another_name_is_not_the_sweep(healthz):
    Heartbeat.objects.create(name="outbox", at=NOW)

    assert healthz().json()["state"] == "starting"


@pytest.mark.django_db
def test_only_a_failing_database_is_an_alarm(client):
    def fail(*_args):
        raise OperationalError("could not connect to server")

    with connection.execute_wrapper(fail):
        answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json() == {
        "state": "failed",
        "database": "failed",
        "last_sweep_at": None,
        "late": [],
        "version": __version__,
    }


@pytest.mark.django_db
def test_it_is_only_read(client):
    assert client.post("/healthz").status_code == 405
    assert Heartbeat.objects.count() == 0


@pytest.mark.django_db
def test_it_answers_without_tls_where_every_other_page_asks_for_it(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz").status_code == 200
    assert client.get("/anything").status_code == 301
