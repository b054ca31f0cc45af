"""The pages a store begins with: every step, both languages, what the requirement book names (SPEC 23)."""

from collections import Counter

import pytest
from django.core.management import call_command

from leads.steps import Step
from showroom.models import Objection, PlaybookPage, PlaybookText
from showroom.playbook import CLASSES, KINDS, PARTS, TAGS, PageDraft, install_start, pages_for, save_page
from showroom.playbook_start import start_pages
from showroom.playbook_words import Leaf
from tests.conftest import at
from tests.factories import make_store

NOW = at("2026-03-12 10:00")
TODAY = NOW.date()


def page(code):
    return next(one for one in start_pages() if one.code == code)


def of(kind):
    return [one for one in start_pages() if one.kind == kind]


def test_each_of_the_nine_steps_has_pages_in_both_languages():
    by_step = Counter(one.step for one in start_pages())
    assert dict(by_step) == {1: 7, 2: 9, 3: 15, 4: 14, 5: 7, 6: 27, 7: 6, 8: 7, 9: 7}
    assert len({one.code for one in start_pages()}) == len(start_pages()) == 99
    for one in start_pages():
        assert all(one.words[title] for title in ("title_en", "title_zh")), one.code
        assert len(one.words["title_en"]) <= 120, one.code
        if one.kind == KINDS.FABE:
            assert all(one.parts[part] for part in PARTS), one.code
        else:
            assert all(one.words[body] for body in ("body_en", "body_zh")), one.code
        assert bool(one.words["expert_en"]) == bool(one.words["expert_zh"]), one.code


def test_every_tag_and_kind_of_a_start_page_is_known():
    assert {one.kind for one in start_pages()} == set(KINDS.values) - {KINDS.PROMOTION}
    assert {tag for one in start_pages() for tag in one.tags} == set(TAGS.values) - {TAGS.LOOK, TAGS.FEEL}


def test_questions_are_open_or_closed_and_have_their_class():
    assert Counter(one.open_question for one in of(KINDS.QUESTION)) == {True: 12, False: 9}
    needs = [one for one in of(KINDS.QUESTION) if one.step == Step.NEEDS]
    assert Counter(one.order_class for one in needs) == {1: 4, 2: 4, 3: 3}
    assert {one.order_class for one in of(KINDS.QUESTION)} == set(CLASSES)
    assert all(one.open_question is None for one in start_pages() if one.kind != KINDS.QUESTION)


def test_reception_has_the_manners_at_the_door_with_their_numbers():
    lines = page("before-the-door").words
    for words in ("15 degrees", "1.5 m", "both hands", "old people", "Open the door", "hand"):
        assert words in lines["body_en"]
    for words in ("15度", "1.5米", "双手", "老人", "开门", "握手"):
        assert words in lines["body_zh"]


def test_the_phone_has_its_three_manners_at_reception():
    manners = page("phone-manners")
    assert (manners.step, manners.tags) == (Step.RECEPTION, ("phone",))
    assert [len(manners.words[body].splitlines()) for body in ("body_en", "body_zh")] == [3, 3]
    assert "only after the customer has hung up" in manners.words["body_en"]
    assert "等客户先挂" in manners.words["body_zh"]


def test_the_drive_says_to_talk_little():
    assert page("talk-little").step == Step.TEST_DRIVE
    assert page("talk-little").words["body_en"].startswith("Talk little during the drive.")


def test_objections_have_six_causes_nine_techniques_and_five_errors():
    codes = [one.code for one in start_pages() if "objection" in one.tags and one.step == Step.NEGOTIATION]
    assert sum(code.startswith("cause-") for code in codes) == len(Objection.Cause.values) == 6
    assert sum(code.startswith("technique-") for code in codes) == len(Objection.Technique.values) == 9
    errors = [one for one in start_pages() if "error" in one.tags]
    assert [len(one.words["body_en"].splitlines()) for one in errors] == [5]


def test_closing_phrases_and_thirty_seconds_are_tagged():
    negotiation = [one for one in start_pages() if one.code.startswith("close-")]
    assert [one.tags for one in negotiation] == [("action",), ("choice",), ("guide",), ("benefit",)]
    short = [one for one in start_pages() if "thirty_seconds" in one.tags]
    assert [len(one.words["body_zh"].splitlines()) for one in short] == [3, 3, 3]


def test_no_sentence_stands_twice():
    bodies = [one.words[body] for one in start_pages() for body in ("body_en", "body_zh") if one.words[body]]
    assert len(bodies) == len(set(bodies))


def test_a_quotation_goes_on_over_several_lines():
    said = page("thirty-seconds-suv").words["body_zh"]
    assert [line.said for line in Leaf(PlaybookText(body_zh=said)).lines] == [True, True, True]
    mixed = Leaf(PlaybookText(body_en="Nod.\n“Yes,\nreally.” And wait.\nListen."))
    assert [line.said for line in mixed.lines] == [False, True, True, False]


@pytest.mark.django_db
def test_a_store_gets_the_pages_once_each_store_its_own(store):
    assert install_start(store, at=NOW) == 99
    assert install_start(store, at=NOW) == 0
    assert install_start(make_store("west", group=store.group), at=NOW) == 99
    assert PlaybookPage.objects.filter(store=store).count() == 99
    assert PlaybookText.objects.count() == 198


@pytest.mark.django_db
@pytest.mark.thorough
def test_the_migrations_of_a_release_bring_its_pages_to_every_store(store):
    call_command("migrate", verbosity=0)
    assert PlaybookPage.objects.filter(store=store).count() == 99


@pytest.mark.django_db
def test_a_page_of_a_later_release_arrives_and_what_the_store_wrote_stays(store, chen):
    install_start(store, at=NOW)
    gone = PlaybookPage.objects.get(store=store, code="greeting")
    gone.texts.all().delete()
    gone.delete()
    words = {"title_en": "Ours", "body_en": "“Come in.”"}
    ours = PlaybookPage.objects.get(store=store, code="goodbye")
    save_page(store, PageDraft(step=2, kind="talk", words=words), page=ours, by=chen, at=NOW)
    assert install_start(store, at=NOW) == 1
    titles = [text.title_en for text in pages_for(store, Step.RECEPTION, on=TODAY)]
    assert "Ours" in titles
    assert "Greeting, and leave to look around" in titles
