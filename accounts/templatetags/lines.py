"""Parts of a page whose template is rendered once, and from then on only filled.

Rendering the template of a row 25 times took longer than everything else of a list.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def lines(template_name: str, rows: Iterable[Mapping], **flags) -> str:
    """A template for each row, whose values are texts, or markup that is marked safe.

    The template shows `row.x` as it stands and asks of it only whether it is there; `flags`, the same
    for all rows, are read as they are. Nothing else of the page reaches it.
    """
    asked = (template_name, get_language(), tuple(flags.items()))
    return mark_safe("".join([_filled(row, asked) for row in rows]))


@register.simple_tag
def line(template_name: str, row: Mapping, **flags) -> str:
    """The same for a part that stands once."""
    return mark_safe(_filled(row, (template_name, get_language(), tuple(flags.items()))))


def _filled(row: Mapping, asked: tuple) -> str:
    there = {name: _escaped(value) for name, value in row.items() if value}
    return _shape(tuple(there), *asked) % there


_SPECIAL = re.compile("[&<>\"']")  # to look for them is quicker than to replace each that is not there


def _escaped(value: object) -> str:
    if value.__class__ is SafeString:
        return value
    text = str(value)
    return escape(text) if _SPECIAL.search(text) else text


@lru_cache(maxsize=512)
def _shape(names: tuple[str, ...], template_name: str, _language: str, flags: tuple) -> str:
    """The markup of a row in which these values are there, %(name)s standing for each of them."""
    marks = {name: mark_safe(f"\x02{name}\x03") for name in names}
    markup = render_to_string(template_name, {"row": marks, **dict(flags)}).replace("%", "%%")
    return markup.replace("\x02", "%(").replace("\x03", ")s")
