"""The keys a name is found by: as written, in pinyin and by initials (MODEL section 2, NameKey)."""

import re
import unicodedata

from .text import HAN, folded

MAX_NAME = 60
MAX_KEY = 120
MAX_WORDS = 6

# Readings as surnames that the dictionary lacks or puts behind; syllables stand apart.
SURNAMES = {
    "万俟": ["mo qi"], "尉迟": ["yu chi"], "长孙": ["zhang sun"], "单于": ["chan yu"],
    "澹台": ["tan tai"], "单": ["shan"], "曾": ["zeng"], "仇": ["qiu"], "区": ["ou"],
    "翟": ["zhai"], "盖": ["ge", "gai"], "解": ["xie"], "查": ["zha"], "朴": ["piao", "pu"],
    "任": ["ren"], "华": ["hua"], "乐": ["yue", "le"], "覃": ["qin", "tan"], "宁": ["ning"],
    "纪": ["ji"], "缪": ["miao"], "繁": ["po"], "谌": ["chen", "shen"], "尉": ["wei", "yu"],
    "秘": ["bi"], "种": ["chong"], "员": ["yun"], "冼": ["xian"], "洗": ["xian"],
    "逄": ["pang"], "祭": ["zhai"], "召": ["shao"], "折": ["she"], "黑": ["he"], "能": ["nai"],
    "句": ["gou"], "晁": ["chao"], "牟": ["mu", "mou"], "隗": ["wei", "kui"],
    "宓": ["mi", "fu"], "郇": ["xun", "huan"], "车": ["che"], "𠮷": ["ji"],
}  # fmt: skip

_HAN = re.compile(f"[{HAN}]")
_TITLE_BEFORE = re.compile(r"^(?:mr|mrs|ms|miss|dr|herr|frau)(?:\.\s*|\s+)(?=\S)", re.IGNORECASE)
_TITLE_AFTER = re.compile(r"(?<=\S)\s*(?:先生|女士|小姐|太太|夫人|老师|师傅|经理|老板|总)$")
_BETWEEN_WORDS = re.compile(r"[\s\-_.,/·]+")
_SPOKEN_U = re.compile(r"^([ln])v")


def name_keys(name: str) -> list[str]:
    """The search keys of a name, sorted; each is matched from its start with `search_key`.

    The name itself, its pinyin and initials for every reading of the surname; a Latin name
    from each of its words on. A name with a title is found with the title and without it.
    """
    text = folded(name)[:MAX_NAME]
    return sorted(key[:MAX_KEY] for key in _keys(text) | _keys(_untitled(text)) if key)


def spelled_name(name: str) -> str:
    """The usual spelling of a name in plain letters: 李强 -> liqiang; "" when it has none."""
    text = _untitled(folded(name)[:MAX_NAME])
    whole = search_key(text)
    spelling = _usual_pinyin(whole) if _HAN.search(whole) else _without_accents(whole)
    return "".join(c for c in spelling if c.isascii() and c.isalnum())


def search_key(typed: str) -> str:
    """What somebody typed, in the form of the keys: "Wang Xiao" -> "wangxiao"."""
    # Newer Han characters are no letters yet for the interpreter's tables.
    return "".join(c for c in folded(typed).casefold() if c.isalnum() or _HAN.match(c))


def _untitled(text: str) -> str:
    return _TITLE_AFTER.sub("", _TITLE_BEFORE.sub("", text))


def _keys(text: str) -> set[str]:
    whole = search_key(text)
    if _HAN.search(whole):
        return {whole} | _pinyin_keys(whole)
    keys = _latin_keys(text)
    return keys | {_without_accents(key) for key in keys}


def _latin_keys(text: str) -> set[str]:
    """Anna Schmidt -> annaschmidt, schmidt, schmidtanna."""
    words = [search_key(word) for word in _BETWEEN_WORDS.split(text)][:MAX_WORDS]
    keys = set()
    for i in range(len(words)):
        keys |= {"".join(words[i:]), "".join(words[i:] + words[:i])}
    return keys


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


def _pinyin_keys(name: str) -> set[str]:
    # Loading the dictionary takes 0.2 s: the first name pays it, not every command.
    from pypinyin import Style, pinyin

    syllables = [found[0] for found in pinyin(name, style=Style.NORMAL)]
    keys = _spelled(syllables)
    if _HAN.match(name):
        for reading in pinyin(name[0], style=Style.NORMAL, heteronym=True)[0]:
            keys |= _spelled([reading, *syllables[1:]])
    for surname, readings in SURNAMES.items():
        if name.startswith(surname):
            for reading in readings:
                keys |= _spelled([*reading.split(), *syllables[len(surname) :]])
    return keys


def _usual_pinyin(name: str) -> str:
    """The first reading that counts for the surname, the dictionary's for the rest."""
    from pypinyin import Style, lazy_pinyin

    surname = max((known for known in SURNAMES if name.startswith(known)), key=len, default="")
    start = SURNAMES[surname][0].split() if surname else []
    return "".join(start + lazy_pinyin(name[len(surname) :], style=Style.NORMAL))


def _spelled(syllables: list[str]) -> set[str]:
    """Pinyin and initials; 吕 is typed lv on a keyboard and stands as lu on a card."""
    with_u = [_SPOKEN_U.sub(r"\1u", syllable) for syllable in syllables]
    return {"".join(syllables), "".join(with_u), "".join(s[0] for s in syllables)}
