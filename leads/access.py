"""Who sees which lead (SPEC A71): one queryset, the only way into a view."""

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.module_loading import import_string

from accounts.days_off import Row, rows_of
from accounts.models import Membership, Store, User
from accounts.prepared import Prepared
from accounts.roles import RECEIVING, SELLING, Role
from accounts.rules import setting

from .models import Lead
from .models.people import Collaborator
from .steps import Step

WITH_OWN = (Role.CONSULTANT, Role.SUPERVISOR, Role.MANAGER, Role.BDC_AGENT)  # who see what is theirs


@lru_cache(maxsize=2)
def _viewers(names: tuple[str, ...]) -> list:
    return [import_string(name) for name in names]


def leads_visible_to(leads: QuerySet, user: User, now: dt.datetime) -> QuerySet:
    """Owner, setter, collaborator and deputy see theirs; supervisor the team, manager the store, general
    manager the group.

    Higher floors add theirs by LEAD_VIEWERS (the receiver of a visit, until that day ends).
    """
    if not user.is_active:
        return leads.none()
    managed = user.stores_as(Role.MANAGER)
    if managed and {m.store_id for m in user.current_memberships} <= {*managed}:
        return leads.filter(store_id__in=managed)  # whole stores: every other rule adds nothing
    seen = (Q(store_id__in=managed) if managed else Q()) | _of_groups(user) | _of_teams(user)
    selling = user.stores_as(*WITH_OWN)
    if selling:
        own = Q(owner=user) | Q(setter=user) | _collaborates(user) | _covers(user, now)
        seen |= Q(store_id__in=selling) & own
        for viewer in _viewers(tuple(settings.LEAD_VIEWERS)):
            seen |= viewer(user, now)
    return leads.filter(seen) if seen else leads.none()


def sees_all_of(user: User, store: Store) -> bool:
    """Whether every lead of a store is visible to a person: its manager, a general manager of its group."""
    held = user.current_memberships
    whole = (m for m in held if m.role == Role.GENERAL_MANAGER and m.store.group_id == store.group_id)
    return user.is_active and (store.pk in user.stores_as(Role.MANAGER) or any(whole))


def seen_by(user: User, number: str, *related: str, now: dt.datetime) -> Lead | None:
    """The lead of a number with its customer, store and what is `related`; None where the person may not
    open it.
    """
    found = _of_number(*related, number=number.replace("\0", ""))
    return next((lead for lead in found if is_visible(lead, user, now=now)), None)


@Prepared
def _of_number(*related: str, number: str) -> QuerySet:
    return Lead.objects.filter(number=number).select_related("customer", "store", *related)


def is_visible(lead, user: User, *, now: dt.datetime) -> bool:
    """Whether a lead is among `leads_visible_to`; of whole stores and own leads no database is asked."""
    one = (lead.pk, lead.store_id, lead.owner_id, lead.setter_id)
    return lead.pk in visible_among([one], user, lead.store, now=now)


def visible_among(rows: Iterable[tuple], user: User, store: Store, *, now: dt.datetime) -> set[int]:
    """The same of many leads, told as (id, store id, owner id, setter id): the ids of the visible ones.

    `store` is the one that most of them are of. At most one statement.
    """
    whole = sees_all_of(user, store)
    own = user.is_active and store.pk in user.stores_as(*WITH_OWN)
    sure, others = set(), set()
    for pk, store_id, *people in rows:
        known = store_id == store.pk and (whole or (own and user.pk in people))
        (sure if known else others).add(pk)
    if others:
        sure.update(Lead.objects.visible_to(user, now=now).filter(pk__in=others).values_list("pk", flat=True))
    return sure


def _of_groups(user: User) -> Q:
    groups = {m.store.group_id for m in user.current_memberships if m.role == Role.GENERAL_MANAGER}
    return Q(store__group_id__in=groups) if groups else Q()


def _of_teams(user: User) -> Q:
    teams = [m for m in user.current_memberships if m.role == Role.SUPERVISOR]
    if not teams:
        return Q()
    stores = [m.store_id for m in teams]
    colleagues = Membership.objects.filter(team__in=[m.team_id for m in teams if m.team_id], ends_on=None)
    return Q(store_id__in=stores) & (Q(owner=None) | Q(owner_id__in=colleagues.values("user_id")))


def _collaborates(user: User) -> Q:
    """Leads that somebody shares with the person now (SPEC OWN-10)."""
    return Q(pk__in=RawSQL(*_shared_with.part(user=user.pk)))


@Prepared
def _shared_with(*, user: int) -> QuerySet:
    return Collaborator.objects.filter(user=user, ends_on=None).values("lead_id")


def _covers(user: User, now: dt.datetime) -> Q:
    """Leads of colleagues who are absent on this store day and named the person as deputy (SPEC A71).

    A day off is no absence.
    """
    days = Q()
    for store in {m.store_id: m.store for m in user.current_memberships}.values():
        today = store.business_date(now)
        absent = [row.user_id for row in rows_of(store) if _is_deputy(user, row, today)]
        if absent:
            days |= Q(store=store, owner_id__in=absent)
    return days


def _is_deputy(user: User, row: Row, on: dt.date) -> bool:
    return row.absence and row.on == on and row.deputy_id == user.pk


def works_beside(lead, user: User, *, now: dt.datetime) -> bool:
    """A collaborator of the lead, or the deputy of its owner: on leave, or a day off (LEAD_DEPUTIES)."""
    return lead.pk in beside_among([lead.pk], user, lead.store, now=now)


def beside_among(ids: Iterable[int], user: User, store: Store, *, now: dt.datetime) -> set[int]:
    """The same of many leads of a store: the ids of those beside which the person works. One statement."""
    ids = list(ids)
    if not ids or not user.is_active or not user.roles_in(store) & set(SELLING):
        return set()
    beside = _collaborates(user) | _covers(user, now)
    for deputies in _viewers(tuple(settings.LEAD_DEPUTIES)):
        beside |= deputies(user, now)
    return set(Lead.objects.filter(beside, pk__in=ids).values_list("pk", flat=True))


def is_own(lead, user: User, *, now: dt.datetime) -> bool:
    """Own work needs no reason for a reveal (SPEC A72)."""
    return user.pk in (lead.owner_id, lead.setter_id) or works_beside(lead, user, now=now)


def may_work_on(lead, user: User, *, now: dt.datetime) -> bool:
    """Who may log contacts and set dates: the owner, the setter until reception, those who lead the
    store, collaborators and the deputy.

    A courtesy receiver may not follow up a colleague's customer (SPEC RECP-05).
    """
    return works_as_own(lead, user) or works_beside(lead, user, now=now)


def works_as_own(lead, user: User) -> bool:
    """What owner, setter and role alone allow; asks no database."""
    if lead.merged_into_id:
        return False
    if lead.owner_id == user.pk or (lead.setter_id == user.pk and lead.step <= Step.RECEPTION):
        return True
    return bool(user.roles_in(lead.store) & {Role.SUPERVISOR, Role.MANAGER})


def may_own(lead, user: User) -> bool:
    """Whose a lead may be: who receives in its store; an invitation agent's until the first visit.

    `dcc_mode` consultants leaves agents without leads of their own (SPEC A12).
    """
    if not user.is_active:
        return False
    roles = user.roles_in(lead.store)
    if roles & set(RECEIVING):
        return True
    invites = Role.BDC_AGENT in roles and setting(lead.store, "dcc_mode") != "consultants"
    return invites and lead.step <= Step.RECEPTION and lead.last_visit_at is None
