"""The words of a choice; `get_…_display` translates every other choice of its field on the way."""

from functools import lru_cache

from django import template
from django.db.models import Model

from accounts.wording import per_language

register = template.Library()


@register.filter
def word(row: Model, name: str) -> str:
    """What a field's choice is called, in the reader's language; a value that is none of them as it is."""
    return called(type(row), name, getattr(row, name))


@per_language
def called(model: type[Model], name: str, value: str) -> str:
    """The same where there is no model's row to ask."""
    return str(_words(model, name).get(value, value))


@lru_cache
def _words(model: type[Model], name: str) -> dict:
    return dict(model._meta.get_field(name).flatchoices)
