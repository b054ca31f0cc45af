"""A store's own computer: docker-compose.yml is accepted, and its very commands run a store."""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import psycopg2
import pytest
import yaml
from django.conf import settings

from accounts.checks import fault_of, secrets_are_our_own

BASE = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((BASE / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
SECRETS = {
    "SECRET_KEY": secrets.token_hex(32),
    "OWNER_DB_PASSWORD": secrets.token_hex(16),
    "APP_DB_PASSWORD": secrets.token_hex(16),
    "REDIS_PASSWORD": secrets.token_hex(16),
    "BACKUP_KEY": secrets.token_hex(32),
    "ALLOWED_HOSTS": "crm.example.com,localhost",
}


MAY_MAKE_ROLES = "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"


def config(**variables) -> subprocess.CompletedProcess:
    """What docker-compose says of the file; no engine is asked."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | variables
    command = [
        "docker-compose",
        "--file",
        BASE / "docker-compose.yml",
        "--project-directory",
        "/tmp",
        "config",
    ]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.compose
@pytest.mark.once
class TestTheFile:
    def test_it_is_accepted(self):
        answer = config(**SECRETS)
        assert answer.returncode == 0, answer.stderr
        assert set(yaml.safe_load(answer.stdout)["services"]) >= {
            "db",
            "redis",
            "migrate",
            "web",
            "worker",
            "beat",
        }

    @pytest.mark.parametrize("name", [name for name in SECRETS if name != "BACKUP_KEY"])
    @pytest.mark.thorough
    def test_without_a_secret_nothing_starts(self, name):
        answer = config(**{key: value for key, value in SECRETS.items() if key != name})
        assert answer.returncode != 0
        assert name in answer.stderr


@pytest.mark.once
class TestWhatItSays:
    def test_only_web_publishes_a_port(self):
        public = {name for name, service in SERVICES.items() if service.get("ports")}
        assert public == {"web", "proxy"}
        assert SERVICES["proxy"]["profiles"] == ["tls"]

    def test_web_worker_and_beat_are_not_the_owner(self):
        for name in ("web", "worker", "beat"):
            assert "//dealer_app:" in SERVICES[name]["environment"]["DATABASE_URL"]
        assert "//dealer_owner:" in SERVICES["migrate"]["environment"]["DATABASE_URL"]

    def test_a_new_env_file_has_secrets_of_its_own(self, tmp_path):
        shutil.copytree(BASE / "docker", tmp_path / "docker")
        written = [new_env(tmp_path) for _time in range(2)]
        assert set(written[0]) == {*SECRETS}
        assert written[0]["ALLOWED_HOSTS"] == "crm.example.com,localhost"
        assert all(written[0][name] != written[1][name] for name in SECRETS if name != "ALLOWED_HOSTS")
        assert min(len(written[0][name]) for name in SECRETS) >= 25

    def test_the_image_has_the_programs_of_its_own_postgresql(self):
        version = SERVICES["db"]["image"].removeprefix("postgres:")
        assert f"postgresql-client-{version} " in (BASE / "Dockerfile").read_text()

    def test_every_service_that_may_write_a_backup_has_the_same_folder(self):
        for name in ("web", "worker", "migrate"):
            folder = SERVICES[name]["environment"]["BACKUP_FOLDER"]
            assert f"${{BACKUP_DIR:-backups}}:{folder}" in SERVICES[name]["volumes"]

    def test_a_standing_env_file_is_kept(self, tmp_path):
        shutil.copytree(BASE / "docker", tmp_path / "docker")
        (tmp_path / ".env").write_text("SECRET_KEY=ours\n")
        script = ["sh", tmp_path / "docker" / "new-env.sh", "crm.example.com"]
        assert subprocess.run(script, capture_output=True).returncode == 1
        assert (tmp_path / ".env").read_text() == "SECRET_KEY=ours\n"


def new_env(folder: Path) -> dict[str, str]:
    subprocess.run(
        ["sh", folder / "docker" / "new-env.sh", "crm.example.com"], check=True, capture_output=True
    )
    file = folder / ".env"
    assert file.stat().st_mode & 0o077 == 0
    lines = file.read_text().splitlines()
    file.unlink()
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.once
class TestKnownSecrets:
    @pytest.mark.parametrize("known", ["", "changeme", "django-insecure-" + "0" * 40, "postgres-postgres"])
    def test_a_short_or_known_secret_is_at_fault(self, known):
        assert fault_of(known)

    def test_a_random_one_is_not(self):
        assert fault_of(SECRETS["SECRET_KEY"]) == ""

    @pytest.mark.parametrize("address", ["redis://redis:6379/0", "redis://:changeme@redis:6379/0"])
    def test_a_queue_without_a_password_of_its_own_is_refused(self, settings, address):
        settings.SECRET_KEY, settings.REDIS_URL = SECRETS["SECRET_KEY"], address
        told = [error.msg for error in secrets_are_our_own(None)]
        assert "the password in REDIS_URL is missing or shorter than 16 characters." in told


# --- the commands of the file, on the services of this machine --------------------------------


@pytest.fixture
def store(tmp_path):
    """A computer of a store: its own database with two roles, and its own Redis."""
    ours = settings.DATABASES["default"]
    server = {"host": ours["HOST"] or "localhost", "port": int(ours["PORT"] or 5432)}
    computer = Computer(server, ours["USER"], ours["PASSWORD"], tmp_path)
    try:
        computer.set_up()
        yield computer
    finally:
        computer.clear_away()


class Computer:
    def __init__(self, server, user, password, logs):
        self.mark = f"dealer_{secrets.token_hex(4)}"
        self.owner, self.app = f"{self.mark}_owner", f"{self.mark}_app"
        self.server, self.logs, self.backups = server, logs, logs / "backups"
        self.backups.mkdir()
        self.maintainer = {**self.server, "user": user, "password": password, "dbname": "postgres"}
        self.web_port, self.redis_port = free_port(), free_port()
        self.running = []

    def set_up(self):
        password = SECRETS["OWNER_DB_PASSWORD"]
        if not self.ask(self.maintainer, MAY_MAKE_ROLES)[0][0]:
            pytest.skip("this user of PostgreSQL may not create roles")
        self.ask(self.maintainer, f"CREATE ROLE {self.owner} CREATEROLE CREATEDB LOGIN PASSWORD '{password}'")
        self.ask(self.maintainer, f"GRANT {self.owner} TO CURRENT_USER")
        self.ask(self.maintainer, f"CREATE DATABASE {self.mark} OWNER {self.owner}")
        self.start(
            "redis",
            extra=["--port", str(self.redis_port), "--save", "", "--dir", "/tmp", "--appendonly", "no"],
        )
        until(lambda: socket.create_connection(("localhost", self.redis_port), 1).close() is None)

    def clear_away(self):
        for process in self.running:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.ask(self.maintainer, f"DROP DATABASE IF EXISTS {self.mark} WITH (FORCE)")
        for role in (self.app, self.owner):
            self.ask(self.maintainer, f"DROP ROLE IF EXISTS {role}")

    def ask(self, who: dict, statement: str):
        connection = psycopg2.connect(**who)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def as_app(self, statement: str):
        who = {"user": self.app, "password": SECRETS["APP_DB_PASSWORD"], "dbname": self.mark}
        return self.ask(self.server | who, statement)

    def here(self, text: str) -> str:
        """A line of the file with the names of this machine in place of those of the network there."""
        for name, value in {**SECRETS, "HTTPS": "false", "CSRF_TRUSTED_ORIGINS": ""}.items():
            text = re.sub(r"\$\{" + name + r"(:[^}]*)?\}", value, text)
        text = text.replace("@db:5432/dealer", f"@{self.server['host']}:{self.server['port']}/{self.mark}")
        text = text.replace("@redis:6379", f"@localhost:{self.redis_port}")
        text = text.replace("/srv/dealer/backups", str(self.backups))
        text = text.replace("dealer_app", self.app).replace("dealer_owner", self.owner)
        return text.replace("0.0.0.0:8000", f"127.0.0.1:{self.web_port}")

    def environment(self, service: str) -> dict:
        named = SERVICES[service].get("environment", {})
        path = f"{BASE / '.venv' / 'bin'}:{Path(os.sys.executable).parent}:{os.environ['PATH']}"
        return {"PATH": path, "SWEEP_SECONDS": "5"} | {
            key: self.here(str(value)) for key, value in named.items()
        }

    def command(self, service: str) -> list[str]:
        return [self.here(word) for word in SERVICES[service]["command"]]

    def start(self, service: str, extra=()):
        with (self.logs / service).open("w") as log:
            process = subprocess.Popen(
                [*self.command(service), *extra],
                cwd=BASE,
                env=self.environment(service),
                start_new_session=True,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.running.append(process)

    def migrate(self, **also) -> subprocess.CompletedProcess:
        script = self.here((BASE / "docker" / "migrate.sh").read_text())
        return subprocess.run(
            ["sh", "-c", script],
            cwd=BASE,
            env=self.environment("migrate") | also,
            capture_output=True,
            text=True,
        )

    def told(self, service: str, command: str) -> str:
        """What a line of the README answers, run as that service would."""
        done = subprocess.run(
            [self.here(word) for word in command.split()],
            cwd=BASE,
            env=self.environment(service),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def health(self) -> dict:
        with urllib.request.urlopen(f"http://localhost:{self.web_port}/healthz", timeout=4) as answer:
            return json.load(answer)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(question, seconds: float = 40):
    """Ask again until the answer is true; an OSError is a no."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if question():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("it never came true")


@pytest.mark.postgres
@pytest.mark.once
@pytest.mark.thorough
def test_the_commands_of_the_file_run_a_store(store):
    refused = store.migrate(SECRET_KEY="django-insecure-" + "0" * 40)
    assert refused.returncode != 0
    assert "SECRET_KEY is one that everybody knows" in refused.stderr
    for _start in range(2):  # migrations run at every start
        done = store.migrate()
        assert done.returncode == 0, done.stderr
    for service in ("web", "worker", "beat"):
        store.start(service)
    until(lambda: store.health()["state"] == "ok")  # beat woke a worker, and its sweep wrote the heartbeat
    assert store.as_app("SELECT count(*) FROM leads_leadevent") == [(0,)]
    for forbidden in (
        "UPDATE leads_leadevent SET reason = 'x'",
        "DELETE FROM accounts_accessevent",
        "TRUNCATE leads_leadevent",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE leads_lead DISABLE TRIGGER ALL",
        "UPDATE django_migrations SET name = 'x'",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            store.as_app(forbidden)


# --- the commands of the README's chapter on backups -------------------------------------------

README = (BASE / "README.md").read_text()
# One statement counts every table.
COUNTED = """
SELECT tablename, (xpath('/row/n/text()', query_to_xml(
         format('SELECT count(*) AS n FROM %I', tablename), false, true, '')))[1]::text
  FROM pg_tables WHERE schemaname = 'public'"""


def of_the_readme(ending: str) -> tuple[str, str]:
    """Service and command of the line that ends so, before its remark."""
    lines = re.findall(
        r"^    docker compose (?:exec|run --rm) (\w+) (python manage.py .*?) *(?:#.*)?$", README, re.M
    )
    (found,) = [line for line in lines if line[1].endswith(ending)]
    return found


def rows_of(store) -> dict[str, str]:
    return dict(store.as_app(COUNTED))


@pytest.mark.postgres
@pytest.mark.once
@pytest.mark.thorough
def test_a_store_comes_back_on_a_blank_machine_by_the_lines_of_the_readme(store):
    assert store.migrate().returncode == 0
    store.told(
        "migrate", "python manage.py create_store east --name 城东店 --zone Asia/Shanghai --country CN"
    )
    store.told("worker", "python manage.py import_register tests/data/walkin_register.xlsx --store east")
    before = rows_of(store)
    assert int(before["leads_lead"]) > 100

    written = store.told(*of_the_readme("backup"))
    (file,) = store.backups.iterdir()
    assert str(file) in written
    assert file.name.endswith(".zip.gpg")
    assert "ok" in store.told(*of_the_readme("--verify"))

    store.ask(store.maintainer, f"DROP DATABASE {store.mark}")
    store.ask(store.maintainer, f"CREATE DATABASE {store.mark} OWNER {store.owner}")
    service, command = of_the_readme("backups/FILE")
    started = time.monotonic()
    store.told(service, command.replace("backups/FILE", str(file)))
    assert store.migrate().returncode == 0
    print(f"restored in {time.monotonic() - started:.1f} s")
    after = rows_of(store)
    since = {"accounts_backup", "followups_sendingpause", "django_session"}
    assert {name for name in before if after[name] != before[name]} <= since
    assert store.as_app("SELECT reason FROM followups_sendingpause WHERE ended_at IS NULL") == [("restored",)]

    for service in ("web", "worker", "beat"):
        store.start(service)
    until(lambda: store.health()["database"] == "ok")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        store.as_app("DELETE FROM accounts_accessevent")
