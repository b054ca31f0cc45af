"""Ten thousand strings that nobody would type, into every field and every reader of text (RELIABILITY 40)."""

import random
from importlib import import_module
from pkgutil import walk_packages

import pytest
from django import forms
from django.core.exceptions import ValidationError

from accounts.errors import Refused
from followups.pasting import read_lines
from leads.phones import is_tail, mask, read_email, read_phone, shortfall
from leads.pinyin import name_keys, search_key, spelled_name
from leads.search import Search

STRINGS, LONGEST = 10_000, 60
APPS = ("accounts", "leads", "followups", "showroom", "reports")
SIGNS = [
    *map(chr, range(0x100)),
    *"\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\ufffe\u2028\u2029\u00ad",  # unseen, or turning round
    *"😀👨\u200d👩🏿🇨🇳\U0001f3f4\ufe0f\u20e3\u0301\u0651",  # several codes for one sign
    *"\ud800\udbff\udc00\udfff",  # halves of a sign
    *"张王李欧阳𠮷䶮㼆，。：；（）＝＋－＠１３８０",
    *("138", "13800000001", "+86", "2026-03-12", "09:00", "1e9", "%s", "{0}", "=1+1", "</", "L-260301-"),
]


def strings(count: int) -> list[str]:
    chance = random.Random(40)
    return ["".join(chance.choices(SIGNS, k=chance.randint(0, LONGEST))) for _ in range(count)]


def form_classes(base=forms.BaseForm) -> set[type]:
    """Every form of the product."""
    for app in map(import_module, APPS):
        for _finder, name, _is_package in walk_packages(app.__path__, f"{app.__name__}."):
            if ".migrations" not in name and ".management" not in name:
                import_module(name)
    below, found = [base], set()
    while below:
        kinds = below.pop().__subclasses__()
        below += kinds
        found |= {kind for kind in kinds if kind.__module__.split(".")[0] in APPS}
    return found


def fields() -> dict[str, forms.Field]:
    """One of each kind of field, however many forms have it."""
    found = {}
    for form in sorted(form_classes(), key=lambda form: form.__qualname__):
        for name, field in form.base_fields.items():
            facts = {
                key: str(value)
                for key, value in vars(field).items()
                if isinstance(value, (int, bool, type(None))) or key == "validators"
            }
            found.setdefault(f"{type(field).__name__} {facts}", (f"{form.__name__}.{name}", field))
    return dict(found.values())


@pytest.mark.thorough
@pytest.mark.once
@pytest.mark.django_db
def test_every_field_takes_ten_thousand_strings_or_says_what_is_wrong(store):
    broken, texts = [], strings(STRINGS)
    assert len(fields()) > 50
    for name, field in fields().items():
        if isinstance(field, (forms.FileField, forms.ModelChoiceField)):
            continue  # no text; and a row is looked up by its number
        for text in texts:
            typed = [text] if isinstance(field, forms.MultipleChoiceField) else text
            try:
                field.clean(typed)
            except ValidationError:
                continue
            except Exception as error:  # whatever else it is, a reader would see a 500
                broken.append(f"{name}: {error!r} at {text!r}")
                break
    assert broken == []


@pytest.mark.thorough
@pytest.mark.once
@pytest.mark.django_db
def test_every_reader_of_text_bears_ten_thousand_strings(store):
    def phone(text):
        found = read_phone(text, country="CN", store_code="east")
        return mask(found.value) if found else ""

    readers = {
        "phone": phone,
        "shortfall": lambda text: shortfall(text, country="CN"),
        "tail": is_tail,
        "email": read_email,
        "names": name_keys,
        "spelled": spelled_name,
        "typed": search_key,
        "search": lambda text: Search.read(text, store).shown,
        "paste": lambda text: read_lines(text, store=store, models=[]),
    }
    broken = []
    for name, read in readers.items():
        for text in strings(STRINGS):
            try:
                read(text)
            except Refused:
                continue
            except Exception as error:  # as above
                broken.append(f"{name}: {error!r} at {text!r}")
                break
    assert broken == []
