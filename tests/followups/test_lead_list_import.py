"""A list of leads read in: new numbers are leads to call, known ones are no second customer."""

import datetime as dt

import pytest

from accounts.models import Membership, User
from followups.models import Contact, Task
from leads.models import Customer, ImportRow, Lead, LeadEvent
from leads.timeline import change_entries, changes
from showroom.register_import import RegisterImport
from tests.conftest import at
from tests.followups.lists import import_list, write_list
from tests.registers import AS_OF, MORNING, import_register, write_register
from tests.test_invariants import broken

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var_dir(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def store(store):
    store.language = "en"  # of the reasons
    store.save()
    return store


@pytest.fixture
def file(tmp_path):
    return tmp_path / "leads.csv"


def counts(answer: dict) -> tuple:
    keys = ("read", "created", "updated", "skipped", "rejected", "customers", "leads")
    return tuple(answer[key] for key in keys)


def facts(lead: Lead) -> tuple:
    return lead.step, lead.grade, lead.suggested_grade, lead.has_cadence, lead.next_due_on, lead.agreed_on


# --- new numbers -----------------------------------------------------------------------


def test_a_row_becomes_a_customer_and_a_lead_at_step_1_in_the_catch_up(store, li, chen, file):
    answer = import_list(store, write_list(file, {"备注": "太太也看"}), by=chen)
    assert answer == {
        "read": 1, "created": 1, "updated": 0, "skipped": 0, "rejected": 0, "customers": 1, "leads": 1,
        "staff_created": [], "errors_file": None,
    }  # fmt: skip
    lead = Lead.objects.select_related("customer", "owner", "channel").get()
    assert (lead.number, lead.owner, lead.channel.code, lead.remark) == (
        "L-260618-01",
        li,
        "exhibition",
        "太太也看",
    )
    assert facts(lead) == (1, "C", "", True, AS_OF, None)
    assert (lead.customer.name, lead.customer.card_opened_at, lead.arrived_at) == ("张三", MORNING, MORNING)
    assert lead.interests.get().car_model.name_zh == "轩逸"
    task = Task.objects.get()
    assert (task.kind, task.assignee, task.due_on, task.catch_up) == ("cadence", li, AS_OF, True)
    assert (lead.protected_from, lead.lapses_on) == (AS_OF, None)


def test_its_events_are_those_a_person_would_leave(store, li, chen, file):
    import_list(store, write_list(file, {"级别": "B"}), by=chen)
    events = LeadEvent.objects.order_by("id")
    assert [(event.kind, event.to_value, event.reason, event.by) for event in events] == [
        ("created", "prospecting", "", chen),
        ("grade", "B", "imported", chen),
    ]
    assert {(event.at, event.recorded_at, event.source) for event in events} == {(MORNING, MORNING, "import")}
    assert Task.objects.get().cause == f"cadence:grade:{events[1].pk}"
    assert events[1].data == {"suggested": "C", "flags": ["horizon_missing"]}
    assert broken() == {}


def test_a_written_grade_stays_and_a_blank_one_takes_the_suggestion(store, li, chen, file):
    rows = [{"级别": "A"}, {}, {"意向车型": ""}, {"姓名": "", "级别": "H"}, {"级别": "O"}]
    import_list(store, write_list(file, *rows), by=chen)
    leads = Lead.objects.order_by("number")
    assert [(lead.grade, lead.suggested_grade, lead.has_cadence) for lead in leads] == [
        ("A", "C", True), ("C", "", True), ("C", "", True), ("none", "", False), ("H", "C", True),
    ]  # fmt: skip
    assert broken() == {}


def test_forty_leads_of_one_owner_are_spread_over_three_days(store, li, chen, file):
    import_list(store, write_list(file, *[{}] * 40), by=chen)
    days = Task.objects.filter(assignee=li).order_by("due_on").values_list("due_on", flat=True)
    assert [list(days).count(AS_OF + dt.timedelta(days=n)) for n in range(4)] == [15, 15, 10, 0]
    assert broken() == {}


def test_a_next_date_ahead_is_agreed_and_one_behind_is_caught_up(store, li, chen, file):
    rows = [{"下次跟进": "2026-06-25"}, {"下次跟进": "6月1日"}, {"下次跟进": "2026-05-30"}]
    import_list(store, write_list(file, *rows), by=chen)
    leads = Lead.objects.order_by("number")
    assert [(lead.agreed_on, lead.next_due_on) for lead in leads] == [
        (dt.date(2026, 6, 25), dt.date(2026, 6, 25)),
        (dt.date(2027, 6, 1), dt.date(2027, 6, 1)),
        (None, AS_OF),
    ]
    assert list(Task.objects.order_by("lead").values_list("catch_up", flat=True)) == [False, False, True]


def test_a_last_contact_is_a_talk_of_that_day_and_the_longest_ago_comes_first(store, li, chen, file):
    days = ["2026-05-20", "2026-03-02", ""]
    rows = [{"最后联系": day} for day in days] + [{"最后联系": "2026-05-01"}] * 15
    import_list(store, write_list(file, *rows), by=chen)
    newest, oldest, never = Lead.objects.order_by("pk")[:3]
    contact = oldest.contacts.get()
    assert (contact.at, contact.by, contact.kind, contact.self_declared) == (
        at("2026-03-02 12:00"),
        li,
        "contact",
        True,
    )
    assert oldest.last_contact_at == contact.at
    assert LeadEvent.objects.filter(kind="contact", lead=oldest).get().data["contact"] == contact.pk
    assert (never.next_due_on, oldest.next_due_on, newest.next_due_on) == (
        AS_OF,
        AS_OF,
        AS_OF + dt.timedelta(days=1),
    )


def test_owners_are_found_by_name_made_anew_or_left_out(store, li, zhao, chen, file):
    Membership.objects.filter(user=zhao).update(ends_on=dt.date(2026, 6, 1))
    rows = [{}, {"负责顾问": "新来"}, {"负责顾问": ""}, {"负责顾问": "赵敏"}]
    answer = import_list(store, write_list(file, *rows), by=chen)
    assert answer["staff_created"] == ["新来"]
    new = User.objects.get(full_name="新来")
    assert list(Lead.objects.order_by("pk").values_list("owner", flat=True)) == [li.pk, new.pk, None, None]
    pool = Task.objects.filter(lead__owner=None)
    assert set(pool.values_list("assignee", "due_on", "catch_up")) == {(None, AS_OF, False)}
    assert broken() == {}


# --- known numbers -----------------------------------------------------------------------


def test_a_known_number_is_named_again_on_the_old_lead(store, li, wang, chen, file, tmp_path):
    import_register(store, write_register(tmp_path / "r.csv", {"客户姓名": "", "意向车型": ""}))
    before = Lead.objects.select_related("customer").get()
    row = {
        "负责顾问": "王芳",
        "级别": "H",
        "备注": "换车",
        "下次跟进": "2026-06-30",
        "最后联系": "2026-06-17",
    }
    assert counts(import_list(store, write_list(file, row), by=chen)) == (1, 0, 1, 0, 0, 0, 0)
    lead = Lead.objects.select_related("customer").get()
    assert (lead.owner, lead.step, lead.grade, lead.next_due_on) == (
        before.owner,
        before.step,
        before.grade,
        before.next_due_on,
    )
    assert (lead.customer.name, lead.remark, lead.interests.get().car_model.name_zh) == (
        "张三",
        "换车",
        "轩逸",
    )
    assert ImportRow.objects.get(kind="leads").ref == lead.pk
    event = LeadEvent.objects.filter(kind="edit").get()
    assert (event.reason, event.source) == ("listed", "import")
    told = [entry.item() for entry in change_entries(lead, changes(lead, limit=10))]
    assert "Named again in an imported list." in " ".join(item.text for item in told)
    assert not Contact.objects.exists()


def test_a_number_twice_in_a_file_is_one_customer_and_one_lead(store, li, chen, file):
    rows = [{"电话": "13800000001"}, {"电话": "+86 138-0000-0001", "姓名": "李四"}]
    assert counts(import_list(store, write_list(file, *rows), by=chen)) == (2, 1, 1, 0, 0, 1, 1)
    assert Customer.objects.get().name == "张三"


@pytest.mark.parametrize(("status", "step"), [("lost", 4), ("void", 1), ("active", 9)])
def test_who_is_lost_or_has_his_car_gets_a_new_lead_as_the_same_customer(store, li, chen, file, status, step):
    import_list(store, write_list(file, {}), by=chen)
    Task.objects.all().delete()
    Lead.objects.update(status=status, step=step, void_reason="test", has_cadence=False, next_due_on=None)
    again = write_list(file, {"备注": "again"})
    assert counts(import_list(store, again, by=chen)) == (1, 1, 0, 0, 0, 0, 1)
    assert list(Lead.objects.order_by("pk").values_list("car_no", flat=True)) == [1, 2]
    assert Customer.objects.count() == 1


# --- every row is accounted for -----------------------------------------------------------


def test_the_same_list_again_creates_nothing(store, li, chen, file):
    write_list(file, {}, {}, {"电话": "13800000001"})
    assert counts(import_list(store, file, by=chen)) == (3, 2, 1, 0, 0, 2, 2)
    assert counts(import_list(store, file, by=chen)) == (3, 0, 0, 3, 0, 0, 0)
    assert counts(import_list(store, file, by=chen, dry_run=True)) == (3, 0, 0, 3, 0, 0, 0)


def test_bad_rows_are_listed_and_the_rest_comes_in(store, li, chen, file):
    rows = [{"电话": "1380000"}, {"级别": "Z"}, {"最后联系": "2026-07-01"}, {"姓名": "13800000009"}, {}]
    assert counts(import_list(store, write_list(file, *rows), by=chen)) == (5, 1, 0, 0, 4, 1, 1)
    rejected = ImportRow.objects.filter(outcome="rejected").order_by("line").values_list("line", "reason")
    assert list(rejected) == [
        (2, "No usable phone number: the customer is known by it."),
        (3, "Grades are O, H, A+, A, B+, B, C. Empty takes the suggestion."),
        (4, "2026-07-01 lies in the future, after 2026-06-18."),
        (5, "A phone number stands in the name column. Put it in the phone column."),
    ]


def test_a_dry_run_answers_the_same_and_writes_nothing(store, li, chen, file):
    write_list(file, {}, {"负责顾问": "新来"}, {"电话": "13800000001"}, {"电话": "?"})
    dry = import_list(store, file, by=chen, dry_run=True)
    assert (Lead.objects.count(), Customer.objects.count(), Task.objects.count()) == (0, 0, 0)
    assert dry == {**import_list(store, file, by=chen), "errors_file": None}


@pytest.mark.once
@pytest.mark.thorough
def test_of_ten_thousand_rows_a_hundred_bad_ones_are_listed(store, li, chen, file):
    rows = [{"电话": "1390000" if n % 100 == 7 else f"139{n:08}"} for n in range(10_000)]
    write_list(file, *rows)
    answer = import_list(store, file, by=chen)
    assert counts(answer) == (10_000, 9_900, 0, 0, 100, 9_900, 9_900)
    with open(answer["errors_file"], encoding="utf-8-sig") as errors:
        lines = errors.read().splitlines()
    assert (len(lines), lines[1].split(",")[-2], lines[100].split(",")[-2]) == (101, "9", "9909")
    assert counts(import_list(store, file, by=chen)) == (10_000, 0, 0, 9_900, 100, 0, 0)


def test_kinds_do_not_take_each_others_rows(store, li, chen, tmp_path):
    assert RegisterImport.code != "leads"
    import_list(store, write_list(tmp_path / "l.csv", {}), by=chen)
    answer = import_register(store, write_register(tmp_path / "r.csv", {}))
    assert (answer["created"], answer["customers"], answer["leads"]) == (1, 0, 0)
    assert Lead.objects.get().step == 2
