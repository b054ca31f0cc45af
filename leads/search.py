"""Finding a lead as staff look for it: last four digits, whole number, name, pinyin, lead number."""

import re
from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet

from accounts.models import Store

from .models import ContactPoint, NameKey
from .phones import Phone, is_tail, mask, read_phone
from .pinyin import search_key
from .text import folded

MOST_TYPED = 60
_LEAD_NUMBER = re.compile(r"[A-Z]-\d{6}-\d{2,6}")


@dataclass(frozen=True)
class Search:
    """What was typed, read once. A whole phone number is shown masked and put into no link (SPEC A72)."""

    typed: str
    store: Store

    @classmethod
    def read(cls, text: str, store: Store) -> "Search":
        return cls(folded(text)[:MOST_TYPED], store)

    def __bool__(self):
        return bool(self.typed)

    @cached_property
    def phone(self) -> Phone | None:
        return read_phone(self.typed, country=self.store.country, store_code=self.store.code)

    @property
    def finds_few(self) -> bool:
        """A number or four digits leads to a handful; a syllable may lead to thousands."""
        return is_tail(self.typed) or bool(self.phone) or bool(_LEAD_NUMBER.fullmatch(self.typed.upper()))

    @property
    def shown(self) -> str:
        return mask(self.typed) if self.phone else self.typed

    @property
    def linked(self) -> str:
        return "" if self.phone else self.typed

    @property
    def by_name(self) -> bool:
        """Whether it is a name, pinyin or initials rather than a number."""
        return not self.finds_few

    @cached_property
    def name_key(self) -> str:
        """What the keys of the name begin with; empty = of nobody's."""
        return search_key(self.typed)

    def among(self, leads: QuerySet) -> QuerySet:
        """The leads that fit, out of those a person may see."""
        if _LEAD_NUMBER.fullmatch(self.typed.upper()):
            return leads.filter(number=self.typed.upper())
        leads = leads.filter(merged_into=None)
        if is_tail(self.typed):
            return leads.filter(customer__in=self._reached(tail=self.typed))
        if phone := self.phone:
            return leads.filter(customer__in=self._reached(tail=phone.tail, value=phone.value))
        if not self.name_key:
            return leads.none()
        named = NameKey.objects.filter(group=self.store.group_id, key__startswith=self.name_key)
        return leads.filter(customer__in=named.values("customer"))

    def _reached(self, **number) -> QuerySet:
        points = ContactPoint.objects.filter(group=self.store.group_id, ended_at=None, **number)
        return points.values("customer")
