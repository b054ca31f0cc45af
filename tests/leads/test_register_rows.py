"""A row of a walk-in register becomes values; the 1,200 rows of the sample register all do."""

import datetime as dt
import random
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from leads.files import FileRefused, read_rows
from leads.phones import is_tail, mask, read_email, read_phone, shortfall
from leads.pinyin import name_keys, search_key
from leads.register_rows import (
    HEADER_WORDS,
    HEADERS,
    RegisterRow,
    RowRejected,
    field_of,
    horizon_days,
    parse_register_row,
    read_date,
)

pytestmark = pytest.mark.once

DATA = Path(__file__).parent.parent / "data"
AS_OF = dt.date(2026, 6, 18)
ROW = {
    "序号": "7", "来店日期": "2026-03-02", "来店时间": "18:26", "离店时间": "18:43", "客户姓名": "田伟",
    "联系电话": "18608781076", "来店人数": "5", "首次来店": "是", "渠道": "亲友", "区域": "浦东",
    "意向车型": "轩逸 e-POWER", "预计购车(天)": "30", "试驾": "否", "报价": "是", "级别": "B",
    "接待顾问": "王芳", "备注": "",
}  # fmt: skip


def parse(**cells):
    return parse_register_row(ROW | cells, as_of=AS_OF)


def rows_of(name):
    sheet = read_rows(DATA / name, filename=name, header_words=HEADER_WORDS)
    return [
        parse_register_row(dict(zip(sheet.header, cells, strict=True)), as_of=AS_OF)
        for _, cells in sheet.rows
    ]


# --- one row ------------------------------------------------------------------------------


def test_a_row_gives_all_its_values():
    assert parse() == RegisterRow(
        number_text="7",
        on=dt.date(2026, 3, 2),
        arrived=dt.time(18, 26),
        left=dt.time(18, 43),
        name="田伟",
        phone_text="18608781076",
        persons=5,
        first=True,
        channel="亲友",
        area="浦东",
        model="轩逸 e-POWER",
        horizon_text="30",
        horizon_days=30,
        drove=False,
        quoted=True,
        grade="B",
        consultant="王芳",
        remark="",
        courtesy=False,
        spouse_name="",
        unread=(),
    )


def test_a_row_with_a_date_only_has_blank_values():
    row = parse_register_row({"日期": "2026-03-02"}, as_of=AS_OF)

    assert (row.on, row.arrived, row.left, row.persons, row.first) == (
        dt.date(2026, 3, 2),
        None,
        None,
        1,
        None,
    )
    assert (row.name, row.phone_text, row.horizon_text, row.horizon_days, row.grade) == ("", "", "", None, "")
    assert (row.drove, row.quoted, row.courtesy, row.unread) == (False, False, False, ())


def test_english_headers_are_understood():
    row = parse_register_row(
        {
            "No.": "1", "Visit date": "2026-03-02", "Time in": "3:20 PM", "Time out": "16:05",
            "Customer name": "Anna Schmidt", "Mobile": "138 0000 0001", "Party size": "2",
            "First visit": "yes", "Source": "Web", "District": "Mitte", "Model": "N7",
            "Horizon (days)": "2 weeks", "Test drive": "y", "Quoted": "no",
            "Grade": "a", "Salesperson": "Li", "Notes": "wife of John Smith, calls back",
        },
        as_of=AS_OF,
    )  # fmt: skip

    assert (row.arrived, row.left) == (dt.time(15, 20), dt.time(16, 5))
    assert (row.name, row.phone_text, row.persons, row.first) == ("Anna Schmidt", "138 0000 0001", 2, True)
    assert (row.horizon_days, row.drove, row.quoted, row.grade) == (14, True, False, "A")
    assert (row.channel, row.area, row.consultant, row.spouse_name) == ("Web", "Mitte", "Li", "John Smith")


@pytest.mark.parametrize("field", HEADERS)
def test_each_column_name_stands_for_one_field(field):
    others = set().union(*(words for other, words in HEADERS.items() if other != field))

    assert not HEADERS[field] & others
    assert {field_of(word) for word in HEADERS[field]} == {field}
    assert {field_of(f" {word.upper()}*：") for word in HEADERS[field]} == {field}


def test_a_column_that_is_not_known_is_not_read():
    assert field_of("车牌") is None
    assert field_of("") is None


def test_the_first_filled_of_two_phone_columns_is_taken():
    row = parse_register_row({"日期": "3.2", "电话": " ", "手机": "13800000001"}, as_of=AS_OF)

    assert row.phone_text == "13800000001"


@pytest.mark.parametrize(
    ("written", "on"),
    [
        ("2026-03-02", dt.date(2026, 3, 2)),
        ("2026/3/2", dt.date(2026, 3, 2)),
        ("2026.3.2", dt.date(2026, 3, 2)),
        ("2026年3月2日", dt.date(2026, 3, 2)),
        ("2026 年 3 月 2 号 周一", dt.date(2026, 3, 2)),
        ("２０２６－０３－０２", dt.date(2026, 3, 2)),
        ("2026-03-02 18:26:00", dt.date(2026, 3, 2)),
        ("2026-03-02T18:26", dt.date(2026, 3, 2)),
        ("20260302", dt.date(2026, 3, 2)),
        ("46083", dt.date(2026, 3, 2)),
        ("46083.768", dt.date(2026, 3, 2)),
        ("5月3日", dt.date(2026, 5, 3)),
        ("5月3日（周日）", dt.date(2026, 5, 3)),
        ("5.3", dt.date(2026, 5, 3)),
        ("5/3", dt.date(2026, 5, 3)),
        ("5-3", dt.date(2026, 5, 3)),
        ("3.10", dt.date(2026, 3, 10)),
        ("6.18", dt.date(2026, 6, 18)),
        ("6.19", dt.date(2025, 6, 19)),
        ("12月31日", dt.date(2025, 12, 31)),
        ("2.29", dt.date(2024, 2, 29)),
    ],
)
def test_a_day_is_read_however_it_is_written(written, on):
    assert parse(来店日期=written).on == on


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "No date. Write it as 2026-03-02."),
        ("\u200b", "No date. Write it as 2026-03-02."),
        ("合计", "合计 is no date. Write it as 2026-03-02."),
        ("2026-02-30", "2026-02-30 is no date. Write it as 2026-03-02."),
        ("13.1", "13.1 is no date. Write it as 2026-03-02."),
        ("2.30", "2.30 is no date. Write it as 2026-03-02."),
        ("03/02/2026", "03/02/2026 is no date. Write it as 2026-03-02."),
        ("1900-01-01", "1900-01-01 is no date. Write it as 2026-03-02."),
        ("2026-06-19", "2026-06-19 lies in the future, after 2026-06-18."),
    ],
)
def test_a_row_without_a_day_is_rejected_with_the_cure(written, reason):
    with pytest.raises(RowRejected) as rejected:
        parse(来店日期=written, 来店时间="9.30")

    assert (str(rejected.value), rejected.value.field) == (reason, "on")


def test_a_day_in_the_time_column_is_found():
    row = parse(来店日期="", 来店时间="2026-03-02 18:26")

    assert (row.on, row.arrived) == (dt.date(2026, 3, 2), dt.time(18, 26))


@pytest.mark.parametrize(
    ("written", "arrived"),
    [("2026-03-02 18:26", dt.time(18, 26)), ("2026-03-02T18:26:00", dt.time(18, 26)), ("5.30", None)],
)
def test_a_time_in_the_date_column_is_found_and_a_day_is_no_time(written, arrived):
    assert parse(来店日期=written, 来店时间="", 离店时间="").arrived == arrived


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("18:26", dt.time(18, 26)),
        ("18：26", dt.time(18, 26)),
        ("１８:２６", dt.time(18, 26)),
        ("18:26:30", dt.time(18, 26)),
        ("9:05", dt.time(9, 5)),
        ("9.30", dt.time(9, 30)),
        ("18点26分", dt.time(18, 26)),
        ("18点", dt.time(18, 0)),
        ("下午3点半", dt.time(15, 30)),
        ("上午9:30", dt.time(9, 30)),
        ("12:10 pm", dt.time(12, 10)),
        ("12:10 AM", dt.time(0, 10)),
    ],
)
def test_a_time_is_read_however_it_is_written(written, time):
    row = parse(来店时间=written, 离店时间="")

    assert (row.arrived, row.unread) == (time, ())


@pytest.mark.parametrize("written", ["25:00", "18:60", "下午", "饭后", "1826"])
def test_a_time_that_is_none_is_blank_and_named(written):
    row = parse(来店时间=written)

    assert (row.arrived, row.left, row.unread) == (None, dt.time(18, 43), ("arrived",))


def test_a_leaving_time_before_the_arrival_is_blank_and_named():
    row = parse(来店时间="18:26", 离店时间="18:25")

    assert (row.arrived, row.left, row.unread) == (dt.time(18, 26), None, ("left",))


@pytest.mark.parametrize(
    ("written", "persons", "unread"),
    [
        ("", 1, ()),
        ("3", 3, ()),
        ("３人", 3, ()),
        ("两位", 2, ()),
        ("0", 1, ("persons",)),
        ("一家", 1, ("persons",)),
        ("13800000001", 1, ("persons",)),
    ],
)
def test_a_party_is_one_person_unless_a_number_is_read(written, persons, unread):
    row = parse(来店人数=written)

    assert (row.persons, row.unread) == (persons, unread)


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("是", True),
        ("首次", True),
        ("√", True),
        ("Y", True),
        ("否", False),
        ("二次", False),
        ("×", False),
        ("", None),
    ],
)
def test_first_visits_are_yes_no_or_unknown(written, first):
    row = parse(首次来店=written)

    assert (row.first, row.unread) == (first, ())


@pytest.mark.parametrize(
    ("written", "drove", "unread"),
    [
        ("是", True, ()),
        ("已试驾", True, ()),
        ("TRUE", True, ()),
        ("", False, ()),
        ("未试驾", False, ()),
        ("改天", False, ("drove",)),
    ],
)
def test_a_drive_counts_only_when_it_says_so(written, drove, unread):
    row = parse(试驾=written)

    assert (row.drove, row.unread) == (drove, unread)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("60", 60), ("６０", 60), ("60.0", 60), ("0", 0), ("60天", 60), ("约15天内", 15), ("15 日", 15),
        ("一周", 7), ("2周内", 14), ("两个星期", 14), ("1个月", 30), ("3月内", 90), ("3个月以内", 90),
        ("1-3个月", 90), ("7~15天", 15), ("半个月", 15), ("半年", 180), ("半年内", 180), ("一年", 365),
        ("2 weeks", 14), ("within 1 month", 30), ("1 to 3 months", 90), ("10 days", 10),
        ("", None), ("年底", None), ("看情况", None), ("3月", None), ("2026", None), ("12-31", None),
        ("半天", None), ("-5", None), ("3个月以上", None), ("9" * 30, None), ("100年", None),
        ("本月内", None),
    ],
)  # fmt: skip
def test_a_horizon_is_days_or_not_understood(written, days):
    row = parse(**{"预计购车(天)": written})

    assert horizon_days(written) == days
    assert (row.horizon_text, row.horizon_days) == (written, days)
    assert row.horizon_understood is (days is not None)
    assert row.unread == (("horizon",) if written and days is None else ())


@pytest.mark.parametrize(
    ("written", "grade"),
    [
        ("O", "O"), ("h", "H"), ("Ａ", "A"), ("A＋", "A+"), ("B+级", "B+"), ("C 级", "C"),
        ("无", ""), ("", ""), (" - ", ""), ("N/A", ""), ("none", ""),
    ],
)  # fmt: skip
def test_a_written_grade_is_kept_and_none_is_blank(written, grade):
    assert parse(级别=written).grade == grade


def test_a_grade_nobody_knows_is_rejected():
    with pytest.raises(RowRejected) as rejected:
        parse(级别="K")

    assert str(rejected.value) == "Grades are O, H, A+, A, B+, B, C. Empty takes the suggestion."
    assert rejected.value.field == "grade"


def test_a_number_in_the_name_column_is_rejected():
    with pytest.raises(RowRejected) as rejected:
        parse(客户姓名="139 1182 0043", 联系电话="吴刚")

    assert str(rejected.value) == "A phone number stands in the name column. Put it in the phone column."


@pytest.mark.parametrize(
    ("column", "field", "limit"), [("区域", "area", 80), ("联系电话", "phone", 60), ("备注", "remark", 300)]
)
def test_a_value_no_column_can_hold_is_rejected(column, field, limit):
    parse(**{column: "x" * limit})

    with pytest.raises(RowRejected) as rejected:
        parse(**{column: "x" * (limit + 1)})

    assert (str(rejected.value), rejected.value.field) == (f"Too long: {limit} characters at most.", field)


def test_names_lose_padding_and_invisible_characters_only():
    row = parse(客户姓名=" 王\u3000芳\u200b ", 接待顾问="李 强", 意向车型=" 轩逸  1.6Ｌ ")

    assert (row.name, row.consultant, row.model) == ("王芳", "李强", "轩逸 1.6Ｌ")
    assert parse(客户姓名="Anna  Schmidt").name == "Anna Schmidt"


def test_a_cell_that_starts_a_formula_is_text():
    link = '=HYPERLINK("http://127.0.0.1/","点我")'
    row = parse(备注=link, 客户姓名="@王", 区域="=1+1", 渠道="-x")

    assert (row.remark, row.name, row.area, row.channel) == (link, "@王", "=1+1", "-x")


@pytest.mark.parametrize(
    ("remark", "spouse"),
    [
        ("与田伟为夫妻", "田伟"),
        ("和司马梓涵是夫妻", "司马梓涵"),
        ("老客户，与诸葛䶮为夫妻，要白色", "诸葛䶮"),
        ("与张为民为夫妻", "张为民"),
        ("王强的太太", "王强"),
        ("是王强的老公", "王强"),
        ("配偶：王强", "王强"),
        ("married to Anna Schmidt", "Anna Schmidt"),
        ("他的太太喜欢白色", ""),
        ("陪客户的太太来", ""),
        ("介绍人王强先生", ""),
        ("与家人商量", ""),
        ("", ""),
    ],
)
def test_a_remark_may_name_the_spouse(remark, spouse):
    assert parse(备注=remark).spouse_name == spouse


@pytest.mark.parametrize(("remark", "courtesy"), [("义务", True), ("义务接待，回访", True), ("义卖", False)])
def test_a_courtesy_reception_stands_in_the_remark(remark, courtesy):
    assert parse(备注=remark).courtesy is courtesy


# --- the sample register --------------------------------------------------------------


@pytest.fixture(scope="module")
def register():
    return rows_of("walkin_register_gb18030.csv")


@pytest.fixture(scope="module")
def phones(register):
    return [read_phone(row.phone_text, country="CN", store_code="D1") for row in register]


def test_all_1200_rows_of_the_register_parse(register):
    assert len(register) == 1200
    assert [row.number_text for row in register] == [str(n) for n in range(1, 1201)]
    assert (min(row.on for row in register), max(row.on for row in register)) == (
        dt.date(2026, 3, 2),
        dt.date(2026, 6, 17),
    )
    assert all(row.arrived for row in register)
    assert sum(row.left is None for row in register) == 81
    assert sum(row.name == "" for row in register) == 18
    assert sum(row.courtesy for row in register) == 44
    assert sum(row.remark.startswith("=") for row in register) == 19
    assert sum(row.spouse_name != "" for row in register) == 19
    assert Counter(row.first for row in register) == {True: 924, False: 276}
    assert Counter(row.grade for row in register) == {"H": 99, "A": 207, "B": 336, "C": 336, "": 222}


def test_the_words_of_the_register_that_are_not_understood_are_one(register):
    assert Counter(row.unread for row in register) == {(): 1169, ("horizon",): 31}
    assert {row.horizon_text for row in register if not row.horizon_understood} == {"", "年底"}
    assert {row.horizon_days for row in register if row.horizon_text == "半年"} == {180}


def test_32_days_without_a_year_fall_where_the_register_stands():
    sheet = read_rows(DATA / "walkin_register_gb18030.csv", filename="r.csv", header_words=HEADER_WORDS)
    written = [cells[sheet.header.index("来店日期")] for _, cells in sheet.rows]
    days = [read_date(day, as_of=AS_OF) for day in written]

    short = [n for n, day in enumerate(written) if "2026" not in day]

    assert len(short) == 32
    # The register is kept by day, so each stands between its neighbours.
    assert all(days[n - 1] <= days[n] <= days[n + 1] for n in short)


def test_four_people_received_the_visitors(register):
    assert Counter(row.consultant for row in register) == {"李强": 311, "赵敏": 300, "陈刚": 296, "王芳": 293}


def test_1079_rows_have_a_mobile_and_six_a_landline(register, phones):
    mobiles = [phone.value for phone in phones if phone and phone.value.startswith("+861")]
    landlines = [phone.value for phone in phones if phone and not phone.value.startswith("+861")]

    assert (len(mobiles), len(set(mobiles))) == (1079, 803)
    assert (len(landlines), len(set(landlines))) == (6, 6)
    assert all(phone.valid for phone in phones if phone)


def test_115_rows_have_no_phone(register, phones):
    unusable = Counter()
    for row, phone in zip(register, phones, strict=True):
        if phone is None:
            short = shortfall(row.phone_text, country="CN")
            unusable[f"{short} short" if short else row.phone_text.strip("-") or "blank"] += 1

    assert unusable == {"2 short": 15, "不肯留": 7, "blank": 93}


def test_809_customers_are_803_mobiles_and_six_landlines_five_of_them_nameless(register, phones):
    names = defaultdict(set)
    for row, phone in zip(register, phones, strict=True):
        if phone:
            names[phone.value].add(row.name)

    assert len(names) == 809
    assert sum(known == {""} for known in names.values()) == 5
    assert max(len(known - {""}) for known in names.values()) == 1


def test_the_owner_is_who_received_the_first_visit_that_was_no_courtesy(register, phones):
    owners = {}
    for row, phone in zip(register, phones, strict=True):
        if phone and not row.courtesy:
            owners.setdefault(phone.value, row.consultant)

    assert len(owners) == 809
    assert Counter(owners.values()) == {"李强": 217, "陈刚": 199, "赵敏": 197, "王芳": 196}


def test_the_workbook_says_the_same_as_the_first_400_rows(register):
    workbook = rows_of("walkin_register.xlsx")

    # Remarks that are formulas have no value in a workbook.
    of_csv = [row if not row.remark.startswith("=") else with_remark(row, "") for row in register[:400]]
    assert workbook == of_csv


def with_remark(row, remark):
    return RegisterRow(**{**vars(row), "remark": remark})


# --- whatever is typed --------------------------------------------------------------------

SIGNS = [
    *"\0\t\n\r\x1b\x7f\u00a0\u00ad\u200b\u200d\u200e\u202e\u2066\u3000\ufeff\ufffd\ufffe\ud800\udcff",
    *"0123456789０１９٣²½①+-＋－—()（）[].,:：/\\@#=%{}'\"<>&;|~",
    *"abzAZéßǅﬁﷺİ王芳𠮷䶮㼆先生月日年天半个点分内与为夫妻的",
    "😀", "👨\u200d👩\u200d👧", "🇨🇳", "1️⃣", "é" * 3, "+86", "138", "2026-", "5月", "18:", "下午", "Mr. ",
    "local:",
]  # fmt: skip


def strings(count, seed):
    chance = random.Random(seed)
    for _ in range(count):
        yield "".join(chance.choice(SIGNS) for _ in range(chance.randint(0, 24)))


@pytest.mark.thorough
def test_whatever_is_typed_only_refusals_are_raised():
    said = []
    for n, text in enumerate(strings(2000, seed=40)):
        country = ("CN", "HK", "US", "DE", "XX")[n % 5]
        phone = read_phone(text, country=country, store_code="D1")
        assert phone is None or phone.value.startswith(("+", "local:D1:"))
        assert shortfall(text, country=country) in range(7)
        assert is_tail(text) in (True, False)
        assert (read_email(text) or "@").count("@") == 1
        mask(text)
        for key in name_keys(text):
            assert key == search_key(key)
        try:
            assert read_date(text, as_of=AS_OF) <= AS_OF
        except RowRejected as rejected:
            said.append(str(rejected))

    assert all(said)


def test_whatever_stands_in_the_cells_only_refusals_are_raised():
    texts = list(strings(2000, seed=41))
    headers = list(ROW)
    parsed, said = 0, []
    for n, text in enumerate(texts):
        cells = ROW | {headers[n % len(headers)]: text, headers[(n * 7) % len(headers)]: texts[-n]}
        try:
            row = parse_register_row(cells, as_of=AS_OF)
        except RowRejected as rejected:
            said.append(str(rejected))
            continue
        parsed += 1
        assert row.on <= AS_OF
        assert 1 <= row.persons < 100
        for value in (row.name, row.remark, row.phone_text, row.consultant):
            assert not {unicodedata.category(c) for c in value} & {"Cf", "Cs"}
            value.encode()

    assert parsed > 1000
    assert all(said)


@pytest.mark.thorough
def test_whatever_stands_in_a_file_only_refusals_are_raised():
    texts, said = list(strings(2000, seed=42)), []
    for n in range(0, 2000, 20):
        body = "姓名,电话,日期\n" + "\n".join(texts[n : n + 20])
        try:
            list(
                read_rows(body.encode("utf-8", "replace"), filename=texts[n], header_words=HEADER_WORDS).rows
            )
        except FileRefused as refused:
            said.append(str(refused))

    assert all(said)
