"""The Chinese catalogue: complete, true to its placeholders, and in the words of the trade."""

import gettext
import re
from ast import literal_eval
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.forms import CharField, DateField, IntegerField
from django.utils.translation import override

from accounts.date_words import plain_day, weekday_and_day
from accounts.templatetags.look import grade_name
from leads.steps import Step, step_label
from tests.conftest import at

pytestmark = pytest.mark.once

FOLDER = Path(__file__).resolve().parent.parent / "locale/zh_Hans/LC_MESSAGES"
HAN = r"[\u4e00-\u9fff]"
PLACEHOLDER = r"%\(\w+\)s|(?<!\{)\{\w+\}"
MARKUP = r"</?\w+>"
HALF_WIDTH = rf"""{HAN}(?:[,;:!?()"']|\.(?!\w))|[,;:!?()"']{HAN}"""
# A typed space only divides two things: a clock time and what happens then, a number and its name.
APART = r"%\((?:time|since|left|number|horizon)\)s"
DIVIDED = {"已完成 <b>%(done)s</b> / %(total)s", "负责顾问 %(name)s"}
# The word that stands in the list of terms instead is the one to use.
WRONG_WORDS = (
    *(
        "拓客",
        "迎宾",
        "问诊",
        "谈判",
        "提车",
        "网点",
        "厂商",
        "销售参谋",
        "业务员",
        "电销员",
        "归属人",
        "内勤",
    ),
    *(
        "老客户",
        "商机",
        "C卡",
        "建档",
        "录入",
        "亲属",
        "大客户",
        "媒介",
        "老带新",
        "返佣",
        "线索池",
        "黑名单",
    ),
    *(
        "客户等级",
        "热客",
        "冷客",
        "沉睡",
        "流失",
        "失控",
        "工作台",
        "任务",
        "策略",
        "回访",
        "到访",
        "二次到店",
    ),
    *("散客", "押金", "大定", "退户", "余款", "换购", "水平事业", "自动放弃", "公司"),
)
UNSPOKEN = ("请", "成功", "您", "！", "!")


@dataclass(frozen=True)
class Entry:
    context: str
    source: str
    plural: str
    words: str
    fuzzy: bool


def entry_of(block: str) -> Entry:
    """One block of the catalogue; a string of several lines stands on as many."""
    parts = dict(re.findall(r'^(msg\w+)(?:\[0\])? (".*"(?:\n".*")*)$', block, flags=re.M))
    said = {name: literal_eval(f"({text})") for name, text in parts.items()}
    return Entry(
        context=said.get("msgctxt", ""),
        source=said["msgid"],
        plural=said.get("msgid_plural", ""),
        words=said["msgstr"],
        fuzzy="fuzzy" in block.partition("msgid")[0],
    )


_HEADER, *BLOCKS = (FOLDER / "django.po").read_text(encoding="utf-8").strip().split("\n\n")
ENTRIES = [entry_of(block) for block in BLOCKS]


def wrong(is_wrong) -> list[tuple[str, str]]:
    """The entries of which it is true, as source and words, for a failing test to show."""
    return [(entry.source, entry.words) for entry in ENTRIES if is_wrong(entry)]


def test_nothing_is_untranslated_or_in_doubt():
    assert wrong(lambda entry: not entry.words or entry.fuzzy) == []


def test_no_entry_is_left_over_from_words_that_are_gone():
    assert not any(block.startswith("#~") for block in BLOCKS)


def test_the_compiled_catalogue_says_what_the_written_one_says():
    with (FOLDER / "django.mo").open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)

    def said(entry):
        which = (entry.context,) if entry.context else ()
        if entry.plural:
            say = compiled.npgettext if which else compiled.ngettext
            return say(*which, entry.source, entry.plural, 2)
        return (compiled.pgettext if which else compiled.gettext)(*which, entry.source)

    assert wrong(lambda entry: said(entry) != entry.words) == []


def test_the_same_placeholders_and_markup_stand_on_both_sides():
    def found(text):
        return sorted(re.findall(PLACEHOLDER, text)), sorted(re.findall(MARKUP, text))

    assert wrong(lambda entry: found(entry.words) != found(entry.plural or entry.source)) == []


def test_no_space_is_typed_between_chinese_and_figures_or_latin():
    def has_space(entry):
        if entry.words in DIVIDED:
            return None
        text = re.sub(MARKUP, "", re.sub(rf" ?{APART} ?", "", entry.words))
        text = re.sub(PLACEHOLDER, "1", text)
        return re.search(rf"{HAN} +\w|\w +{HAN}", text)

    assert wrong(has_space) == []


def test_punctuation_beside_chinese_is_full_width():
    def has_half_width(entry):
        return re.search(HALF_WIDTH, re.sub(MARKUP, "", entry.words))

    assert wrong(has_half_width) == []


def test_a_sentence_ends_as_its_english_one_does():
    def ends_otherwise(entry):
        return re.search(HAN, entry.words) and any(
            entry.words.endswith(chinese) != entry.source.endswith(latin)
            for latin, chinese in ((".", "。"), ("?", "？"))
        )

    assert wrong(ends_otherwise) == []


def test_words_are_those_of_the_trade_and_spoken_ones():
    def has_one(entry):
        words = entry.words.replace("请假", "")  # leave, the trade's own word
        if entry.source.startswith("“") or "{customer}" in entry.source:  # said to a customer
            words = words.replace("您", "").replace("请", "")
        return any(word in words for word in (*WRONG_WORDS, *UNSPOKEN))

    assert wrong(has_one) == []


def test_a_test_drive_is_a_trial_run_in_the_classic_words_only():
    said = [(entry.context, entry.source) for entry in ENTRIES if "试车" in entry.words]
    assert said == [("classic step", "Test drive")]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ("trade", "客户开发 接待 需求分析 产品介绍 试乘试驾 洽谈 成交 交车 售后跟踪"),
        ("classic", "客户开发 接待 咨询 产品说明 试车 协商 成交 交车 跟踪"),
    ],
)
def test_the_nine_steps_have_two_sets_of_names(labels, words):
    with override("zh-hans"):
        assert " ".join(str(step_label(step, labels)) for step in Step) == words


def test_a_grade_is_said_with_its_horizon():
    with override("zh-hans"):
        assert [grade_name(grade) for grade in (*"OHABC", "none")] == [
            "O级 已下订", "H级 7天内", "A级 1个月内", "B级 3个月内", "C级 3个月以上", "无级",
        ]  # fmt: skip


def test_days_are_said_the_chinese_way():
    today, day = at("2026-03-12 09:00").date(), at("2026-03-14 09:00").date()
    with override("zh-hans"):
        assert weekday_and_day(day, today=today) == "3月14日 周六"
        assert plain_day(day.replace(year=2025), today=today) == "2025年3月14日"


@pytest.mark.parametrize(
    "field", [CharField(), DateField(), IntegerField()], ids=lambda field: type(field).__name__
)
def test_errors_that_come_with_the_framework_are_chinese_too(field):
    with override("zh-hans"):
        assert all(re.search(HAN, str(text)) for text in field.error_messages.values())
