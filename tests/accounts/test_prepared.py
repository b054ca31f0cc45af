"""A queryset that is compiled once answers as the queryset itself does, whatever it is asked for."""

import threading

import pytest
from django.db import close_old_connections, connection, connections, transaction
from django.db.models import Count, F, Q

from accounts.models import Membership
from accounts.prepared import Prepared, Statement
from leads.models import Grade, Lead
from tests.conftest import at
from tests.factories import LeadFactory
from tests.statements import statements

pytestmark = pytest.mark.django_db


def build(*, owner, since, grade):
    leads = Lead.objects.filter(owner=owner, arrived_at__gte=since).filter(~Q(grade=grade))
    return leads.select_related("customer", "owner").annotate(seen=Count("visits")).order_by("id")


@pytest.fixture
def leads(store, li, wang):
    days = [("2026-03-02 10:00", li, "A"), ("2026-03-04 10:00", li, "B"), ("2026-03-05 10:00", wang, "H")]
    return [
        LeadFactory(store=store, owner=owner, grade=grade, arrived_at=at(day)) for day, owner, grade in days
    ]


def test_it_answers_what_the_queryset_answers_for_each_value(leads, li, wang):
    prepared = Prepared(build)
    for owner in (li, wang):
        for since in ("2026-03-01 00:00", "2026-03-04 10:00", "2026-04-01 00:00"):
            for grade in ("A", "H"):
                values = {"owner": owner.pk, "since": at(since), "grade": grade}
                asked, known = prepared(**values), list(build(**values))
                assert asked == known
                assert [lead.seen for lead in asked] == [lead.seen for lead in known]


def test_what_belongs_to_a_row_comes_with_it(leads, li):
    prepared = Prepared(build)
    with statements() as asked:
        for lead in prepared(owner=li.pk, since=at("2026-03-01 00:00"), grade="H"):
            assert lead.customer.pk == lead.customer_id
            assert lead.owner.full_name == "李强"
    assert len(asked) == 1


def test_it_is_built_once(leads, li, wang):
    built = []

    def counted(**values):
        built.append(values)
        return build(**values)

    prepared = Prepared(counted)
    for owner in (li, wang, li):
        prepared(owner=owner.pk, since=at("2026-03-01 00:00"), grade="H")
    assert len(built) == 1


def test_another_shape_is_another_statement(leads, li):
    def newest(limit, *, owner):
        return Lead.objects.filter(owner=owner).order_by("-arrived_at")[:limit]

    prepared = Prepared(newest)
    for limit in (1, 2, 1):
        assert prepared(limit, owner=li.pk) == list(newest(limit, owner=li.pk))
    assert [lead.pk for lead in prepared(1, owner=li.pk)] == [leads[1].pk]


def test_tuples_and_sums_of_several_selects_are_answered_too(leads, li, wang):
    def pairs(*, one, other):
        mine, theirs = (Lead.objects.filter(owner=owner).values_list("grade", "pk") for owner in (one, other))
        return mine.union(theirs, all=True).order_by("grade")

    asked = Prepared(pairs)(one=li.pk, other=wang.pk)
    assert asked == [("A", leads[0].pk), ("B", leads[1].pk), ("H", leads[2].pk)]


def test_a_value_that_is_not_in_the_statement_is_an_error(store):
    with pytest.raises(ValueError, match="does not hold part"):
        Prepared(lambda *, part: Lead.objects.filter(number__contains=part))(part="L-")
    with pytest.raises(TypeError, match="NoneType is no value"):
        Prepared(lambda *, owner: Lead.objects.filter(owner=owner))(owner=None)


def test_a_choice_is_a_text_and_nothing_is_a_value_too(leads, li):
    prepared = Prepared(build)
    (lead,) = prepared(owner=li.pk, since=at("2026-03-01 00:00"), grade=Grade.A)
    assert lead == leads[1]
    assert Prepared(lambda: Lead.objects.order_by("pk"))() == leads


AMONG = Statement(
    "SELECT id, grade FROM leads_lead WHERE id = ANY(%(ids)s) AND owner_id = %(owner)s ORDER BY id"
)


def test_a_statement_answers_for_other_ids_each_time(leads, li, wang):
    ids = [lead.pk for lead in leads]
    assert AMONG(ids=ids, owner=li.pk) == [(ids[0], "A"), (ids[1], "B")]
    assert AMONG(owner=li.pk, ids=ids[1:]) == [(ids[1], "B")]
    assert AMONG(ids=ids, owner=wang.pk) == [(ids[2], "H")]
    assert AMONG(ids=[], owner=li.pk) == []


def test_a_statement_knows_moments_and_names_a_value_twice(leads, li):
    since = Statement(
        "SELECT id FROM leads_lead WHERE arrived_at >= %(at)s AND %(who)s IN (owner_id, setter_id)"
    )
    assert since(at=at("2026-03-04 10:00"), who=li.pk) == [(leads[1].pk,)]


@pytest.mark.postgres
def test_postgresql_is_told_it_once_for_a_connection_even_where_that_was_taken_back(leads, li):
    def told_once(*, owner):
        return Lead.objects.filter(owner=owner)

    prepared = Prepared(told_once)
    with transaction.atomic():
        prepared(owner=li.pk)
        transaction.set_rollback(True)
    assert set(prepared(owner=li.pk)) == {leads[0], leads[1]}
    with connection.cursor() as cursor:
        cursor.execute("SELECT custom_plans FROM pg_prepared_statements WHERE name LIKE '%told_once%'")
        assert cursor.fetchall() == [(2,)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_threads_ask_over_connections_of_their_own(store, li):
    mine = Prepared(lambda *, user: Membership.objects.filter(user=user, starts_on__lte=F("starts_on")))
    assert [row.user_id for row in mine(user=li.pk)] == [li.pk]
    backends = [connection.connection.get_backend_pid()]
    found = []

    def ask():
        found.extend(mine(user=li.pk))
        backends.append(connection.connection.get_backend_pid())
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert [row.user_id for row in found] == [li.pk]
    assert len(set(backends)) == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "ask",
    [
        Prepared(lambda *, user: Membership.objects.filter(user=user)),
        Statement("SELECT id FROM accounts_membership WHERE user_id = %(user)s"),
    ],
)
def test_a_session_that_ended_meanwhile_is_replaced_before_it_is_asked(store, li, ask):
    ended = [ask(user=li.pk), connection.connection.get_backend_pid()]
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 1000)", ended[1:])
    other.close()
    close_old_connections()  # as each request begins, and each job
    again = [ask(user=li.pk), connection.connection.get_backend_pid()]
    assert (again[0], len(again[0])) == (ended[0], 1)
    assert again[1] != ended[1]


@pytest.mark.parametrize("key", [2**63 - 1, 2**63, -(2**63), 10**30])
def test_a_key_that_no_row_can_have_finds_nothing(li, key):
    of_key = Prepared(lambda *, user: Membership.objects.filter(user=user))
    assert of_key(user=li.pk) != []
    assert of_key(user=key) == []
