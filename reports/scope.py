"""What a number is about: which stores and people, which store days, and as it was known when."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, Value, When

from accounts.models import Store
from leads.models import LeadEvent


@dataclass(frozen=True)
class Scope:
    """Store days `first` to `last`, both inside; `people` = None for everybody.

    `known` says until which instant the book was read (UTC), the same for all of them or by person
    (id -> instant): what was recorded later does not count. A person without one is read as of now.
    """

    stores: tuple[Store, ...]
    first: dt.date
    last: dt.date
    people: tuple[int, ...] | None = None
    known: dt.datetime | None = None
    known_by: Mapping[int, dt.datetime] = field(default_factory=dict)

    @property
    def store_ids(self) -> list[int]:
        return [store.pk for store in self.stores]

    def within(self, moment: str) -> Q:
        """Rows of these stores whose instant lies in the period, by each store's own clock."""
        found = Q()
        for zone_of, ids in self.by_zone():
            start = zone_of.start_of_day(self.first)
            end = zone_of.start_of_day(self.last + dt.timedelta(days=1))
            found |= Q(store__in=ids, **{f"{moment}__gte": start, f"{moment}__lt": end})
        return found

    def by_zone(self) -> Iterator[tuple[Store, list[int]]]:
        """The stores of each clock: one of them, and the ids of all."""
        zones = defaultdict(list)
        for store in self.stores:
            zones[store.time_zone].append(store)
        for stores in zones.values():
            yield stores[0], [store.pk for store in stores]

    def of_people(self, person: str, known: Callable[[dt.datetime | None], Q]) -> Q:
        """Rows of these people as they were known: `known` answers the rows that an instant leaves."""
        if self.people is None:
            return known(self.known)
        found = Q(pk__in=[])
        for moment, ids in self._by_moment().items():
            found |= Q(**{f"{person}__in": ids}) & known(moment)
        return found

    def known_at(self, person: str) -> Case | None:
        """The instant until which a row of a person was read, as an expression; None where all are of now."""
        moments = {moment: ids for moment, ids in self._by_moment().items() if moment}
        if not moments:
            return None
        when = [When(**{f"{person}__in": ids}, then=Value(moment)) for moment, ids in moments.items()]
        return Case(*when, output_field=DateTimeField())

    def _by_moment(self) -> dict[dt.datetime | None, list[int]]:
        groups = defaultdict(list)
        for pk in self.people or ():
            groups[self.known_by.get(pk, self.known)].append(pk)
        return groups


def recorded(moment: dt.datetime | None, *names: str) -> Q:
    """Rows whose instants of these names are not later than `moment`; all of them for None."""
    return Q(**{f"{name}__lte": moment for name in names}) if moment else Q()


def standing(moment: dt.datetime | None) -> Q:
    """Events that were known and not undone; the undoing ones count as little (MODEL choice 8)."""
    undoing = LeadEvent.objects.filter(recorded(moment, "recorded_at"), undoes_id=OuterRef("pk"))
    return recorded(moment, "recorded_at") & Q(undoes_id=None) & ~Exists(undoing)
