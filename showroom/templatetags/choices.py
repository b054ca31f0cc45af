"""The words of a choice; `get_…_display` translates every other choice of its field on the way."""

from functools import lru_cache

from django import template
from django.db.models import Model

register = template.Library()


@register.filter
def word(row: Model, name: str) -> object:
    """What a field's choice is called, in the reader's language; a value that is none of them as it is."""
    value = getattr(row, name)
    return _words(type(row), name).get(value, value)


@lru_cache
def _words(model: type[Model], name: str) -> dict:
    return dict(model._meta.get_field(name).flatchoices)
