"""A colleague's customer by surname alone (SPEC A72): who it may be, never who it is."""

import re

from django.utils.translation import pgettext

from .text import HAN

STARS = "**"
# Two-character surnames that the showroom meets; every other Han surname is one character.
COMPOUND = frozenset({
    "欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "司徒", "司空",
    "东方", "独孤", "南宫", "万俟", "闻人", "轩辕", "宇文", "端木", "申屠", "澹台", "太史", "公冶", "濮阳",
})  # fmt: skip
_TITLE = re.compile(r"\s*(先生|女士|小姐|太太|夫人|老师|师傅|经理|老板|总)$")
_STARTS_HAN = re.compile(f"[{HAN}]")


def _parts(name: str) -> tuple[str, str]:
    """Surname and title of a Chinese name: 张伟先生 -> 张, 先生."""
    title = _TITLE.search(name)
    given = name[: title.start()] if title else name
    return (given[:2] if given[:2] in COMPOUND else given[:1]), (title[1] if title else "")


def surname_of(name: str) -> str:
    """What stands where there is room for one word: 张伟先生 -> 张, Anna Schmidt -> Schmidt."""
    name = name.strip()
    return _parts(name)[0] if _STARTS_HAN.match(name) else "".join(name.split()[-1:])


def short_name(name: str) -> str:
    """For a screen that everybody in the house reads: 张伟先生 -> 张先生, 张伟 -> 张, in English "Schmidt".

    No given name and no number (SPEC A72); empty for no name.
    """
    name = name.strip()
    if not name:
        return ""
    if not _STARTS_HAN.match(name):
        return name.split()[-1]
    surname, title = _parts(name)
    if title:
        return f"{surname}{title}"
    return pgettext("a customer by surname", "%(surname)s") % {"surname": surname}


def mask_name(name: str) -> str:
    """The surname and two stars: 张伟 -> 张**, 张伟先生 -> 张**先生, Anna Schmidt -> Schmidt **."""
    name = name.strip()
    if not name:
        return ""
    if not _STARTS_HAN.match(name):
        words = name.split()
        return f"{words[-1]} {STARS}" if len(words) > 1 else f"{name[0]}{STARS}"
    surname, title = _parts(name)
    return f"{surname}{STARS}{title}"
