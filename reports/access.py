"""Whose numbers somebody reads: one's own, the team's, the store's, the group's (DESIGN 7, SPEC A71)."""

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from accounts.models import Membership, Store, User
from accounts.roles import SELLING, Role

REPORTING = (Role.CONSULTANT, Role.BDC_AGENT)  # hand in a report of their day
COUNTED = (*REPORTING, Role.SUPERVISOR, Role.MANAGER)  # have leads and work to count
READING = (*SELLING, Role.GENERAL_MANAGER)
LEADING = (Role.SUPERVISOR, Role.MANAGER)  # read the reports of others


class Level(Enum):
    OWN, TEAM, STORE, GROUP = range(4)


@dataclass(frozen=True)
class Reader:
    """Somebody who reads numbers, from the store they are in."""

    user: User
    store: Store
    level: Level

    @property
    def teams(self) -> list[int]:
        led = [m for m in self.user.current_memberships if m.role == Role.SUPERVISOR]
        return [m.team_id for m in led if m.store_id == self.store.pk and m.team_id]

    def people(self, stores: tuple[Store, ...], *, since: dt.date, roles=COUNTED) -> QuerySet:
        """Who worked in these stores since a day, as far as the reader may look."""
        held = Q(memberships__store__in=stores, memberships__role__in=roles)
        held &= Q(memberships__ends_on=None) | Q(memberships__ends_on__gte=since)
        found = Q(pk=self.user.pk)
        if self.level is Level.TEAM:
            found |= held & Q(memberships__team__in=self.teams)
        elif self.level is not Level.OWN:
            found = held
        return User.objects.filter(found).distinct()


def reader(request) -> Reader:
    """The reader of a request; PermissionDenied for roles that have no numbers to read."""
    store = request.store
    roles = request.user.roles_in(store) if store else set()
    if not roles & set(READING):
        raise PermissionDenied
    levels = {
        Role.GENERAL_MANAGER: Level.GROUP, Role.MANAGER: Level.STORE, Role.SUPERVISOR: Level.TEAM,
    }  # fmt: skip
    level = next((level for role, level in levels.items() if role in roles), Level.OWN)
    return Reader(request.user, store, level)


def reports_visible_to(reports: QuerySet, user: User) -> QuerySet:
    """The daily reports a person may open: own, of the teams led, of the stores run, of the group."""
    if not user.is_active:
        return reports.none()
    groups = {m.store.group_id for m in user.current_memberships if m.role == Role.GENERAL_MANAGER}
    seen = Q(user=user) | Q(store__in=user.stores_as(Role.MANAGER)) | Q(store__group__in=groups)
    for led in user.current_memberships:
        if led.role == Role.SUPERVISOR and led.team_id:
            mates = Membership.objects.filter(team=led.team_id, ends_on=None)
            seen |= Q(store=led.store_id, user__in=mates.values("user"))
    return reports.filter(seen)
