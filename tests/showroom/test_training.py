"""Trainings: eleven topics, who took part, five remarks on a role-play (SPEC TRAIN-03, 04, NEED-10)."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.errors import NotAllowed, Refused
from showroom.models import TrainingRecord
from showroom.training import Session, Topic, record_training, trainings_of
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
