"""The role of web and worker: it reads and writes rows, owns nothing, and may not touch what only grows."""

import os

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg2 import sql

STATEMENTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE ALL ON django_migrations FROM {role}",
    "GRANT SELECT ON django_migrations TO {role}",
)
# The tables that only grow bear a trigger of this name (accounts.triggers).
APPEND_ONLY = r"""
SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname LIKE '%\_append\_only'
"""
LOGIN = "{verb} ROLE {role} LOGIN PASSWORD {password}"


class Command(BaseCommand):
    help = "Create or renew the lesser role of web and worker (PostgreSQL). APP_DB_PASSWORD: its password."

    def add_arguments(self, parser):
        parser.add_argument("role")

    def handle(self, *args, **options):
        if connection.vendor != "postgresql":
            raise CommandError("Roles are PostgreSQL's; SQLite has none.")
        password = os.environ.get("APP_DB_PASSWORD", "")
        if not password:
            raise CommandError("APP_DB_PASSWORD says nothing.")
        with transaction.atomic(), connection.cursor() as cursor:
            self.let_in(cursor, options["role"], password)
        self.stdout.write(f"{options['role']} may use the tables, and owns none of them.")

    def let_in(self, cursor, name: str, password: str):
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
        verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
        role = sql.Identifier(name)
        cursor.execute(sql.SQL(LOGIN).format(verb=verb, role=role, password=sql.Literal(password)))
        for statement in STATEMENTS:
            cursor.execute(sql.SQL(statement).format(role=role))
        cursor.execute(APPEND_ONLY)
        for (table,) in cursor.fetchall():
            only_grows = sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")
            cursor.execute(only_grows.format(table=sql.Identifier(table), role=role))
