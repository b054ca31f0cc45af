"""What tells that a day's work changed: triggers on the tables it is counted from (SPEC A40).

They are part of the numbers, so no setting leaves them off.
"""

from django.db import connection

from .work_sql import KINDS

TOUCHED = 'INSERT INTO reports_worktouched (store_id, "on", at)'
# By table: what a row that came, changed or went touches. An event touches the day of what it undoes, an
# appointment that of the one it moved to; most rows lead to no other, and then none is looked for.
TELLS = {
    "leads_leadevent": [
        f"SELECT {{row}}.store_id, NULL, {{row}}.at WHERE {{row}}.kind IN ({KINDS})",
        ("undoes_id", "SELECT store_id, NULL, at FROM leads_leadevent WHERE id = {row}.undoes_id"),
    ],
    "showroom_visit": ['SELECT {row}.store_id, {row}."on", NULL'],
    "showroom_call": ['SELECT {row}.store_id, {row}."on", NULL'],
    "followups_appointment": [
        "SELECT {row}.store_id, NULL, {row}.at",
        "SELECT {row}.store_id, NULL, {row}.set_at",
        (
            "moved_to_id",
            "SELECT store_id, NULL, set_at FROM followups_appointment WHERE id = {row}.moved_to_id",
        ),
    ],
}
ROWS = {"INSERT": ["NEW"], "UPDATE": ["NEW", "OLD"], "DELETE": ["OLD"]}
POSTGRES = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {does} RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER {name} AFTER {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"""
SQLITE = "CREATE TRIGGER IF NOT EXISTS {name} AFTER {act} ON {table} BEGIN {does} END"


def install() -> None:
    """Put the triggers in place, after every migrate: SQLite drops them when it rebuilds a table."""
    there = set(connection.introspection.table_names())
    if not {"reports_worktouched", *TELLS} <= there:
        return
    text = POSTGRES if connection.vendor == "postgresql" else SQLITE
    with connection.cursor() as cursor:
        for table, act in _each():
            does = " ".join(_told(tell, row) for row in ROWS[act] for tell in TELLS[table])
            cursor.execute(text.format(name=_name(table, act), act=act, table=table, does=does))


def _told(tell: str | tuple[str, str], row: str) -> str:
    """A statement of a trigger; one about another row only where the column leads to one."""
    column, said = ("", tell) if isinstance(tell, str) else tell
    does = f"{TOUCHED} {said.format(row=row)};"
    if column and connection.vendor == "postgresql":
        return f"IF {row}.{column} IS NOT NULL THEN {does} END IF;"
    return does


def remove(*_migration) -> None:
    """Take the triggers away before their table goes."""
    with connection.cursor() as cursor:
        for table, act in _each():
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, act)}{on}")


def missing() -> list[str]:
    """The triggers that should stand in the database and do not."""
    source, column = (
        ("pg_trigger", "tgname") if connection.vendor == "postgresql" else ("sqlite_master", "name")
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {source} WHERE {column} LIKE 'work_touched_%'")
        there = {name for (name,) in cursor.fetchall()}
    return sorted({_name(table, act) for table, act in _each()} - there)


def _each() -> list[tuple[str, str]]:
    return [(table, act) for table in TELLS for act in ROWS]


def _name(table: str, act: str) -> str:
    return f"work_touched_{table}_{act.lower()}"
