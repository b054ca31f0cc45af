"""Sold cars read in: each a lead at step 9, at the store that sold it, of whoever has the number."""

import csv
import datetime as dt
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from accounts.models import Counter, Group, Store
from followups.models import Task
from leads.files import FileRefused
from leads.importing_run import run_import
from leads.lists import NARROWS, View
from leads.masked import pool_of
from leads.models import (
    CarModel,
    ContactPoint,
    Customer,
    Evidence,
    Import,
    ImportRow,
    Lead,
    LeadEvent,
    NameKey,
)
from leads.sales_import import SalesImport
from leads.sales_rows import parse_sales_row
from leads.sales_stores import Place, Stores
from tests.conftest import at
from tests.factories import CustomerFactory, PhoneFactory, make_store
from tests.numbers import full_numbers
from tests.sales import BORING, NOON, first_sales, sell, write_sales
from tests.test_invariants import broken

pytestmark = pytest.mark.django_db
CHICAGO = Place().zone


@pytest.fixture(autouse=True)
def var_dir(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    return settings.VAR_DIR


@pytest.fixture
def file(tmp_path):
    return tmp_path / "sales.csv"


def counts(answer: dict) -> tuple:
    keys = ("read", "created", "updated", "skipped", "rejected", "customers", "leads", "stores")
    return tuple(answer[key] for key in keys)


def reasons() -> list[tuple[int, str]]:
    return list(ImportRow.objects.filter(outcome="rejected").order_by("line").values_list("line", "reason"))


# --- one row ---------------------------------------------------------------------------


def test_a_row_becomes_a_store_a_customer_and_a_lead_at_step_9(file):
    answer = sell(write_sales(file, {}))
    assert answer == {
        "read": 1, "created": 1, "updated": 0, "skipped": 0, "rejected": 0, "customers": 1, "leads": 1,
        "stores": 1, "errors_file": None,
    }  # fmt: skip
    store, lead = Store.objects.get(), Lead.objects.select_related("customer", "area").get()
    assert (store.code, store.name, store.country, store.currency, store.group.code) == (
        "capitol-kia",
        "Capitol KIA",
        "US",
        "USD",
        "sales",
    )
    sold = store.at_local(dt.date(2022, 1, 2), dt.time())
    assert (lead.number, lead.step, lead.skipped, lead.status) == ("L-220102-01", 9, "2345678", "active")
    assert (lead.arrived_at, lead.step_entered_at, lead.created_at) == (sold, sold, NOON)
    assert (lead.customer.name, lead.customer.current_car, lead.customer.card_opened_at) == (
        "Geraldine",
        "Ford Expedition",
        sold,
    )
    assert (lead.area.name_en, lead.interests.get().car_model.brand) == ("Middletown", "Ford")
    point = ContactPoint.objects.get()
    assert (point.value, point.tail, point.valid) == ("local:capitol-kia:8264678", "4678", False)
    assert list(NameKey.objects.values_list("key", flat=True)) == ["geraldine"]


def test_what_is_told_of_a_sale_holds_no_name_and_no_number(file):
    sell(write_sales(file, {}))
    event, evidence = LeadEvent.objects.get(), Evidence.objects.get()
    assert (event.kind, event.to_value, event.source, event.recorded_at) == (
        "created",
        "follow_up",
        "import",
        NOON,
    )
    assert event.data == {
        "owner": None, "imported": [2, 3, 4, 5, 6, 7, 8], "car_id": "C_CND_000001", "price": 26000,
    }  # fmt: skip
    assert (evidence.kind, evidence.ref_kind, evidence.ref_id) == ("handed_over", "sale", event.lead_id)
    assert full_numbers(json.dumps(event.data)) == []


def test_no_timer_is_born_of_a_sale(file):
    sell(write_sales(file, {}))
    lead = Lead.objects.get()
    assert (lead.owner, lead.has_cadence, lead.next_due_on, lead.lapses_on, lead.grade) == (
        None,
        False,
        None,
        None,
        "none",
    )
    assert not Task.objects.exists()
    assert broken() == {}


def test_a_sold_car_is_not_in_the_pool(file):
    sell(write_sales(file, {}))
    lead = Lead.objects.get()
    assert not pool_of(lead.store).exists()
    assert not NARROWS[View.POOL](Lead.objects.all(), lead.store, NOON.date()).exists()


@pytest.mark.parametrize(
    ("country", "text", "day"),
    [
        ("US", "1/2/2022", dt.date(2022, 1, 2)),
        ("US", "12/31/2023", dt.date(2023, 12, 31)),
        ("DE", "1.2.2022", dt.date(2022, 2, 1)),
        ("CN", "2022-01-02", dt.date(2022, 1, 2)),
        ("CN", "2022年1月2日", dt.date(2022, 1, 2)),
    ],
)
def test_a_date_is_read_as_the_country_writes_it(country, text, day):
    cells = {**BORING, "Date": text}
    assert parse_sales_row(cells, as_of=dt.date(2026, 6, 18), country=country).on == day


def test_columns_in_chinese_are_known_too():
    cells = {
        "车架号": "LVGX1", "销售日期": "2025-03-02", "车主姓名": "王 芳", "联系电话": "13800000001",
        "门店": "城东店", "品牌": "日产", "车型": "轩逸", "成交价": "¥119,800.00", "区域": "浦东",
    }  # fmt: skip
    row = parse_sales_row(cells, as_of=dt.date(2026, 6, 18), country="CN")
    assert (row.car_id, row.name, row.dealer, row.brand, row.model, row.price, row.area) == (
        "LVGX1", "王芳", "城东店", "日产", "轩逸", 119800, "浦东",
    )  # fmt: skip


# --- who it is ---------------------------------------------------------------------------


def test_a_second_row_on_one_number_is_the_second_car_of_the_same_customer(file):
    rows = [
        {"Customer Name": "Brayden"},
        {"Customer Name": "Alyssa", "Date": "9/18/2023", "Model": "Durango"},
    ]
    assert counts(sell(write_sales(file, *rows))) == (2, 2, 0, 0, 0, 1, 2, 1)
    customer = Customer.objects.get()
    assert (customer.name, customer.family) == ("Brayden", "Alyssa")
    assert list(Lead.objects.order_by("car_no").values_list("car_no", "number")) == [
        (1, "L-220102-01"),
        (2, "L-230918-01"),
    ]
    assert set(NameKey.objects.values_list("key", flat=True)) == {"alyssa", "brayden"}


def test_the_second_car_may_come_in_a_later_file(tmp_path):
    sell(write_sales(tmp_path / "a.csv", {}))
    later = write_sales(tmp_path / "b.csv", {"Car_id": "C_9", "Customer Name": "Alyssa"}, {"Car_id": "C_10"})
    assert counts(sell(later)) == (2, 2, 0, 0, 0, 0, 2, 0)
    assert list(Lead.objects.order_by("car_no").values_list("car_no", flat=True)) == [1, 2, 3]
    assert Customer.objects.get().family == "Alyssa"


def test_local_numbers_match_within_one_store_only(file):
    assert counts(sell(write_sales(file, {}, {"Dealer_Name": "C & M Motors Inc"}))) == (
        2,
        2,
        0,
        0,
        0,
        2,
        2,
        2,
    )


def test_a_whole_number_is_one_customer_of_the_group(file):
    rows = [{"Phone": "(212) 555-0143"}, {"Phone": "+1 212 555 0143", "Dealer_Name": "C & M Motors Inc"}]
    answer = sell(write_sales(file, *rows))
    assert (answer["created"], answer["customers"]) == (2, 1)
    assert list(Lead.objects.values_list("car_no", flat=True)) == [1, 1]  # one of each store


# --- the same row once -------------------------------------------------------------------


def test_the_same_file_again_creates_nothing_under_whatever_name(tmp_path):
    sell(write_sales(tmp_path / "a.csv", {}, {"Phone": "8264679"}))
    again = sell(write_sales(tmp_path / "b.csv", {}, {"Phone": "8264679"}))
    assert counts(again) == (2, 0, 0, 2, 0, 0, 0, 0)
    assert (Lead.objects.count(), Store.objects.count()) == (2, 1)


def test_a_car_that_stands_twice_in_a_file_is_listed(file):
    assert counts(sell(write_sales(file, {}, {"Car_id": "C_CND_000001"})))[:5] == (2, 1, 0, 0, 1)
    assert reasons() == [(3, "This car stands in the file twice. Keep one row of it.")]


def test_a_dry_run_counts_the_same_and_writes_nothing(file):
    write_sales(file, {}, {"Phone": ""}, {"Dealer_Name": "Saab-Belle Dodge"})
    dry = sell(file, dry_run=True)
    kept = (Store, Group, Customer, Lead, Import, ImportRow, Counter, CarModel)
    assert [model.__name__ for model in kept if model.objects.exists()] == []
    assert {**sell(file), "errors_file": None} == dry
    assert counts(dry) == (3, 2, 0, 0, 1, 2, 2, 2)


# --- what cannot come in -----------------------------------------------------------------


def test_bad_rows_are_listed_by_line_in_one_file_for_all_stores(file, var_dir):
    rows = [
        {"Phone": "123"},
        {"Dealer_Name": "C & M Motors Inc", "Date": "13/40/2022"},
        {"Car_id": ""},
        {"Dealer_Name": " "},
        {"Dealer_Name": "C & M Motors Inc", "Price ($)": "=1+1"},
        {"Date": "1/2/2027"},
        {},
    ]
    answer = sell(write_sales(file, *rows))
    assert counts(answer) == (7, 1, 0, 0, 6, 1, 1, 2)
    errors = Path(answer["errors_file"])
    assert errors.parent == var_dir / "imports"
    written = list(csv.reader(errors.read_text(encoding="utf-8-sig").splitlines()))
    assert [(row[-2], row[-1]) for row in written[1:]] == [
        ("2", "No usable phone number: the customer is known by it."),
        ("3", "2022-13-40 is no date. Write it as 2026-03-02."),
        ("4", "No number of the car. A sale is known by it."),
        ("5", "No store. Write the name of the store that sold the car."),
        ("6", "The price is no number. Write it as 26000."),
        ("7", "2027-1-2 lies in the future, after 2026-06-17."),
    ]
    assert written[5][HEADER_PRICE] == "'=1+1"


HEADER_PRICE = list(BORING).index("Price ($)")


def test_rows_the_database_refuses_are_put_aside_one_by_one(file, monkeypatch):
    record = SalesImport._record

    def refuse_one(kind, sales, leads):
        if any(sale.row.name == "Odd" for sale in sales):
            raise IntegrityError("odd")
        record(kind, sales, leads)

    monkeypatch.setattr(SalesImport, "_record", refuse_one)
    rows = [{"Phone": f"82646{n:02}"} for n in range(10, 20)]
    rows[4]["Customer Name"] = "Odd"
    assert counts(sell(write_sales(file, *rows))) == (10, 9, 0, 0, 1, 9, 9, 1)
    assert reasons() == [(6, "The database did not take this row. Look for odd signs in it.")]
    assert list(Lead.objects.order_by("number").values_list("number", flat=True)) == [
        f"L-220102-{n:02}" for n in range(1, 10)
    ]
    assert broken() == {}


def test_a_file_without_stores_is_refused_with_the_cure(file):
    file.write_text("Car_id,Date,Phone\n1,1/2/2022,8264678\n")
    with pytest.raises(FileRefused) as refused:
        sell(file)
    assert str(refused.value.message) == (
        "sales.csv names no store. Add a column Dealer_Name, or import it at a store."
    )
    assert not Store.objects.exists()


def test_codes_of_stores_are_short_and_each_its_own():
    long = "The Very Long Name of a Dealership Incorporated of the South"
    codes = [Stores(Place()).named(name).code for name in (long, f"{long} 2", "城东店", "城西店")]
    assert codes == [
        "the-very-long-name-of-a-dealership-incor",
        "the-very-long-name-of-a-dealership-inc-2",
        "store",
        "store-2",
    ]


# --- into one store ------------------------------------------------------------------------


def test_a_store_takes_its_own_sales_and_leaves_those_of_others(store, file):
    store.language = "en"
    store.save()
    customer = CustomerFactory(group=store.group, name="王芳", family="", number=1)
    Counter.objects.create(scope=f"customer:{store.group_id}", period="", last=1)
    PhoneFactory(customer=customer, value="+8613800000001")
    rows = [
        {"Dealer_Name": "Store east", "Phone": "13800000001", "Date": "2025-03-02"},
        {"Dealer_Name": "", "Phone": "13800000002", "Date": "2025-03-02"},
        {"Dealer_Name": "Store west", "Phone": "13800000003", "Date": "2025-03-02"},
    ]
    kind = SalesImport(store, as_of=dt.date(2026, 6, 18), now=NOON)
    answer = run_import(kind, write_sales(file, *rows))
    assert (answer["created"], answer["rejected"], answer["customers"]) == (2, 1, 1)
    assert reasons() == [(4, "This sale belongs to Store west. Import it there.")]
    customer.refresh_from_db()
    assert (customer.name, customer.family) == ("王芳", "Geraldine")


# --- the command ---------------------------------------------------------------------------


def run(*args) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_sales", *map(str, args), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_answers_one_json_document(file):
    out, err = run(write_sales(file, {}), "--json", "--as-of", "2026-06-18")
    assert json.loads(out) == {
        "read": 1, "created": 1, "updated": 0, "skipped": 0, "rejected": 0, "customers": 1, "leads": 1,
        "stores": 1, "errors_file": None,
    }  # fmt: skip
    assert "1 of 1 rows" in err


def test_the_command_takes_group_zone_and_country(file):
    row = {"Dealer_Name": "城东店", "Phone": "138 0000 0001", "Date": "2/1/2025"}
    place = ["--group", "east", "--zone", "Asia/Shanghai", "--country", "CN"]
    out, err = run(write_sales(file, row), *place, "--dry-run")
    assert ("created        1" in out.splitlines(), "Dry run: nothing was written." in err) == (True, True)
    run(file, *place)
    store = Store.objects.get()
    assert (store.group.code, store.time_zone, store.currency) == ("east", "Asia/Shanghai", "CNY")
    assert Lead.objects.get().arrived_at == at("2025-01-02 00:00")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["{file}x"], "There is no file"),
        (["{file}", "--as-of", "18.6."], "18.6. is no day. Write it as 2026-06-18."),
        (["{file}", "--zone", "Mars"], "Mars is no time zone. Write it as Asia/Shanghai."),
    ],
)
def test_what_is_wrong_is_said_in_clear_words(file, args, words):
    write_sales(file, {})
    with pytest.raises(CommandError, match=words.replace(".", r"\.")):
        run(*(arg.format(file=file) for arg in args))
    assert not Lead.objects.exists()


def test_stores_of_another_group_are_not_taken(file):
    make_store("capitol-kia")
    assert counts(sell(write_sales(file, {})))[-1] == 1
    assert list(Store.objects.order_by("pk").values_list("code", flat=True)) == [
        "capitol-kia",
        "capitol-kia-2",
    ]


@pytest.mark.thorough
def test_the_first_3000_rows_come_in_whole(tmp_path):
    path = first_sales(tmp_path, 3000)
    assert counts(sell(path)) == (3000, 3000, 0, 0, 0, 3000, 3000, 28)
    assert broken() == {}
    assert counts(sell(path)) == (3000, 0, 0, 3000, 0, 0, 0, 0)
