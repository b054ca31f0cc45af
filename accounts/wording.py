"""Sentences that a page says a hundred times are put together once per language."""

from collections.abc import Callable
from functools import lru_cache, wraps

from django.utils.translation import get_language


def per_language(say: Callable) -> Callable:
    """Remember what a function says, by the reader's language and its arguments, which must be hashable."""

    @lru_cache(maxsize=8192)
    def remembered(language: str, *args, **kwargs):
        return say(*args, **kwargs)

    @wraps(say)
    def in_reader_language(*args, **kwargs):
        return remembered(get_language(), *args, **kwargs)

    return in_reader_language
