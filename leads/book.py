"""The store's book of rules of this floor, kept in memory until the store's stamp changes."""

from dataclasses import dataclass
from functools import lru_cache

from accounts.models import Store
from accounts.rules import setting

from .models import GradeRule, Term


@dataclass(frozen=True)
class Book:
    """Grade rules of the profile in force, by (scale, code), the choices of the lists, and every word of
    theirs by its id, those too that are chosen no longer.
    """

    rules: dict
    terms: dict
    named: dict[int, Term]

    def grade_rules(self, scale: str = GradeRule.Scale.INDIVIDUAL) -> list[GradeRule]:
        return [rule for (of, _), rule in self.rules.items() if of == scale]

    def rule(self, code: str, scale: str = GradeRule.Scale.INDIVIDUAL) -> GradeRule | None:
        return self.rules.get((scale, code))

    def interval(self, code: str, scale: str = GradeRule.Scale.INDIVIDUAL) -> int | None:
        """Days between contacts, or None: no cadence (SPEC CAD-01)."""
        rule = self.rule(code, scale)
        return rule.interval_days if rule else None

    def choices(self, which: str) -> list[Term]:
        return self.terms.get(which, [])


@lru_cache(maxsize=256)
def _book(store_id: int, stamp: str, profile: str) -> Book:
    rules = GradeRule.objects.filter(store_id=store_id, profile=profile).order_by("rank")
    terms: dict[str, list[Term]] = {}
    named = {term.pk: term for term in Term.objects.filter(store_id=store_id).order_by("rank", "id")}
    for term in filter(lambda term: term.active, named.values()):
        terms.setdefault(term.list, []).append(term)
    return Book(rules={(r.scale, r.code): r for r in rules}, terms=terms, named=named)


def book(store: Store) -> Book:
    return _book(store.pk, store.rules_stamp, setting(store, "grade_profile"))
