"""Reading a walk-in register in: every row accounted for, nothing twice, nothing half done."""

import csv
import datetime as dt
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Counter, Membership, User
from followups.contacts import Said, log_contact
from followups.models import Contact, Task
from leads.files import FileRefused
from leads.grades import Suggestion, choose_grade
from leads.importing import forget_raw_rows
from leads.models import CarModel, Customer, Evidence, Import, ImportRow, Lead, LeadEvent, Term
from leads.stores import create_store
from showroom.models import Visit
from showroom.register_import import RegisterImport
from tests.conftest import at
from tests.registers import AS_OF, MORNING, WORKBOOK, first_rows, import_register, write_register

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var_dir(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    return settings.VAR_DIR


@pytest.fixture
def store(store):
    store.language = "en"  # of the reasons, in the errors file too
    store.save()
    return store


@pytest.fixture
def file(tmp_path):
    return tmp_path / "register.csv"


def counts(answer: dict) -> tuple:
    return tuple(
        answer[key] for key in ("read", "created", "updated", "skipped", "rejected", "customers", "leads")
    )


def snapshot() -> list:
    """What the import leaves of each lead, whatever the ids are."""
    facts = ("owner__full_name", "step", "skipped", "grade", "suggested_grade", "next_due_on", "expected_on")
    talks = ("last_visit_at", "customer__name", "channel__name_zh")
    leads = Lead.objects.order_by("number").values_list("number", *facts, *talks)
    tasks = Task.objects.filter(state="open").order_by("lead__number", "kind")
    return [*leads, *tasks.values_list("lead__number", "kind", "due_on", "catch_up", "assignee__full_name")]


# --- every row is accounted for --------------------------------------------------------


def test_a_row_becomes_a_visit_a_customer_and_a_lead(store, file):
    answer = import_register(store, write_register(file, {}))
    assert answer == {
        "read": 1, "created": 1, "updated": 0, "skipped": 0, "rejected": 0, "customers": 1, "leads": 1,
        "staff_created": ["李强"], "errors_file": None,
    }  # fmt: skip
    visit = Visit.objects.select_related("lead", "receiver").get()
    assert (visit.arrived_at, visit.left_at) == (at("2026-06-10 10:00"), at("2026-06-10 11:00"))
    assert (visit.kind, visit.completed, visit.source, visit.receiver.full_name) == (
        "first",
        True,
        "import",
        "李强",
    )
    assert (visit.car_model.name_zh, visit.channel.code, visit.area.name_zh) == (
        "轩逸 1.6L",
        "showroom",
        "浦东",
    )
    assert (visit.lead.step, visit.lead.grade, visit.lead.owner.full_name) == (2, "A", "李强")
    assert visit.lead.created_at == MORNING
    assert visit.lead.arrived_at == at("2026-06-10 10:00")


@pytest.mark.thorough
def test_a_bad_row_is_listed_with_line_and_reason_and_the_rest_comes_in(store, file, var_dir):
    rows = [{"联系电话": f"1380000{n:04}", "来店时间": "10:00"} for n in range(100)]
    for n in (3, 50, 99):
        rows[n] = {**rows[n], "来店日期": "2026-13-40"}
    answer = import_register(store, write_register(file, *rows))
    assert counts(answer) == (100, 97, 0, 0, 3, 97, 97)
    written = list(csv.reader(Path(answer["errors_file"]).read_text(encoding="utf-8-sig").splitlines()))
    assert [row[-2] for row in written] == ["Line", "5", "52", "101"]
    assert written[1][-1] == "2026-13-40 is no date. Write it as 2026-03-02."
    assert Path(answer["errors_file"]).parent == var_dir / "imports"
    assert list(ImportRow.objects.filter(outcome="rejected").values_list("line", flat=True)) == [5, 52, 101]


def test_rejected_rows_are_corrected_in_their_file_and_sent_again(store, file):
    first = import_register(
        store, write_register(file, {}, {"联系电话": "+86 138 0000 0002", "级别": "Z", "备注": "=1+1"})
    )
    assert counts(first)[:5] == (2, 1, 0, 0, 1)
    errors = Path(first["errors_file"])
    assert "'=1+1" in errors.read_text(encoding="utf-8-sig")
    assert "'+86 138 0000 0002" in errors.read_text(encoding="utf-8-sig")
    errors.write_text(errors.read_text(encoding="utf-8-sig").replace(",Z,", ",B,"), encoding="utf-8-sig")
    assert counts(import_register(store, errors)) == (1, 1, 0, 0, 0, 1, 1)
    assert Visit.objects.get(lead__customer__contact_points__tail="0002").remark == "=1+1"
    assert counts(import_register(store, errors)) == (1, 0, 0, 1, 0, 0, 0)


def test_a_row_with_a_stray_comma_is_rejected(store, file):
    write_register(file, {"备注": "两人"})
    file.write_text(file.read_text().replace("张三", "张三,李四"))
    answer = import_register(store, file)
    assert counts(answer) == (1, 0, 0, 0, 1, 0, 0)
    assert ImportRow.objects.get().reason.startswith("More cells than column names")


def test_what_a_refused_row_made_on_its_way_is_gone_again(store, file):
    rows = [{"来店日期": "2026-06-18", "来店时间": "23:00", "接待顾问": "赵敏", "意向车型": "骐达"}, {}]
    answer = import_register(store, write_register(file, *rows))
    assert counts(answer) == (2, 1, 0, 0, 1, 1, 1)
    assert answer["staff_created"] == ["李强"]
    assert not User.objects.filter(full_name="赵敏").exists()
    assert not CarModel.objects.filter(name_zh="骐达").exists()


@pytest.mark.thorough
def test_a_crash_keeps_whole_rows_and_the_same_file_goes_on_there(store, tmp_path, monkeypatch):
    whole = first_rows(tmp_path / "whole.csv", 0, 70)
    with transaction.atomic():
        answer = import_register(store, whole)
        at_once = snapshot()
        transaction.set_rollback(True)
    store.refresh_from_db()
    write = RegisterImport.write

    def crash(kind, lines):
        if lines[0].number == 48:
            raise RuntimeError("power cut")
        write(kind, lines)

    with monkeypatch.context() as patch:
        patch.setattr(RegisterImport, "write", crash)
        with pytest.raises(RuntimeError):
            import_register(store, whole)
    assert (Visit.objects.count(), ImportRow.objects.count()) == (40, 40)
    assert not Lead.objects.filter(status="active", owner__isnull=False, protected_from=None).exists()
    assert import_register(store, whole) == answer
    assert (snapshot(), Import.objects.count()) == (at_once, 1)


@pytest.mark.thorough
def test_what_a_file_cut_short_for_good_left_undone_is_done_by_the_next(store, tmp_path, monkeypatch):
    def crash(*_args):
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(RegisterImport, "finish", crash)
        with pytest.raises(RuntimeError):
            import_register(store, first_rows(tmp_path / "a.csv", 0, 30))
    assert set(Lead.objects.values_list("grade", flat=True)) == {"none"}
    import_register(store, first_rows(tmp_path / "b.csv", 30, 31))
    assert Lead.objects.exclude(grade="none").count() > 10
    assert not Import.objects.filter(finished_at=None).exists()


def test_a_file_that_is_no_register_is_refused_whole(store, file):
    file.write_text("a,b,c\n1,2,3\n")
    with pytest.raises(FileRefused):
        import_register(store, file)
    assert not Import.objects.exists()


def test_the_copies_of_rows_are_forgotten_after_a_month(store, file):
    import_register(store, write_register(file, {}))
    assert ImportRow.objects.get().raw["客户姓名"] == "张三"
    assert forget_raw_rows(store, on=dt.date(2026, 7, 18)) == 0
    assert forget_raw_rows(store, on=dt.date(2026, 7, 19)) == 1
    assert ImportRow.objects.get().raw == {}
    assert forget_raw_rows(store, on=dt.date(2026, 7, 20)) == 0


# --- the same row once -------------------------------------------------------------------


def test_the_same_file_again_creates_nothing(store, file):
    write_register(file, {}, {"联系电话": "13800000002"}, {"联系电话": "", "客户姓名": ""})
    import_register(store, file)
    before = snapshot()
    assert counts(import_register(store, file)) == (3, 0, 0, 3, 0, 0, 0)
    assert Visit.objects.count() == 3
    assert snapshot() == before


def test_two_equal_rows_in_one_file_are_two_visits(store, file):
    write_register(file, {}, {})
    assert counts(import_register(store, file)) == (2, 2, 0, 0, 0, 1, 1)
    assert list(Visit.objects.order_by("id").values_list("kind", flat=True)) == ["first", "return"]
    assert counts(import_register(store, file)) == (2, 0, 0, 2, 0, 0, 0)


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8-sig", ","), ("gb18030", ","), ("utf-16", "\t"), ("utf-8", "\t"), ("utf-8", ";")],
)
@pytest.mark.thorough
def test_a_row_is_the_same_in_whatever_way_the_file_is_written(store, tmp_path, encoding, delimiter):
    rows = [{"客户姓名": "龚䶮"}, {"联系电话": "13800000002"}]
    import_register(store, write_register(tmp_path / "a.csv", *rows))
    again = write_register(tmp_path / "b.csv", *rows, encoding=encoding, delimiter=delimiter)
    assert counts(import_register(store, again)) == (2, 0, 0, 2, 0, 0, 0)


def test_the_number_and_name_may_be_written_another_way(store, tmp_path):
    import_register(store, write_register(tmp_path / "a.csv", {"客户姓名": "王芳"}))
    again = write_register(
        tmp_path / "b.csv",
        {"客户姓名": "王 芳", "联系电话": "+86 138-0000-0001", "来店日期": "6月10日", "来店时间": "10点"},
    )
    assert counts(import_register(store, again))[1:4] == (0, 0, 1)


@pytest.mark.thorough
def test_the_workbook_holds_the_first_400_rows_of_the_register(store, tmp_path):
    assert counts(import_register(store, WORKBOOK)) == (400, 400, 0, 0, 0, 265, 265)
    first_450 = first_rows(tmp_path / "first.csv", 0, 450)
    answer = import_register(store, first_450)
    assert counts(answer)[:5] == (450, 50, 0, 400, 0)
    assert answer["staff_created"] == []


def test_another_store_does_not_know_the_row(store, file):
    write_register(file, {})
    import_register(store, file)
    west = create_store(code="west", name="West", zone="Asia/Shanghai", country="CN", group=store.group)
    assert counts(import_register(west, file)) == (1, 1, 0, 0, 0, 0, 1)  # the customer is the group's
    assert Customer.objects.get().leads.count() == 2


def test_a_dry_run_counts_the_same_and_writes_nothing(store, file):
    write_register(file, {}, {"联系电话": "13800000002"}, {"来店日期": "?"})
    dry = import_register(store, file, dry_run=True)
    assert not any(
        model.objects.exists() for model in (Visit, Lead, Customer, User, Import, ImportRow, Counter)
    )
    assert dry["errors_file"] is None
    wet = import_register(store, file)
    assert {**wet, "errors_file": None} == dry
    assert counts(wet) == (3, 2, 0, 0, 1, 2, 2)


# --- what the store knows already ----------------------------------------------------------


@pytest.mark.thorough
def test_a_register_in_two_parts_leaves_what_the_whole_leaves(store, tmp_path):
    with transaction.atomic():
        import_register(store, first_rows(tmp_path / "a.csv", 0, 40))
        import_register(store, first_rows(tmp_path / "b.csv", 30, 60))
        in_parts = snapshot()
        transaction.set_rollback(True)
    store.refresh_from_db()
    import_register(store, first_rows(tmp_path / "whole.csv", 0, 60))
    assert snapshot() == in_parts


def test_names_of_the_store_are_found_not_made_anew(store, li, file):
    model = CarModel.objects.create(
        group=store.group, brand="日产", code="sylphy16", name_zh="轩逸1.6L", name_en="Sylphy"
    )
    answer = import_register(store, write_register(file, {"渠道": "Walk-in", "意向车型": "日产 轩逸 1.6L"}))
    assert answer["staff_created"] == []
    visit = Visit.objects.get()
    assert (visit.receiver, visit.car_model, visit.channel.code) == (li, model, "showroom")
    assert Term.objects.filter(list="channel").count() == 11


def test_a_leaver_received_the_visit_and_the_lead_waits_in_the_pool(store, li, file):
    Membership.objects.filter(user=li).update(ends_on=dt.date(2026, 6, 1))
    answer = import_register(store, write_register(file, {}))
    assert answer["staff_created"] == []
    visit = Visit.objects.select_related("lead").get()
    assert (visit.receiver, visit.lead.owner) == (li, None)
    task = Task.objects.get()
    assert (task.assignee, task.due_on, task.catch_up) == (None, AS_OF, False)


def test_an_older_visit_leaves_grade_date_and_task_to_the_newer_talk(store, li, file):
    import_register(store, write_register(file, {"来店日期": "2026-06-10", "级别": "B"}))
    lead = Lead.objects.get()
    log_contact(lead.pk, Said("comparing"), by=li, at=MORNING, now=MORNING)
    before = snapshot()
    older = write_register(file, {"来店日期": "2026-06-01", "级别": "H", "试驾": "是"})
    assert counts(import_register(store, older))[:2] == (1, 1)
    lead.refresh_from_db()
    assert (lead.grade, lead.step, lead.skipped) == ("B", 5, "34")
    after = snapshot()
    assert [after[0][4:9], after[1]] == [before[0][4:9], before[1]]
    assert Contact.objects.count() == 1


@pytest.mark.thorough
def test_a_grade_set_by_hand_since_the_visit_stays(store, li, file):
    import_register(
        store, write_register(file, {"来店日期": "2026-06-01", "级别": "B"}), as_of=dt.date(2026, 6, 2)
    )
    lead, chosen = Lead.objects.get(), at("2026-06-12 10:00")
    choose_grade(
        lead, "A", by=li, at=chosen, recorded_at=chosen, suggestion=Suggestion("B"), reason="asked for a loan"
    )
    import_register(store, write_register(file, {"来店日期": "2026-06-10", "级别": "C"}))
    lead.refresh_from_db()
    assert (lead.grade, lead.last_visit_at) == ("A", at("2026-06-10 10:00"))
    import_register(store, write_register(file, {"来店日期": "2026-06-14", "级别": "C"}))
    lead.refresh_from_db()
    assert lead.grade == "C"


def test_an_import_day_ahead_of_the_clock_counts_as_over(store, file):
    now = at("2026-03-01 09:00")
    answer = import_register(store, write_register(file, {"来店日期": "2026-06-18"}), now=now)
    assert counts(answer)[:2] == (1, 1)
    assert Visit.objects.get().recorded_at == at("2026-06-18 23:59:59")


def test_a_newer_visit_dates_the_lead_anew_in_the_catch_up(store, li, file):
    import_register(
        store, write_register(file, {"来店日期": "2026-06-01", "级别": "B"}), as_of=dt.date(2026, 6, 2)
    )
    newer = {"来店日期": "2026-06-10", "级别": "H", "报价": "是", "接待顾问": "王芳"}
    import_register(store, write_register(file, newer))
    lead = Lead.objects.get()
    assert (lead.owner, lead.grade, lead.step, lead.next_due_on) == (li, "H", 6, AS_OF)
    assert list(Task.objects.filter(state="open").values_list("kind", "due_on", "catch_up")) == [
        ("cadence", AS_OF, True)
    ]


def test_a_visit_of_the_import_day_has_its_first_follow_up(store, file):
    rows = [
        {"来店日期": "2026-06-18", "来店时间": "08:00", "离店时间": "08:20"},
        {"来店日期": "2026-06-17", "联系电话": "13800000002"},
    ]
    import_register(store, write_register(file, *rows))
    (task,) = Task.objects.filter(kind="day_after")
    assert (task.due_at, task.lead.customer.contact_points.get().tail) == (at("2026-06-19 08:20"), "0001")


def test_events_tell_when_it_happened_and_when_we_knew(store, file):
    import_register(store, write_register(file, {"试驾": "是", "级别": "B"}))
    events = LeadEvent.objects.order_by("id")
    assert {(event.at, event.recorded_at, event.source) for event in events} == {
        (at("2026-06-10 10:00"), MORNING, "import")
    }
    assert [(event.kind, event.to_value, event.reason) for event in events] == [
        ("created", "reception", ""), ("grade", "B", "imported"), ("step", "test_drive", "imported"),
    ]  # fmt: skip
    assert Evidence.objects.filter(kind="drive_started").get().ref_id == Visit.objects.get().pk


# --- the command ---------------------------------------------------------------------------


def run(*args) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_register", *map(str, args), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_answers_one_json_document(store, file):
    out, err = run(write_register(file, {}), "--store", "east", "--as-of", "2026-06-18", "--json")
    assert json.loads(out)["created"] == 1
    assert "1 of 1 rows" in err


def test_without_json_the_command_answers_in_lines(store, file):
    out, err = run(write_register(file, {}), "--store", "east", "--as-of", "2026-06-18", "--dry-run")
    assert "created        1" in out.splitlines()
    assert "Dry run: nothing was written." in err
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["{file}", "--store", "west"], "No store has the code west. Stores: east."),
        (["{file}x", "--store", "east"], "There is no file"),
        (["{file}", "--store", "east", "--as-of", "18.6."], "18.6. is no day. Write it as 2026-06-18."),
    ],
)
def test_what_is_wrong_is_said_in_clear_words(store, file, args, words):
    write_register(file, {})
    with pytest.raises(CommandError, match=words.replace(".", r"\.")):
        run(*(arg.format(file=file) for arg in args))
    assert not Visit.objects.exists()


def test_an_empty_file_is_an_error_of_the_command(store, file):
    file.write_text("")
    with pytest.raises(CommandError, match="is empty"):
        run(file, "--store", "east")
