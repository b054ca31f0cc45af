"""Names are found as written, in pinyin, by initials, and from each Latin word on."""

import pytest

from leads.pinyin import MAX_KEY, name_keys, search_key, spelled_name

pytestmark = pytest.mark.once


def test_a_name_is_found_by_pinyin_initials_and_as_written():
    assert {"wangxiaoming", "wxm", "王小明"} <= set(name_keys("王小明"))


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("单田芳", "shantianfang", "stf"),
        ("曾小贤", "zengxiaoxian", "zxx"),
        ("仇英", "qiuying", "qy"),
        ("区志强", "ouzhiqiang", "ozq"),
        ("翟明", "zhaiming", "zm"),
        ("盖聂", "genie", "gn"),
        ("盖聂", "gainie", "gn"),
        ("解晓东", "xiexiaodong", "xxd"),
        ("查良镛", "zhaliangyong", "zly"),
        ("任静", "renjing", "rj"),
        ("覃芳", "qinfang", "qf"),
        ("覃芳", "tanfang", "tf"),
        ("乐嘉", "yuejia", "yj"),
        ("朴树", "piaoshu", "ps"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("长孙皓", "zhangsunhao", "zsh"),
        ("万俟明", "moqiming", "mqm"),
        ("欧阳欣怡", "ouyangxinyi", "oyxy"),
        ("司马梓涵", "simazihan", "smzh"),
        ("吕平", "lvping", "lp"),
        ("吕平", "luping", "lp"),
        ("龚䶮", "gongyan", "gy"),
        ("𠮷田", "jitian", "jt"),
        ("张·三", "zhangsan", "zs"),
        ("王 芳", "wangfang", "wf"),
        ("王Tom", "wangTom".lower(), "wt"),
    ],
)
def test_a_surname_is_found_by_the_way_it_is_spoken(name, pinyin, initials):
    assert {pinyin, initials} <= set(name_keys(name))


@pytest.mark.parametrize("name", ["㼆", "𠮷", "䶮", "王㼆", "\U00031350", "王\U000e0100", "〇"])
def test_a_rare_character_is_found_as_written(name):
    assert search_key(name) in name_keys(name)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Anna Schmidt", ["annaschmidt", "schmidt", "schmidtanna"]),
        ("  ANNA\u3000Ｓｃｈｍｉｄｔ\u200b ", ["annaschmidt", "schmidt", "schmidtanna"]),
        ("O’Brien", ["obrien"]),
        ("Jürgen", ["jurgen", "jürgen"]),
        ("🙂", []),
        ("", []),
    ],
)
def test_a_latin_name_is_found_from_each_word_on(name, keys):
    assert name_keys(name) == keys


@pytest.mark.parametrize(
    ("titled", "name"),
    [("王芳女士", "王芳"), ("李总", "李"), ("Mr. John Smith", "John Smith"), ("Ms Li", "Li")],
)
def test_a_title_does_not_hide_the_name(titled, name):
    assert set(name_keys(name)) < set(name_keys(titled))
    assert search_key(titled) in name_keys(titled)


@pytest.mark.parametrize("typed", ["Wang Xiao", "wang xiaom", "WXM", "王　小", "王小明"])
def test_what_is_typed_is_the_beginning_of_a_key(typed):
    assert any(key.startswith(search_key(typed)) for key in name_keys("王小明"))


def test_an_endless_name_has_few_short_keys():
    for name in ("王" * 5000, "anna " * 5000, "a" * 5000, "ﷺ" * 5000):
        keys = name_keys(name)
        assert len(keys) <= 24
        assert max(map(len, keys)) <= MAX_KEY


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("李强", "liqiang"),
        ("单雄", "shanxiong"),
        ("万俟明", "moqiming"),
        ("王芳女士", "wangfang"),
        ("Anna Müller", "annamuller"),
        ("😀", ""),
    ],
)
def test_a_user_name_is_the_usual_spelling(name, spelled):
    assert spelled_name(name) == spelled
