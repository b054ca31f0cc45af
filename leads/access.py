"""Who sees which lead (SPEC A71): one queryset, the only way into a view."""

import datetime as dt
from functools import lru_cache

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from accounts.models import Membership, User
from accounts.roles import RECEIVING, Role
from accounts.rules import setting

from .steps import Step


@lru_cache(maxsize=1)
def _viewers(names: tuple[str, ...]) -> list:
    return [import_string(name) for name in names]


def leads_visible_to(leads: QuerySet, user: User, now: dt.datetime) -> QuerySet:
    """Owner and setter see their own, supervisor team and pool, manager store, general manager group.

    Higher floors add theirs by LEAD_VIEWERS (the receiver of a visit, until that day ends).
    """
    if not user.is_active:
        return leads.none()
    seen = Q(store_id__in=user.stores_as(Role.MANAGER)) | _of_groups(user) | _of_teams(user)
    selling = user.stores_as(Role.CONSULTANT, Role.SUPERVISOR, Role.MANAGER, Role.BDC_AGENT)
    if selling:
        seen |= Q(store_id__in=selling) & (Q(owner=user) | Q(setter=user))
        for viewer in _viewers(tuple(settings.LEAD_VIEWERS)):
            seen |= viewer(user, now)
    return leads.filter(seen)


def _of_groups(user: User) -> Q:
    groups = {m.store.group_id for m in user.current_memberships if m.role == Role.GENERAL_MANAGER}
    return Q(store__group_id__in=groups) if groups else Q(pk__in=[])


def _of_teams(user: User) -> Q:
    teams = [m for m in user.current_memberships if m.role == Role.SUPERVISOR]
    if not teams:
        return Q(pk__in=[])
    stores = [m.store_id for m in teams]
    colleagues = Membership.objects.filter(team__in=[m.team_id for m in teams if m.team_id], ends_on=None)
    return Q(store_id__in=stores) & (Q(owner=None) | Q(owner_id__in=colleagues.values("user_id")))


def is_own(lead, user: User) -> bool:
    """Own work needs no reason for a reveal (SPEC A72)."""
    return user.pk in (lead.owner_id, lead.setter_id)


def may_work_on(lead, user: User) -> bool:
    """Who may log contacts and set dates: the owner, the setter until reception, those who lead the store.

    A courtesy receiver may not follow up a colleague's customer (SPEC RECP-05).
    """
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
