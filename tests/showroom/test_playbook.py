"""Pages of the playbook: versions, what they need, when they are shown, how they are found (SPEC 23)."""

import datetime as dt

import pytest

from accounts.errors import NotAllowed, Refused
from leads.steps import Step
from showroom.models import PlaybookPage, PlaybookText
from showroom.playbook import PageDraft, bring_back, narrowed, pages_for, save_page
from tests.conftest import at
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = at("2026-03-12 10:00")
TODAY = dt.date(2026, 3, 12)
FABE = {
    "feature_zh": "侧滑门",
    "advantage_zh": "窄车位也能开",
    "benefit_zh": "老人上车方便",
}


def draft(title="Greeting", body="“Welcome.”", **more):
    return PageDraft(
        **{"step": Step.RECEPTION, "kind": "talk", "words": {"title_en": title, "body_en": body}} | more
    )


def titles(store, on=TODAY, **more):
    return [text.title_en for text in pages_for(store, on=on, **more)]


def question(title, order_class, *, is_open=True):
    more = {"kind": "question", "step": Step.NEEDS, "open_question": is_open, "order_class": order_class}
    return draft(title, **more)


def test_questions_come_general_then_distinguishing_then_connecting(store, chen):
    for one in (question("c", 3), question("a", 1), question("b", 2, is_open=False), draft("rule", step=3)):
        save_page(store, one, by=chen, at=NOW)
    assert titles(store, step=Step.NEEDS) == ["rule", "a", "b", "c"]


def test_open_and_closed_questions_are_told_apart(store, chen):
    save_page(store, question("wide", 1), by=chen, at=NOW)
    save_page(store, question("narrow", 1, is_open=False), by=chen, at=NOW)
    save_page(store, draft("talk"), by=chen, at=NOW)
    texts = pages_for(store, on=TODAY)
    assert [text.title_en for text in narrowed(texts, asks="open")] == ["wide"]
    assert [text.title_en for text in narrowed(texts, asks="closed")] == ["narrow"]


def test_a_promotion_is_hidden_the_day_after_its_end(store, chen):
    last = dt.date(2026, 3, 31)
    promotion = draft("Together with the factory", kind="promotion", valid_to=last)
    save_page(store, promotion, by=chen, at=NOW)
    assert titles(store, on=last) == ["Together with the factory"]
    assert titles(store, on=dt.date(2026, 4, 1)) == []
    assert titles(store, on=dt.date(2026, 4, 1), at_rest=True) == ["Together with the factory"]


def test_a_page_begins_on_its_first_day(store, chen):
    save_page(store, draft(valid_from=dt.date(2026, 3, 13)), by=chen, at=NOW)
    assert titles(store) == []
    assert titles(store, on=dt.date(2026, 3, 13)) == ["Greeting"]


def test_new_words_are_a_new_version_and_the_old_one_stays(store, chen):
    page = save_page(store, draft(), by=chen, at=NOW)
    save_page(store, draft(body="“Good morning.”"), page=page, by=chen, at=NOW)
    save_page(store, draft(body="“Good morning.” \r\n"), page=page, by=chen, at=NOW)
    save_page(store, draft(body="“Good morning.”", tags=["phone"]), page=page, by=chen, at=NOW)
    page.refresh_from_db()
    assert (page.version, page.tags) == (2, ["phone"])
    assert list(page.texts.order_by("version").values_list("version", "body_en", "by")) == [
        (1, "“Welcome.”", chen.pk),
        (2, "“Good morning.”", chen.pk),
    ]


def test_an_older_version_stands_again_as_the_next_one(store, chen):
    page = save_page(store, draft(), by=chen, at=NOW)
    save_page(store, draft(body="“Hi.”"), page=page, by=chen, at=NOW)
    bring_back(page.pk, 1, by=chen, at=NOW)
    page.refresh_from_db()
    assert page.version == 3
    assert [text.body_en for text in pages_for(store, on=TODAY)] == ["“Welcome.”"]
    assert page.texts.count() == 3
    with pytest.raises(Refused):
        bring_back(page.pk, 9, by=chen, at=NOW)


def test_a_retired_page_is_hidden_and_comes_back(store, chen):
    page = save_page(store, draft(), by=chen, at=NOW)
    save_page(store, draft(active=False), page=page, by=chen, at=NOW)
    assert (titles(store), titles(store, at_rest=True)) == ([], ["Greeting"])
    save_page(store, draft(), page=page, by=chen, at=NOW)
    assert (titles(store), page.version) == (["Greeting"], 1)


def test_search_finds_words_of_both_languages_and_of_a_benefit(store, chen):
    words = {"title_en": "Doors", "title_zh": "滑门"}
    save_page(store, PageDraft(step=4, kind="fabe", words=words, parts=FABE), by=chen, at=NOW)
    save_page(store, draft(), by=chen, at=NOW)
    texts = pages_for(store, on=TODAY)
    for typed in ("老人", "doors 窄车位", "DOORS"):
        assert [text.title_en for text in narrowed(texts, words=typed)] == ["Doors"]
    assert narrowed(texts, words="doors welcome") == []


@pytest.mark.parametrize("missing", ["feature_zh", "advantage_zh", "benefit_zh"])
def test_a_benefit_sentence_needs_its_three_parts(store, chen, missing):
    fabe = PageDraft(step=4, kind="fabe", words={"title_zh": "滑门"}, parts={**FABE, missing: " "})
    with pytest.raises(Refused) as refused:
        save_page(store, fabe, by=chen, at=NOW)
    assert refused.value.field == missing
    assert not PlaybookPage.objects.exists()


def test_evidence_may_be_missing_and_a_second_language_is_whole_or_empty(store, chen):
    fabe = {"step": 4, "kind": "fabe", "words": {"title_zh": "滑门"}}
    page = save_page(store, PageDraft(**fabe, parts=FABE), by=chen, at=NOW)
    assert page.texts.get().parts == FABE
    with pytest.raises(Refused) as refused:
        save_page(store, PageDraft(**fabe, parts={**FABE, "feature_en": "Sliding doors"}), by=chen, at=NOW)
    assert refused.value.field == "advantage_en"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"words": {"body_en": "“Welcome.”"}}, "title_zh"),
        ({"words": {"title_en": "Greeting"}}, "body_zh"),
        ({"kind": "question", "order_class": 1}, "asks"),
        ({"kind": "question", "open_question": True}, "order_class"),
        ({"kind": "promotion"}, "valid_to"),
        ({"valid_from": TODAY, "valid_to": dt.date(2026, 3, 11)}, "valid_to"),
        ({"kind": "poem"}, "kind"),
        ({"step": 10}, "kind"),
    ],
)
def test_what_a_page_lacks_is_refused_at_its_field(store, chen, more, field):
    with pytest.raises(Refused) as refused:
        save_page(store, draft(**more), by=chen, at=NOW)
    assert refused.value.field == field
    assert not PlaybookText.objects.exists()


def test_only_who_runs_the_store_writes(store, chen, li):
    page = save_page(store, draft(), by=chen, at=NOW)
    with pytest.raises(NotAllowed):
        save_page(store, draft(body="“Hi.”"), page=page, by=li, at=NOW)
    with pytest.raises(NotAllowed):
        bring_back(page.pk, 1, by=li, at=NOW)
    assert PlaybookText.objects.count() == 1


def test_reading_asks_once_however_many_pages(store, chen):
    asked = []
    for many in (1, 8):
        for n in range(many):
            save_page(store, draft(f"{many}{n}"), by=chen, at=NOW)
        with statements() as asked_now:
            pages_for(store, on=TODAY)
        asked.append(len(asked_now))
    assert asked == [1, 1]
