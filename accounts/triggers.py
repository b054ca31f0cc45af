"""Tables that only grow: the database itself refuses UPDATE and DELETE (MODEL section 6)."""

from django.conf import settings
from django.db import connection

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME; END $$
"""


def make_append_only(table: str) -> None:
    """Install the triggers of a table unless they stand; settings.INSTALL_TRIGGERS may leave them off.

    SQLite drops triggers when a migration rebuilds a table, so this runs after every migrate.
    """
    if not settings.INSTALL_TRIGGERS or is_append_only(table):
        return
    with connection.cursor() as cursor:
        for statement in _statements(table):
            cursor.execute(statement)


def _statements(table: str) -> list[str]:
    if connection.vendor == "postgresql":
        return [
            FUNCTION,
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        ]
    refuse = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or deleted'); END"
    return [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
    ]


def is_append_only(table: str) -> bool:
    """Whether the table's triggers stand in the database."""
    source = "pg_trigger" if connection.vendor == "postgresql" else "sqlite_master"
    column = "tgname" if connection.vendor == "postgresql" else "name"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {source} WHERE {column} = %s", [f"{table}_append_only"])
        return cursor.fetchone() is not None
