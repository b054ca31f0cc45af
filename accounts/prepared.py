"""Querysets that are built and compiled once: on a page of many statements that was a third of its time.

PostgreSQL is told a statement once per connection and plans it once too, by PREPARE: that was another.
A pooler in between would have to keep whole sessions for that.
"""

import copy
import datetime as dt
import json
import re
from collections.abc import Callable, Iterable
from itertools import chain, count
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import QuerySet
from psycopg2.extensions import AsIs

FAR = dt.datetime(1801, 1, 1, tzinfo=dt.UTC)
MOST_INT = 2_147_483_647
MOST_KEY = 2**63 - 1
numbers = count(1)


class Prepared:
    """The rows of a queryset for other values each time.

        open_tasks = Prepared(lambda *, lead: Task.objects.filter(lead=lead, state="open"))
        open_tasks(lead=7)

    `build` is called once for each kind of database, with a sample of every value, and may depend on
    nothing else: neither on the reader's language nor on the time. A value is an int, a str, a date or an
    aware datetime, and stands in the statement as it is (no LIMIT, no `contains`, never None).

    What changes the statement itself, its LIMIT say, comes before the values and goes to `build` as it is:
    each is a statement of its own, and all are kept, so there may be a few only.
    """

    def __init__(self, build: Callable[..., QuerySet]):
        self._build = build
        self._compiled: dict[tuple, _Compiled] = {}

    def __call__(self, *shape, **values) -> list:
        """The rows, none for a number beyond what a key can be; ValueError for a value that the statement
        does not hold.
        """
        if any(isinstance(value, int) and abs(value) > MOST_KEY for value in values.values()):
            return []
        return self._compiled_for(shape, values).rows(values)

    def first(self, *shape, **values):
        """The first of the rows; None without any."""
        return next(iter(self(*shape, **values)), None)

    def part(self, *shape, **values) -> tuple[str, tuple]:
        """The statement and its parameters, to stand in another."""
        return self._compiled_for(shape, values).part(values)

    def _compiled_for(self, shape: tuple, values: dict) -> "_Compiled":
        kind = (connection.vendor, shape, *((name, type(value)) for name, value in values.items()))
        if kind not in self._compiled:
            self._compiled[kind] = _Compiled(self._build, shape, values)
        return self._compiled[kind]


class _Compiled:
    def __init__(self, build: Callable[..., QuerySet], shape: tuple, values: dict):
        samples = {name: _sample(value, place) for place, (name, value) in enumerate(values.items())}
        self._rows = build(*shape, **samples)
        self._compiler = self._rows.query.get_compiler(connection=connection)
        self._sql, params = self._compiler.as_sql()
        fields = [column[0] for column in self._compiler.select[: self._compiler.col_count]]
        converters = self._compiler.get_converters(fields)
        self._compiler.get_converters = lambda _fields: converters
        names = {_adapted(sample): name for name, sample in samples.items()}
        self._params = [(names.get(param), param) for param in params]
        if missing := values.keys() - {name for name, _param in self._params}:
            raise ValueError(f"the statement does not hold {', '.join(sorted(missing))}")
        self._planned = None
        if connection.vendor == "postgresql":
            about = f"{build.__module__}.{build.__name__}"
            self._planned = _Planned(self._sql, self._params, values, about, _types(values))

    def rows(self, values: dict) -> list:
        compiler = copy.copy(self._compiler)
        compiler.connection = connection  # of this thread
        asked = self._asked(values)
        compiler.as_sql = lambda *_args, **_how: asked
        found = compiler.execute_sql()
        if not found:
            return []
        compiler.execute_sql = lambda *_args, **_how: found
        query = copy.copy(self._rows.query)
        query.get_compiler = lambda *_args, **_how: compiler
        rows = QuerySet(self._rows.model, query)
        rows._iterable_class, rows._fields = self._rows._iterable_class, self._rows._fields
        return list(rows)

    def part(self, values: dict) -> tuple[str, tuple]:
        """The statement and its parameters, in the words of the database."""
        adapted = {name: _adapted(value) for name, value in values.items()}
        return self._sql, tuple(adapted[name] if name else param for name, param in self._params)

    def _asked(self, values: dict) -> tuple[str, tuple]:
        if self._planned is None:
            return self.part(values)
        return self._planned.asked({name: _adapted(value) for name, value in values.items()})


class Statement:
    """The rows of a statement in SQL, as tuples, for other values each time.

        of_leads = Statement("SELECT id FROM followups_task WHERE lead_id = ANY(%(leads)s)")
        of_leads(leads=[7, 8])

    Values are those of `Prepared` by name, and lists of ints for ANY. SQLite reads moments without zone.
    PostgreSQL takes several statements at once, and answers the rows of the last.
    """

    _NAME = re.compile(r"%\((\w+)\)s")
    _ANY = re.compile(r"= ANY\((%\(\w+\)s)\)")

    def __init__(self, *sql: str):
        self._sql = sql
        self._planned: dict[tuple, list[_Planned]] = {}

    def __call__(self, **values) -> list[tuple]:
        if connection.vendor == "postgresql":
            adapted = {name: _adapted(value) for name, value in values.items()}
            calls, params = zip(*(planned.asked(adapted) for planned in self._plan(values)), strict=True)
            asked = "; ".join(calls), tuple(chain.from_iterable(params))
        else:
            listed = self._ANY.sub(r"IN (SELECT value FROM json_each(\1))", "; ".join(self._sql))
            asked = listed, {name: _as_json(_adapted(value)) for name, value in values.items()}
        with connection.cursor() as cursor:
            cursor.execute(*asked)
            return cursor.fetchall()

    def _plan(self, values: dict) -> list["_Planned"]:
        kind = tuple((name, type(value)) for name, value in values.items())
        if kind not in self._planned:
            self._planned[kind] = [self._planned_one(sql, values) for sql in self._sql]
        return self._planned[kind]

    def _planned_one(self, sql: str, values: dict) -> "_Planned":
        params = [(name, None) for name in self._NAME.findall(sql)]
        return _Planned(self._NAME.sub("%s", sql), params, values, "sql", _types(values))


class Write:
    """A statement in SQL that writes; its values by place, each of the type of its column.

    forget = Write("DELETE FROM accounts_draft WHERE user_id = %s AND form = %s")
    forget.count(7, "walk-in")
    """

    def __init__(self, sql: str):
        self._sql = sql
        self._places = range(1, sql.count("%s") + 1)
        self._planned = _Planned(sql, [(place, None) for place in self._places], self._places, "write", "")

    def count(self, *values) -> int:
        """How many rows it wrote."""
        with self._asked(values) as cursor:
            return cursor.rowcount

    def rows(self, *values) -> list[tuple]:
        """What it says with RETURNING."""
        with self._asked(values) as cursor:
            return cursor.fetchall()

    def _asked(self, values: tuple):
        values = tuple(map(_adapted, values))
        asked = self._sql, values
        if connection.vendor == "postgresql":
            asked = self._planned.asked(dict(zip(self._places, values, strict=True)))
        cursor = connection.cursor()
        cursor.execute(*asked)
        return cursor


class _Planned:
    """A statement that a session of PostgreSQL knows by name from the first time on that it is asked."""

    known: WeakKeyDictionary = WeakKeyDictionary()  # names by session

    def __init__(self, sql: str, params: list[tuple], names: Iterable, about: str, types: str):
        self._sql, self._params, self._names, self._types = sql, params, list(names), types
        self._name = f'"{about[:50]} {next(numbers)}"'

    def asked(self, values: dict) -> tuple[str, tuple]:
        """The call by its name, and the values of it."""
        connection.close_if_health_check_failed()  # the name is to be known to the session that is asked
        connection.ensure_connection()
        held = self.known.setdefault(connection.connection, set())
        if self._name not in held:
            self._tell()
            held.add(self._name)
        marks = _listed("%s" for _name in self._names)
        return f"EXECUTE {self._name} {marks}", tuple(values[name] for name in self._names)

    def _tell(self) -> None:
        marks = {name: AsIs(f"${number}") for number, name in enumerate(self._names, 1)}
        params = [marks[name] if name else param for name, param in self._params]
        with connection.wrap_database_errors, connection.connection.cursor() as cursor:
            cursor.execute(f"PREPARE {self._name} {self._types} AS {self._sql}", params)


def _listed(parts: Iterable[str]) -> str:
    """In brackets, which PostgreSQL does not want around nothing."""
    listed = ", ".join(parts)
    return f"({listed})" if listed else ""


def _sample(value, place: int):
    """A value of the same type that nothing else in a statement is."""
    match value:
        case int():
            return MOST_INT - place
        case str():
            return f"\N{WHITE SQUARE}{place}"
        case dt.datetime():
            return FAR + dt.timedelta(seconds=place)
        case dt.date():
            return FAR.date() + dt.timedelta(days=place)
    raise TypeError(f"{type(value).__name__} is no value of a prepared queryset")


def _types(values: dict) -> str:
    return _listed(map(_column, values.values()))


def _column(value) -> str:
    """The type of PostgreSQL that a value is of."""
    match value:
        case int():
            return "bigint"
        case str():
            return "text"
        case dt.datetime():
            return "timestamptz"
        case list():
            return "bigint[]"
    return "date"


def _adapted(value):
    """As the database's parameters hold it."""
    match value:
        case dt.datetime():
            return connection.ops.adapt_datetimefield_value(value)
        case dt.date():
            return connection.ops.adapt_datefield_value(value)
    return value


def _as_json(value):
    return json.dumps(value) if isinstance(value, list) else value
