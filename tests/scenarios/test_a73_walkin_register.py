"""A73: the register of 1,200 rows, to the row."""

from collections import Counter

import pytest
from django.db.models import Count

from leads.models import ContactPoint, Customer, CustomerLink, Import, Lead
from showroom.models import Visit
from tests.conftest import at
from tests.factories import make_store
from tests.registers import FULL, WORKBOOK, import_register, kept_for_the_module
from tests.test_invariants import broken

pytestmark = [pytest.mark.once, pytest.mark.django_db]
OWNERS = {"李强": 217, "陈刚": 199, "赵敏": 197, "王芳": 196}


@pytest.fixture(scope="module")
def full(django_db_setup, django_db_blocker):
    """The store with the 1,200 rows in it, and the answer of the import."""
    with kept_for_the_module(django_db_blocker):
        store = make_store("full")
        yield store, import_register(store, FULL)


def test_every_row_comes_in(full):
    _store, answer = full
    assert sorted(answer.pop("staff_created")) == ["李强", "王芳", "赵敏", "陈刚"]
    assert answer == {
        "read": 1200, "created": 1200, "updated": 0, "skipped": 0, "rejected": 0,
        "customers": 809, "leads": 809, "errors_file": None,
    }  # fmt: skip
    assert (Visit.objects.count(), Customer.objects.count(), Lead.objects.count()) == (1200, 809, 809)


def test_the_owner_is_who_received_the_first_visit_that_was_no_courtesy(full):
    assert Counter(Lead.objects.values_list("owner__full_name", flat=True)) == OWNERS


def test_five_customers_have_a_number_and_no_name(full):
    nameless = Customer.objects.filter(name="")
    assert nameless.count() == 5
    assert not nameless.exclude(card_opened_at=None).exists()
    assert set(Lead.objects.filter(customer__in=nameless).values_list("grade", flat=True)) == {"none"}


def test_numbers_are_identities_and_cut_off_ones_stay_text(full):
    assert ContactPoint.objects.filter(value__startswith="+861").count() == 803
    assert ContactPoint.objects.count() == 809
    assert Visit.objects.filter(lead=None).count() == 115
    assert Visit.objects.filter(lead=None).exclude(phone_text="").count() == 22  # cut off, or refused


def test_courtesy_receptions_are_returns_and_leave_the_owner(full):
    courtesy = Visit.objects.filter(courtesy=True)
    assert courtesy.count() == 44
    assert set(courtesy.values_list("kind", flat=True)) == {"return"}
    first = Visit.objects.get(on="2026-03-03", written_serial="8")
    assert (first.receiver.full_name, first.lead.owner.full_name) == ("王芳", "李强")


def test_a_row_without_leaving_time_is_a_finished_visit(full):
    visit = Visit.objects.get(on="2026-03-02", written_serial="5")
    assert (visit.arrived_at, visit.left_at, visit.completed) == (
        at("2026-03-02 15:24"),
        at("2026-03-02 15:24"),
        True,
    )
    assert not Visit.objects.filter(completed=False).exists()


def test_day_serials_run_in_file_order_and_the_files_own_number_is_kept(full):
    day = Visit.objects.filter(on="2026-03-03").order_by("register_serial")
    serials = list(day.values_list("flow_serial", "register_serial", "written_serial"))
    assert serials[0] == (1, 1, "7")
    assert serials == [(n, n, str(n + 6)) for n in range(1, 17)]


def test_spouses_are_linked_or_listed(full):
    counts = Import.objects.get().counts
    assert len(counts["spouses_linked"]) == CustomerLink.objects.count() == 16
    assert len(counts["spouses_open"]) == 2


def test_the_same_file_and_its_workbook_create_nothing_more(full):
    store, _answer = full
    again = import_register(store, FULL)
    assert (again["read"], again["created"], again["skipped"], again["staff_created"]) == (1200, 0, 1200, [])
    workbook = import_register(store, WORKBOOK)
    assert (workbook["read"], workbook["created"], workbook["skipped"]) == (400, 0, 400)
    assert Visit.objects.count() == 1200


def test_every_promise_is_kept(full):
    assert broken() == {}
    assert not Lead.objects.annotate(visited=Count("visits")).filter(visited=0).exists()
