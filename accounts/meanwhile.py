"""Two people edit the same thing: who saves second sees both values and loses none (RELIABILITY 25).

A form carries what it showed (`seen`). Under lock the values of now are read again; when they are
others, nothing is written, and the form comes back with 409: what only this person changed stays, what
only the other changed is taken, and where both did, both values stand on the page.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.choices import flatten_choices
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .errors import Refused
from .prepared import Prepared


class ChangedMeanwhile(Refused):
    """Somebody else saved first: HTTP 409. Nothing was written."""

    def __init__(self, now: Mapping):
        super().__init__(_("Somebody saved this meanwhile. Look at both, then save."))
        self.now = now


@dataclass(frozen=True)
class Clash:
    """A field that two people gave different values, in the reader's words."""

    label: object
    theirs: str
    yours: str


class SeenForm(forms.Form):
    """A form of something that is there already; `initial` is what it shows, field by field."""

    seen = forms.CharField(
        widget=forms.HiddenInput(attrs={"id": False}),  # a page may show several such forms
        required=False,
        max_length=20_000,
    )

    clashes: tuple[Clash, ...] = ()
    conflict = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial = {**self.initial, "seen": self._first}

    def _first(self) -> str:
        first = {name: self.get_initial_for_field(self.fields[name], name) for name in self._compared}
        return _written(first)

    def resume(self, typed: Mapping) -> None:
        """Show what the person typed before and did not save; `seen` stays that of what it was typed over."""
        seen = typed.get("seen") or self._first()
        self.initial = {**(typed or self.initial), "seen": seen}

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows it."""
        if not self.is_bound:
            return 200
        return 409 if self.conflict else 422

    def refuse(self, refusal: Refused) -> None:
        """Say why nothing was written, at the field or with both persons' values."""
        if isinstance(refusal, ChangedMeanwhile):
            self._bring_together(refusal)
        else:
            self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)

    @property
    def _compared(self) -> list[str]:
        return [name for name in self.fields if name not in ("seen", "token")]

    def values(self) -> dict:
        """What was typed, by field."""
        return {name: self.cleaned_data[name] for name in self._compared}

    def is_stale(self, now: Mapping) -> bool:
        """Whether these are no longer the values that were shown; a form that says nothing is not."""
        shown = self._shown
        return bool(shown) and any(_plain(now.get(name)) != old for name, old in shown.items())

    def check(self, now: Mapping) -> None:
        """ChangedMeanwhile: the values of now, read under lock, are others than were shown."""
        if self.is_stale(now):
            raise ChangedMeanwhile(now)

    @property
    def _shown(self) -> dict:
        try:
            shown = json.loads(self.cleaned_data.get("seen") or "{}")
        except ValueError:
            return {}
        fields = set(self._compared)
        return {name: old for name, old in shown.items() if name in fields} if isinstance(shown, dict) else {}

    def _bring_together(self, refusal: ChangedMeanwhile) -> None:
        """Fill the form with both persons' changes; sending it again is enough."""
        now, shown, data = refusal.now, self._shown, self.data.copy()
        clashes = []
        for name in self._compared:
            field, html_name, theirs = self.fields[name], self.add_prefix(name), now.get(name)
            typed = field.widget.value_from_datadict(self.data, self.files, html_name)
            if not self._differs(field, shown.get(name), typed):
                _fill(data, html_name, theirs)
            elif _plain(theirs) != shown.get(name) and self._differs(field, _plain(theirs), typed):
                clashes.append(Clash(field.label, self.in_words(name, theirs), self.in_words(name, typed)))
        data[self.add_prefix("seen")] = _written({name: now.get(name) for name in self._compared})
        self.data, self.clashes, self.conflict = data, tuple(clashes), refusal.message

    def in_words(self, name: str, value: object) -> str:
        """A value of a field as its reader knows it: the words of a choice, yes or no, else as it is."""
        return _in_words(self.fields[name], value)

    def _differs(self, field: forms.Field, old: object, typed: object) -> bool:
        try:
            return field.has_changed(field.to_python(old), typed)
        except ValidationError:
            return True


@contextmanager
def unchanged(form: SeenForm, row: models.Model, read: Callable[[], Mapping]) -> Iterator[None]:
    """A transaction in which the row is locked and still shows what the form showed.

    `read` answers the form's values of now. ChangedMeanwhile: they are others.
    """
    with transaction.atomic():
        _hold(row)
        form.check(read())
        yield


def _hold(row: models.Model) -> None:
    """Lock a row and read it anew; what it leads to is asked for again. DoesNotExist: it is gone."""
    found = _locked(type(row), pk=row.pk)
    if not found:
        raise row.DoesNotExist
    for field in row._meta.concrete_fields:
        setattr(row, field.attname, getattr(found[0], field.attname))
    row._state.fields_cache.clear()
    row._prefetched_objects_cache = {}


@Prepared
def _locked(model: type[models.Model], *, pk: int) -> models.QuerySet:
    return model.objects.select_for_update(no_key=True).filter(pk=pk)


def _plain(value: object) -> object:
    """A value as JSON keeps it, the same for what means the same."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, (list, tuple, set)):
        return sorted(str(one) for one in value)
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    return str(value)


def _written(values: Mapping) -> str:
    return json.dumps({name: _plain(value) for name, value in values.items()}, ensure_ascii=False)


def _fill(data, html_name: str, value: object) -> None:
    plain = _plain(value)
    if isinstance(plain, list):
        data.setlist(html_name, plain)
    elif plain is False:
        data.pop(html_name, None)
    else:
        data[html_name] = "on" if plain is True else plain


def _in_words(field: forms.Field, value: object) -> str:
    plain = _plain(value)
    if isinstance(plain, bool):
        return _("Yes") if plain else _("No")
    named = {str(key): str(label) for key, label in flatten_choices(getattr(field, "choices", ()))}
    values = plain if isinstance(plain, list) else [plain]
    return pgettext("between names", ", ").join(named.get(one, one) for one in values) or "–"
