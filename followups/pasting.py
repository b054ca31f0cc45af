"""Lines copied from a chat, a platform or a sheet: number, name and model in any order (SPEC A19)."""

import re
from dataclasses import dataclass

from accounts.models import Store
from leads.models import CarModel
from leads.phones import read_phone
from leads.text import HAN, folded

MOST_LINES = 200
LONGEST_LINE = 400
# What platforms write before a value.
LABELS = r"姓名|客户|联系人|电话|手机号?码?|联系方式|意向车型|车型|name|phone|mobile|tel|model"
_LABEL = re.compile(rf"(?:^|(?<=[\s,，;；|/]))(?:{LABELS})(?![A-Za-z])\s*[:：]?\s*", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![A-Za-z\d])[+(]?\d[\d ()+-]{4,}\d")
_HAN_NAME = re.compile(rf"(?<![{HAN}])[{HAN}·]{{2,6}}(?![{HAN}])")
_WORDS = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){0,3}")


@dataclass(frozen=True)
class Pasted:
    """One line as understood; "" or None where nothing was found."""

    line: str
    phone_text: str
    name: str
    car_model: CarModel | None


def read_lines(text: str, *, store: Store, models: list[CarModel]) -> list[Pasted]:
    """Each line that says anything, in order; a line without a number keeps its text for a person to mend."""
    lines = [line.strip()[:LONGEST_LINE] for line in text.splitlines() if line.strip()]
    by_name = sorted(
        ((name, model) for model in models for name in (model.name_zh, model.name_en) if name),
        key=lambda pair: -len(pair[0]),
    )
    return [_read(line, store, by_name) for line in lines[:MOST_LINES]]


def _read(line: str, store: Store, by_name: list[tuple[str, CarModel]]) -> Pasted:
    rest = _LABEL.sub(" ", folded(line))
    number = next((run for run in _NUMBER.findall(rest) if _is_phone(run, store)), "")
    rest = rest.replace(number, " ", 1) if number else rest
    named = next((pair for pair in by_name if pair[0].casefold() in rest.casefold()), None)
    if named:
        rest = re.sub(re.escape(named[0]), " ", rest, count=1, flags=re.IGNORECASE)
    return Pasted(line, number.strip(), _name_in(rest), named[1] if named else None)


def _is_phone(text: str, store: Store) -> bool:
    return read_phone(text, country=store.country, store_code=store.code) is not None


def _name_in(text: str) -> str:
    found = _HAN_NAME.search(text) or _WORDS.search(text)
    return found[0].strip()[:80] if found else ""
