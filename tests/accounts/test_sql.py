"""Rows are written as the ORM writes them, by statements that are put together once."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts import drafts
from accounts.models import Counter, Draft
from accounts.prepared import Prepared, Write
from accounts.sql import PLANNED_ROWS, insert, insert_together, update
from leads.machine import EvidenceKind
from leads.models import Evidence, Lead, LeadEvent
from tests.conftest import at
from tests.showroom.known import know

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 14:06")


@pytest.fixture
def lead(store, li):
    return know(store, li, "13800000001", "张伟", step=4, grade="A", expected_on=dt.date(2026, 4, 1))


def event(lead, li, **facts):
    told = {"kind": "note", "at": NOW, "recorded_at": NOW, "by": li, "data": {"说": ["'\"%s", None, 1.5]}}
    return LeadEvent(lead=lead, store=lead.store, **told | facts)


def columns(row) -> dict:
    read = type(row).objects.values().get(pk=row.pk)
    read.pop("id")
    return read


@pytest.mark.parametrize("facts", [{}, {"by": None, "data": {}, "reason": "' OR 1=1 --"}])
def test_a_row_is_written_as_the_orm_writes_it(lead, li, facts):
    by_orm, row = event(lead, li, **facts), event(lead, li, **facts)
    by_orm.save()
    insert(row)
    assert columns(row) == columns(by_orm)
    assert not row._state.adding


@pytest.mark.parametrize("count", [2, PLANNED_ROWS, PLANNED_ROWS + 1])
def test_rows_have_their_keys_in_their_order(lead, li, count):
    rows = [event(lead, li, reason=f"{number}") for number in range(count)]
    insert(*rows)
    assert [LeadEvent.objects.get(pk=row.pk).reason for row in rows] == [row.reason for row in rows]


@pytest.mark.parametrize("count", [1, 3, PLANNED_ROWS + 1])
def test_rows_of_several_tables_have_their_own_keys(lead, li, count):
    notes = [event(lead, li, reason=f"{number}") for number in range(count)]
    proofs = [
        Evidence(lead=lead, kind=EvidenceKind.CALL, ref_kind="lead", ref_id=number, at=NOW, by=li)
        for number in range(2)
    ]
    drafts_of = [Draft(user=li, form="walk-in", payload={"name": "王"}, saved_at=NOW)]
    insert_together(notes, proofs, drafts_of)
    assert [LeadEvent.objects.get(pk=row.pk).reason for row in notes] == [row.reason for row in notes]
    assert [Evidence.objects.get(pk=row.pk).ref_id for row in proofs] == [0, 1]
    assert columns(drafts_of[0])["payload"] == {"name": "王"}


def test_of_several_tables_all_is_written_or_nothing(lead, li):
    Draft.objects.create(user=li, form="walk-in", payload={}, saved_at=NOW)
    again = Draft(user=li, form="walk-in", payload={}, saved_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_together([event(lead, li, reason="kept?")], [again])
    assert not LeadEvent.objects.filter(reason="kept?").exists()


def test_a_whole_lead_is_written_as_the_orm_writes_it(lead):
    again = Lead.objects.get(pk=lead.pk)
    again.pk, again.number, again.car_no = None, "L-1", 2
    insert(again)
    assert columns(again) == columns(lead) | {"number": "L-1", "car_no": 2}


def test_what_a_constraint_forbids_is_not_written(lead):
    again = Lead.objects.get(pk=lead.pk)
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(again)
    assert Lead.objects.count() == 1


def test_only_the_named_columns_are_saved(lead, li, wang):
    read = Lead.objects.get(pk=lead.pk)
    read.grade, read.remark, read.owner, read.expected_on = "B", "not saved", wang, None
    update(read, ["grade", "owner", "expected_on"])
    lead.refresh_from_db()
    assert (lead.grade, lead.remark, lead.owner, lead.expected_on) == ("B", "", wang, None)


def test_a_row_that_is_gone_is_an_error(store, lead, li):
    row = Draft(user=li, form="x", payload={}, saved_at=NOW)
    insert(row)
    drafts.drop(li, "x")
    with pytest.raises(DatabaseError, match="no row"):
        update(row, ["payload"])


def test_a_statement_answers_its_rows_or_how_many_it_wrote():
    raised = Write("UPDATE accounts_counter SET last = last + CAST(%s AS bigint) WHERE scope = %s")
    Counter.objects.bulk_create(Counter(scope="a", period=period, last=1) for period in ("1", "2"))
    assert [raised.count(3, "a"), raised.count(3, "b")] == [2, 0]
    told = Write(
        "UPDATE accounts_counter SET last = %s WHERE scope = %s AND period = %s RETURNING period, last"
    )
    assert told.rows(9, "a", "2") == [("2", 9)]
    assert list(Counter.objects.order_by("period").values_list("last", flat=True)) == [4, 9]


def test_a_prepared_statement_stands_in_another_with_its_values():
    Counter.objects.create(scope="a", period="1", last=7)
    of_scope = Prepared(lambda *, scope: Counter.objects.filter(scope=scope).values_list("last"))
    for scope, wrote in (("a", 0), ("b", 1)):
        found, values = of_scope.part(scope=scope)
        into = "INSERT INTO accounts_counter (scope, period, last)"
        once = f"{into} SELECT 'c', '1', 1 WHERE NOT EXISTS ({found})"
        assert Write(once).count(*values) == wrote
