"""A store's own words: what they may hold, how long they are, who changed them (SPEC DEV-09)."""

import pytest
from django.utils import translation

from accounts.errors import Refused
from accounts.models import SettingChange
from followups.models import Template
from followups.outbox.kinds import MESSAGE_KINDS
from followups.outbox.parts import parts_of
from followups.outbox.templates import (
    CHANNELS,
    LANGUAGES,
    check_template,
    example,
    history,
    save_template,
    shipped,
    words_of,
)
from followups.outbox.words import filled
from tests.conftest import at

pytestmark = pytest.mark.django_db
NOON = at("2026-03-12 12:00")
THANKS = MESSAGE_KINDS["thank_you"]


@pytest.fixture
def save(store, chen):
    def save(text, *, kind=THANKS, channel="sms", subject="", language="zh-hans", now=NOON):
        place = {"language": language, "channel": channel}
        return save_template(store, kind, subject=subject, text=text, by=chen, now=now, **place)

    return save


def refusal(save, *args, **kwargs) -> str:
    with translation.override("en"), pytest.raises(Refused) as caught:
        save(*args, **kwargs)
    assert Template.objects.count() == 0
    return caught.value.message


@pytest.mark.parametrize("kind", MESSAGE_KINDS.values(), ids=MESSAGE_KINDS)
def test_the_words_that_ship_pass_their_own_check(kind, store):
    for language in LANGUAGES:
        for channel in CHANNELS:
            words = shipped(kind, channel, language)
            check_template(kind, channel, words, sample=example(kind, store, language))
            assert ("Hello" in words.text) == (language == "en")
            if channel == "sms" and language == "zh-hans":
                assert parts_of(words.filled(example(kind, store, language)).text).parts == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write the message."),
        ("您好 {customer}", "The message is not signed. Put {person} where"),
        ("{phone} {person}", "{phone} is not known here. Possible are {customer}, {person}, {store}."),
        ("{day} {person}", "{day} is not known here."),
        ("{} {person}", "{} is not known here."),
        ("{0} {person}", "{0} is not known here."),
        ("{person.password} {person}", "{person.password} is not known here."),
        ("{person[0]} {person}", "{person[0]} is not known here."),
        ("{person!r} {person}", "{person!r} is not known here."),
        ("{customer:>99999999} {person}", "{customer:>99999999} is not known here."),
        ("{customer:{person}} {person}", "{customer:{person}} is not known here."),
        ("您好 {customer {person}", "A brace stands alone."),
        ("您好 } {person}", "A brace stands alone."),
        ("好" * 268 + "{person}", "270 signs are 5 text messages. At most 4 are allowed, of 67 signs each."),
    ],
)
def test_a_faulty_text_is_refused_with_what_is_wrong(save, text, said):
    assert refusal(save, text).startswith(said)


def test_the_refusal_speaks_the_readers_language(save):
    with translation.override("zh-hans"), pytest.raises(Refused) as caught:
        save("{phone} {person}")
    assert caught.value.message == "这里没有{phone}，可以用{customer}、{person}、{store}。"


def test_an_email_needs_a_subject_and_may_be_long(save):
    assert refusal(save, "{person}", channel="email") == "An e-mail needs a subject."
    assert "{phone}" in refusal(save, "{person}", channel="email", subject="{phone}")
    assert refusal(save, "a" * 1000 + "{person}", channel="email", subject="x").startswith("10")
    assert save("a" * 900 + "{person}", channel="email", subject="您好 {customer}").version == 1


def test_ones_own_words_are_kept_with_who_changed_them(save, store, chen):
    assert save("{customer} 您好，{person}").version == 1
    second = save("{customer} 再见，{person}", now=at("2026-03-13 09:00"))
    assert (second.version, second.changed_by) == (2, chen)
    assert words_of(store, THANKS, "sms", "zh-hans").text == "{customer} 再见，{person}"
    assert words_of(store, THANKS, "sms", "en").text.startswith("Hello")
    newest, first = history(store, THANKS, "sms", "zh-hans")
    assert (newest.old, newest.new, newest.by) == (
        "{customer} 您好，{person}",
        "{customer} 再见，{person}",
        chen,
    )
    assert first.old == shipped(THANKS, "sms", "zh-hans").text


def test_the_same_words_again_write_nothing(save):
    save("{customer} 您好，{person}")
    assert save("  {customer} 您好，{person}\n").version == 1
    assert SettingChange.objects.count() == 1


def test_the_words_that_ship_come_back(save, store):
    save("{customer} 您好，{person}")
    assert save(shipped(THANKS, "sms", "zh-hans").text) is None
    assert Template.objects.count() == 0
    assert SettingChange.objects.count() == 2


def test_braces_of_full_width_are_braces(save):
    assert save("｛customer｝ 您好，｛person｝").text == "{customer} 您好，{person}"


def test_a_name_with_braces_is_only_a_name():
    assert filled("Hello {customer}", {"customer": "{person}"}) == "Hello {person}"
    assert filled("{{{customer}}}", {"customer": "Li"}) == "{Li}"


@pytest.mark.parametrize(
    ("text", "signs", "parts", "room"),
    [
        ("a" * 160, 160, 1, 160),
        ("a" * 161, 161, 2, 153),
        ("€" * 80, 160, 1, 160),
        ("€" * 81, 162, 2, 153),
        ("好" * 70, 70, 1, 70),
        ("好" * 71, 71, 2, 67),
        ("好" * 134, 134, 2, 67),
        ("好" * 135, 135, 3, 67),
        ("𠮷" * 35, 70, 1, 70),
        ("", 0, 1, 160),
    ],
)
def test_a_text_is_counted_as_the_gateway_counts_it(text, signs, parts, room):
    size = parts_of(text)
    assert (size.signs, size.parts, size.room) == (signs, parts, room)
