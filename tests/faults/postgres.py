"""A PostgreSQL of its own, which a test may stop and start again."""

import getpass
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg2
from django.db import connection

from tests.faults.machines import free_port

USER = "postgres"
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))  # on whatever machine has a server of its own


class Postgres:
    """Holds a copy of the database of this test, as it is when this is made."""

    def __init__(self):
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="dealer-postgres-"))
        if getpass.getuser() == "root":  # PostgreSQL does not run as root
            shutil.chown(self.folder, USER, USER)
        self.run("initdb", "-D", self.data, "-U", USER, "-A", "trust", "--no-sync")
        self.start()
        self.copy()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgres://{USER}@127.0.0.1:{self.port}/{USER}"

    def run(self, program: str, *arguments) -> None:
        as_user = {"user": USER} if getpass.getuser() == "root" else {}
        command = [PROGRAMS[-1] / program, *arguments]
        subprocess.run(command, cwd=self.folder, stdout=subprocess.DEVNULL, check=True, **as_user)

    def start(self) -> None:
        """Answers once it takes connections."""
        listens = f"-h 127.0.0.1 -p {self.port} -k {self.folder}"
        self.run("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-o", listens, "-w", "start")

    def stop(self, how: str = "fast") -> None:
        """Answers once it is gone; "fast" ends every session, "immediate" is as if the power went."""
        self.run("pg_ctl", "-D", self.data, "-m", how, "-w", "stop")

    def copy(self) -> None:
        server = os.environ["DATABASE_URL"].rpartition("/")[0]
        ours = f"{server}/{connection.settings_dict['NAME']}"
        dump = subprocess.run(["pg_dump", "--no-owner", ours], stdout=subprocess.PIPE, check=True)
        load = ["psql", "--quiet", "--set", "ON_ERROR_STOP=1", self.url]
        subprocess.run(load, input=dump.stdout, stdout=subprocess.DEVNULL, check=True)

    def ask(self, question: str) -> tuple:
        """The first row."""
        there = psycopg2.connect(self.url)
        try:
            with there, there.cursor() as cursor:
                cursor.execute(question)
                return cursor.fetchone()
        finally:
            there.close()

    def end(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder)
