"""A58: what a row of a register becomes: step, grade, contact point, card, spouse, consultant."""

import pytest

from accounts.models import User
from accounts.rules import set_setting
from leads.models import ContactPoint, Customer, CustomerLink, Evidence, Import, Lead, LeadEvent
from showroom.models import Visit
from tests.registers import MORNING, import_register, write_register

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(store, tmp_path):
    """Read rows in; answers the leads in the order of the rows."""

    def read(*rows):
        numbered = [{"联系电话": f"138000000{n:02}", **row} for n, row in enumerate(rows, start=1)]
        import_register(store, write_register(tmp_path / "register.csv", *numbered))
        return list(Lead.objects.order_by("number"))

    return read


# --- step ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drove", "quoted", "step", "imported", "kinds"),
    [
        ("否", "否", 2, None, {"visit"}),
        ("是", "否", 5, [3, 4], {"visit", "drive_started"}),
        ("否", "是", 6, [3, 4, 5], {"visit", "quote"}),
        ("是", "是", 6, [3, 4], {"visit", "drive_started", "quote"}),
    ],
)
def test_the_step_is_the_highest_that_the_row_proves(read, drove, quoted, step, imported, kinds):
    (lead,) = read({"试驾": drove, "报价": quoted})
    assert (lead.step, lead.skipped) == (step, "".join(map(str, imported or [])))
    assert set(Evidence.objects.values_list("kind", flat=True)) == kinds
    events = LeadEvent.objects.filter(kind="step")
    assert [event.data for event in events] == ([{"imported": imported}] if imported else [])


def test_several_visits_move_the_lead_once(read):
    same = {"联系电话": "13800000001"}
    rows = [
        {"来店日期": "2026-06-01", "试驾": "是"},
        {"来店日期": "2026-06-05", "报价": "是"},
        {"来店日期": "2026-06-08"},
    ]
    (lead,) = read(*[{**same, **row} for row in rows])
    (event,) = LeadEvent.objects.filter(kind="step")
    quoted = Visit.objects.get(on="2026-06-05")
    assert (lead.step, lead.skipped, lead.step_entered_at, event.at) == (
        6,
        "34",
        quoted.arrived_at,
        quoted.arrived_at,
    )


# --- grade --------------------------------------------------------------------------------


def test_a_written_grade_is_a_choice_and_the_suggestion_stands_beside_it(read):
    (lead,) = read({"级别": "C", "预计购车(天)": "7"})
    assert (lead.grade, lead.suggested_grade) == ("C", "H")
    event = LeadEvent.objects.get(kind="grade")
    assert (event.reason, event.data) == ("imported", {"suggested": "H", "flags": []})


@pytest.mark.parametrize("written", ["无", "", "无级别"])
@pytest.mark.parametrize(("horizon", "grade"), [("7", "H"), ("30", "A"), ("90", "B"), ("半年", "C")])
@pytest.mark.thorough
def test_no_grade_takes_the_suggestion_of_the_horizon_from_the_visit_day(read, written, horizon, grade):
    (lead,) = read({"级别": written, "预计购车(天)": horizon, "来店日期": "2026-03-02"})
    assert (lead.grade, lead.suggested_grade) == (grade, "")
    assert LeadEvent.objects.get(kind="grade").reason == ""


@pytest.mark.parametrize(
    ("row", "flag"),
    [
        ({"预计购车(天)": ""}, "horizon_missing"),
        ({"预计购车(天)": "年底"}, "horizon_missing"),
        ({"意向车型": "", "预计购车(天)": "7"}, "model_missing"),
    ],
)
def test_what_is_blank_or_not_understood_is_c_and_flagged(read, row, flag):
    (lead,) = read(row)
    assert (lead.grade, lead.has_cadence) == ("C", True)
    assert LeadEvent.objects.get(kind="grade").data == {"suggested": "C", "flags": [flag]}


def test_the_latest_visit_decides_the_grade(read):
    same = {"联系电话": "13800000001"}
    (lead,) = read(
        {**same, "来店日期": "2026-06-08", "来店时间": "16:00", "级别": "H"},
        {**same, "来店日期": "2026-06-08", "来店时间": "10:00", "级别": "B"},
        {**same, "来店日期": "2026-06-01", "级别": "C"},
    )
    assert (lead.grade, lead.last_visit_at.hour) == ("H", 8)  # 16:00 in Shanghai


@pytest.mark.parametrize(
    ("profile", "written", "grade"),
    [
        ("default", "O", "H"),  # O stands for recorded money
        ("default", "A+", "A"),
        ("default", "B+", "B"),
        ("detailed", "A+", "A+"),
        ("detailed", "O", "H"),
        ("classic", "O", "O"),
        ("classic", "H", "O"),
    ],
)
@pytest.mark.thorough
def test_a_written_grade_is_kept_in_the_letters_of_the_store(store, read, profile, written, grade):
    set_setting(store, "grade_profile", profile, by=None, at=MORNING)
    (lead,) = read({"级别": written, "预计购车(天)": "60"})
    assert lead.grade == grade
    assert Visit.objects.get().grade_written == written


# --- who it is ----------------------------------------------------------------------------


def test_a_full_landline_is_a_usable_phone(read):
    (lead,) = read({"联系电话": "021-51188198"})
    assert lead.customer.contact_points.get().value == "+862151188198"


@pytest.mark.parametrize("phone", ["1380000001", "拒留", ""])
def test_without_a_usable_number_only_the_register_row_stands(read, phone):
    assert read({"联系电话": phone}) == []
    visit = Visit.objects.get()
    assert (visit.lead, visit.customer, visit.name_text, visit.phone_text) == (None, None, "张三", phone)
    assert (visit.register_serial, visit.receiver.full_name) == (1, "李强")
    assert not Customer.objects.exists()
    assert not ContactPoint.objects.exists()


def test_a_number_without_a_name_is_a_customer_whose_card_is_not_open(read):
    (lead,) = read({"客户姓名": "", "级别": "B"})
    assert (lead.customer.name, lead.customer.card_opened_at) == ("", None)
    assert (lead.grade, lead.has_cadence, lead.owner.full_name) == ("none", False, "李强")
    assert Visit.objects.get().grade_written == "B"


def test_a_name_on_a_later_row_opens_the_card(read):
    rows = [
        {"联系电话": "13800000001", "来店日期": f"2026-06-0{n}", "客户姓名": name}
        for n, name in ((1, ""), (2, "张三"))
    ]
    (lead,) = read(*rows)
    assert (lead.customer.name, lead.grade) == ("张三", "A")
    assert lead.customer.card_opened_at is not None


# --- husband and wife ---------------------------------------------------------------------


def test_a_spouse_in_the_remark_is_linked_when_one_earlier_customer_has_the_name(read):
    one, other = read({"客户姓名": "田伟"}, {"客户姓名": "程雨桐", "备注": "与田伟为夫妻"})
    link = CustomerLink.objects.get()
    assert (link.one, link.other, link.relation) == (one.customer, other.customer, "spouse")
    assert Import.objects.get().counts["spouses_linked"] == [3]


@pytest.mark.parametrize("earlier", [[], [{"客户姓名": "田伟"}, {"客户姓名": "田伟"}]])
def test_a_spouse_nobody_or_two_can_be_is_listed_instead(read, earlier):
    read(*earlier, {"客户姓名": "程雨桐", "备注": "与田伟为夫妻"})
    assert not CustomerLink.objects.exists()
    assert Import.objects.get().counts["spouses_open"] == [len(earlier) + 2]


def test_a_spouse_who_comes_later_in_the_file_is_listed(read):
    read({"客户姓名": "程雨桐", "备注": "与田伟为夫妻"}, {"客户姓名": "田伟"})
    assert not CustomerLink.objects.exists()


# --- consultants --------------------------------------------------------------------------


def test_unknown_consultants_become_staff_who_cannot_sign_in(store, li, tmp_path):
    rows = [
        {"联系电话": "13800000001", "接待顾问": "李强"},
        {"联系电话": "13800000002", "接待顾问": "李 强"},
        {"联系电话": "13800000003", "接待顾问": "王芳"},
        {"联系电话": "13800000004", "接待顾问": "王方"},
        {"联系电话": "13800000005", "接待顾问": ""},
    ]
    answer = import_register(store, write_register(tmp_path / "register.csv", *rows))
    assert answer["staff_created"] == ["王芳", "王方"]
    made = User.objects.exclude(pk=li.pk).order_by("username")
    assert [(person.username, person.roles_in(store)) for person in made] == [
        ("wangfang", {"consultant"}),
        ("wangfang2", {"consultant"}),
    ]
    assert not any(person.has_usable_password() for person in made)
    owners = Lead.objects.order_by("number").values_list("owner__username", flat=True)
    assert list(owners) == ["li", "li", "wangfang", "wangfang2", None]
