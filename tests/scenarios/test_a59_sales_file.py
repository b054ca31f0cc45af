"""A59: the file of 23,906 sold cars of 28 stores, to the row."""

import pytest
from django.db.models import Count

from accounts.models import Group, Store
from followups.models import Task
from leads.models import CarModel, ContactPoint, Customer, Lead
from tests.registers import kept_for_the_module
from tests.sales import sell, whole_file
from tests.test_invariants import broken

pytestmark = [pytest.mark.once, pytest.mark.thorough, pytest.mark.django_db]


@pytest.fixture(scope="module")
def sold(django_db_setup, django_db_blocker, tmp_path_factory):
    """The file, read in, and the answer of the import."""
    path = whole_file(tmp_path_factory.mktemp("sales"))
    with kept_for_the_module(django_db_blocker):
        yield path, sell(path)


def test_every_row_comes_in(sold):
    _path, answer = sold
    assert answer == {
        "read": 23906, "created": 23906, "updated": 0, "skipped": 0, "rejected": 0,
        "customers": 23900, "leads": 23906, "stores": 28, "errors_file": None,
    }  # fmt: skip
    assert (Store.objects.count(), Group.objects.count()) == (28, 1)
    assert (Customer.objects.count(), ContactPoint.objects.count(), Lead.objects.count()) == (
        23900,
        23900,
        23906,
    )


def test_cars_are_of_30_makes_and_154_models(sold):
    assert CarModel.objects.values("brand").distinct().count() == 30
    assert CarModel.objects.values("name_en").distinct().count() == 154


def test_six_customers_have_a_second_car_and_a_companion(sold):
    with_two = Customer.objects.annotate(cars=Count("leads")).filter(cars=2).order_by("name")
    assert list(with_two.values_list("name", "family")) == [
        ("Aubrey", "Violet"),
        ("Brayden", "Alyssa"),
        ("Destiny", "Miguel"),
        ("Edison", "Brandon"),
        ("Roizy", "Isalyne"),
        ("Sienna", "Shaindel"),
    ]
    assert Lead.objects.filter(car_no=2).count() == 6


def test_all_are_at_step_9_without_owner_or_timer(sold):
    facts = Lead.objects.values_list("step", "status", "owner", "has_cadence", "next_due_on", "lapses_on")
    assert set(facts) == {(9, "active", None, False, None, None)}
    assert not Task.objects.exists()


def test_the_same_file_again_creates_nothing(sold):
    path, _answer = sold
    again = sell(path)
    assert (again["read"], again["created"], again["skipped"], again["stores"]) == (23906, 0, 23906, 0)
    assert Lead.objects.count() == 23906


def test_every_promise_is_kept(sold):
    assert broken() == {}
