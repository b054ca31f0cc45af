"""Trainings: eleven topics, who took part, five remarks on a role-play (SPEC TRAIN-03, 04, NEED-10)."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.errors import NotAllowed, Refused
from leads.models import FieldChange
from showroom.models import TrainingRecord
from showroom.training import Session, Topic, correct_training, record_training, trainings_of
from tests.conftest import at, person
from tests.factories import make_store
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 10:00")
TODAY = dt.date(2026, 3, 12)
REMARKS = ("Asked openly", "Listened", "Used the name", "Summed up too late", "Forgot the budget")


def session(*people, **more):
    return Session(**{"on": TODAY, "topic": Topic.NEEDS, "participants": people} | more)


def test_there_are_eleven_topics():
    assert Topic.values == [
        "flow", "reception", "needs", "walkaround", "test_drive", "price", "objections", "delivery",
        "after_sales", "care", "exam",
    ]  # fmt: skip


def test_a_role_play_keeps_the_five_remarks_of_its_observer(store, chen, li, wang):
    record = record_training(store, session(li, wang, case="C", remarks=REMARKS), by=chen, at=NOW)
    assert (record.case, record.remarks, record.by) == ("C", list(REMARKS), chen)
    assert set(record.participants.all()) == {li, wang}


@pytest.mark.parametrize("case", ["C", "D"])
def test_a_role_play_with_four_remarks_is_refused_at_the_fifth(store, chen, li, case):
    with pytest.raises(Refused) as refused:
        record_training(store, session(li, case=case, remarks=(*REMARKS[:4], " ")), by=chen, at=NOW)
    assert refused.value.field == "remark5"
    assert not TrainingRecord.objects.exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"topic": "poetry"}, "topic"),
        ({"on": dt.date(2026, 3, 13)}, "on"),
        ({"participants": ()}, "participants"),
        ({"case": "E"}, "case"),
        ({"score": 101}, "score"),
    ],
)
@pytest.mark.thorough
def test_what_a_training_lacks_is_refused_at_its_field(store, chen, li, more, field):
    with pytest.raises(Refused) as refused:
        record_training(store, session(**{"participants": (li,)} | more), by=chen, at=NOW)
    assert refused.value.field == field


def test_nobody_of_another_store_takes_part(store, chen):
    stranger = person(make_store("west", group=store.group), "tang", "唐薇", "consultant")
    with pytest.raises(Refused):
        record_training(store, session(stranger), by=chen, at=NOW)


def test_a_consultant_writes_none_and_reads_his_own(store, chen, li, wang):
    with pytest.raises(NotAllowed):
        record_training(store, session(li), by=li, at=NOW)
    hers = record_training(store, session(wang), by=chen, at=NOW)
    his = record_training(store, session(li, wang), by=chen, at=NOW)
    assert list(trainings_of(li, store)) == [his]
    assert list(trainings_of(chen, store)) == [his, hers]
    assert list(trainings_of(chen, store, person=li.pk)) == [his]


@pytest.fixture
def as_chen(client, chen, settings):
    settings.DEALER_NOW = "2026-03-12T10:00:00+08:00"
    client.force_login(chen)
    return client


def test_the_manager_writes_a_training_down(as_chen, li, wang):
    typed = {"on": "2026-03-11", "topic": "exam", "participants": [li.pk, wang.pk], "score": "85"}
    sheet = as_chen.get(reverse("showroom:training"))
    typed["token"] = sheet.context["form"]["token"].value()
    for _twice in range(2):
        answer = as_chen.post(reverse("showroom:training"), typed)
        assert answer["Location"] == reverse("showroom:trainings")
    assert TrainingRecord.objects.get().score == 85
    page = as_chen.get(reverse("showroom:trainings"), {"person": li.pk}).content.decode()
    assert "85 points" in page


def test_a_role_play_half_written_keeps_what_was_typed(as_chen, li):
    typed = {"on": "2026-03-11", "topic": "needs", "participants": [li.pk], "case": "C", "remark1": "开场好"}
    typed["token"] = as_chen.get(reverse("showroom:training")).context["form"]["token"].value()
    answer = as_chen.post(reverse("showroom:training"), typed)
    assert answer.status_code == 422
    assert answer.context["form"].errors["remark2"] == ["A role-play needs five remarks of the observer."]
    assert "开场好" in answer.content.decode()


# --- put right -------------------------------------------------------------------------------


def corrected(record, by, *people, **more):
    return correct_training(record.pk, session(*people, **more), by=by, at=at("2026-03-12 11:00"))


def changes(record):
    rows = FieldChange.objects.filter(ref_kind="training", ref_id=record.pk).order_by("pk")
    return list(rows.values_list("field", "old", "new", "by__username"))


def test_a_training_is_put_right_and_each_old_value_stays(store, chen, li, wang):
    record = record_training(store, session(li, case="C", remarks=REMARKS), by=chen, at=NOW)
    told = {"on": dt.date(2026, 3, 11), "topic": "exam", "score": 85}
    corrected(record, chen, li, wang, case="C", remarks=("Asked late", *REMARKS[1:]), **told)
    record.refresh_from_db()
    assert (record.on, record.topic, record.score, record.remarks[0]) == (*told.values(), "Asked late")
    assert (set(record.participants.all()), record.by, record.recorded_at) == ({li, wang}, chen, NOW)
    assert changes(record) == [
        ("on", "2026-03-12", "2026-03-11", "chen"),
        ("topic", "needs", "exam", "chen"),
        ("participants", f"{li.pk}", f"{li.pk}, {wang.pk}", "chen"),
        ("score", "", "85", "chen"),
        ("remark1", "Asked openly", "Asked late", "chen"),
    ]
    corrected(record, chen, li, wang, case="C", remarks=record.remarks, **told)
    assert len(changes(record)) == 5


def test_what_is_wrong_is_refused_and_nothing_changes(store, chen, li):
    record = record_training(store, session(li), by=chen, at=NOW)
    for more, field in (({"on": dt.date(2026, 3, 13)}, "on"), ({"case": "D"}, "remark1")):
        with pytest.raises(Refused) as refused:
            corrected(record, chen, li, **more)
        assert refused.value.field == field
    assert changes(record) == []


def test_who_took_part_and_has_left_the_store_may_stay_and_nobody_else_of_outside(store, chen, li, wang):
    record = record_training(store, session(li, wang), by=chen, at=NOW)
    wang.memberships.update(ends_on=TODAY)
    corrected(record, chen, li, wang, topic="price")
    assert set(record.participants.all()) == {li, wang}
    stranger = person(make_store("west", group=store.group), "tang", "唐薇", "consultant")
    with pytest.raises(Refused):
        corrected(record, chen, li, stranger)


def test_who_wrote_it_and_who_runs_the_store_correct_it(store, chen, li, wang):
    writer = person(store, "zhou", "周明", "manager")
    record = record_training(store, session(li), by=writer, at=NOW)
    corrected(record, chen, li, topic="price")
    writer.memberships.update(role="consultant")
    writer = type(writer).objects.get(pk=writer.pk)
    corrected(record, writer, li, topic="care")
    with pytest.raises(NotAllowed):
        corrected(record, li, li, topic="flow")
    assert [new for _field, _old, new, _by in changes(record)] == ["price", "care"]
    assert list(trainings_of(writer, store)) == [record]


def sheet_of(record):
    return reverse("showroom:training_correction", args=[record.pk])


def shown_in(form):
    return {name: form[name].value() for name in form.fields if form[name].value() is not None}


def test_the_sheet_of_a_correction_shows_what_stands_and_its_history(as_chen, store, chen, li, wang):
    record = record_training(store, session(li), by=chen, at=NOW)
    assert sheet_of(record) in as_chen.get(reverse("showroom:trainings")).content.decode()
    typed = shown_in(as_chen.get(sheet_of(record)).context["form"])
    assert (typed["topic"], typed["participants"]) == ("needs", [str(li.pk)])
    sent = as_chen.post(sheet_of(record), typed | {"topic": "price", "participants": [wang.pk]})
    assert sent["Location"] == reverse("showroom:trainings")
    history = as_chen.get(sheet_of(record)).context["changes"]
    assert [(one["label"], one["old"], one["new"]) for one in history] == [
        ("Who took part", li.full_name, wang.full_name),
        ("Topic", "Needs analysis", "Price"),
    ]


def test_of_two_who_correct_at_once_the_second_sees_both_values(as_chen, store, chen, li):
    record = record_training(store, session(li), by=chen, at=NOW)
    typed = shown_in(as_chen.get(sheet_of(record)).context["form"])
    corrected(record, chen, li, topic="price")
    answer = as_chen.post(sheet_of(record), typed | {"topic": "care"})
    assert answer.status_code == 409
    assert [(clash.theirs, clash.yours) for clash in answer.context["form"].clashes] == [
        ("Price", "Care of owners")
    ]
    record.refresh_from_db()
    assert record.topic == "price"


def test_a_colleague_finds_no_way_to_correct(client, settings, store, chen, li):
    settings.DEALER_NOW = "2026-03-12T10:00:00+08:00"
    his = record_training(store, session(li), by=chen, at=NOW)
    other = record_training(store, session(chen), by=chen, at=NOW)
    client.force_login(li)
    assert sheet_of(his) not in client.get(reverse("showroom:trainings")).content.decode()
    assert [client.get(sheet_of(one)).status_code for one in (his, other)] == [403, 404]


def test_the_list_keeps_its_statements(as_chen, store, chen, li, wang):
    page, asked = reverse("showroom:trainings"), []
    as_chen.get(page)
    for many in (1, 6):
        for _one in range(many):
            record_training(store, session(li, wang), by=chen, at=NOW)
        with statements() as asked_now:
            as_chen.get(page)
        asked.append(len(asked_now))
    assert asked[0] == asked[1] <= 6, asked
