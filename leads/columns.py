"""What the columns of a kind of file are called, and what stands in them."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused

from .text import header_key, visible


class RowRejected(Refused):
    """A row that cannot come in; says why and what to do, and `field` names the cell."""


class Columns:
    """Fields and the names their columns have in files: compared without case, space and signs.

    A column may also be named by the field itself, as somebody mapped it. `longest` gives the
    characters a cell may have, by field, `labels` what a field is called on a page; a file
    without a column for each `required` field is not read.
    """

    def __init__(
        self,
        words: Mapping[str, Collection[str]],
        *,
        longest: Mapping[str, int],
        labels: Mapping[str, object],
        required: Collection[str],
    ):
        self.words, self.longest, self.labels, self.required = words, longest, labels, required
        self.header_words = frozenset().union(*words.values())
        fields = {header_key(name): field for field in words for name in (field, *words[field])}
        # Asked for each cell of a file, whose few column names are always the same.
        self._field_of = lru_cache(maxsize=1_000)(lambda header: fields.get(header_key(header)))

    def field_of(self, header: str) -> str | None:
        """The field a column name stands for, or None for a column that is not read."""
        return self._field_of(header)

    def texts(self, cells: Mapping[str, str]) -> dict[str, str]:
        """The cells by field, trimmed; of two columns for one field the first that is filled.

        Raises RowRejected for a text that is too long.
        """
        texts = dict.fromkeys(self.words, "")
        for header, cell in cells.items():
            field = self.field_of(header)
            if field and not texts[field]:
                texts[field] = visible(cell).strip()
        for field, text in texts.items():
            if len(text) > self.longest[field]:
                message = format_lazy(_("Too long: {limit} characters at most."), limit=self.longest[field])
                raise RowRejected(message, field=field)
        return texts
