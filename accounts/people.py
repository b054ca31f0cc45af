"""The people of a store: who may change whom, and the verbs that do it (SPEC OWN-12, MGR-05)."""

import datetime as dt
import re
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from .devices import end_others
from .errors import NotAllowed, Refused
from .models import Membership, Store, Team, User, new_stamp
from .roles import RUNNING, SELLING, Role
from .rules import record_change

ABOVE_THE_STORE = (Role.GENERAL_MANAGER, Role.ADMIN)  # roles that only their like gives and takes


@dataclass(frozen=True)
class Held:
    """What somebody still holds and must hand over before leaving: "37 open leads"."""

    count: int
    text: str


def people_of(store: Store) -> QuerySet[User]:
    """Everybody with a role in the store now."""
    here = Membership.objects.filter(store=store, ends_on=None)
    return User.objects.filter(is_active=True, pk__in=here.values("user_id"))


def check_may_change(person: User, store: Store, *, by: User) -> None:
    """NotAllowed unless `by` runs the store; who stands above it is changed by their like only."""
    roles = by.roles_in(store)
    if not roles & set(RUNNING):
        raise NotAllowed(_("Only who runs the store changes this. Ask your manager."))
    if person.roles_in(store) & set(ABOVE_THE_STORE) and not roles & set(ABOVE_THE_STORE):
        raise NotAllowed(_("A general manager or an administrator changes this person."))


def check_may_let_in(person: User, store: Store, *, by: User) -> None:
    """NotAllowed to hand out a way to sign in as somebody who also works where `by` runs nothing."""
    check_may_change(person, store, by=by)
    own = set(by.stores_as(*RUNNING))
    if any(m.store_id not in own for m in person.current_memberships):
        raise NotAllowed(_("This person works in another store too. Ask somebody who runs both."))


@transaction.atomic
def edit_person(person: User, store: Store, *, name: str, username: str, by: User) -> None:
    """Change name and user name. Refused: a user name of somebody else, or of more than one word."""
    check_may_let_in(person, store, by=by)
    if not re.fullmatch(r"\S{1,60}", username):
        raise Refused(_("A user name is one word of 60 characters at most."), field="username")
    if User.objects.filter(username=username).exclude(pk=person.pk).exists():
        raise Refused(_("This user name belongs to somebody else."), field="username")
    person.full_name, person.username = name.strip(), username
    person.save(update_fields=["full_name", "username"])
    _renew_stores(person)


def _renew_stores(person: User) -> None:
    """Whoever keeps a store's people in memory reads them again."""
    stores = Store.objects.filter(pk__in=person.memberships.values("store"))
    stores.update(rules_stamp=new_stamp())


@transaction.atomic
def set_roles(
    person: User, store: Store, roles: set[str], *, team: Team | None, by: User, at: dt.datetime
) -> None:
    """Give a person exactly these roles and this team, from and until the store day of `at`.

    Nobody changes their own roles. Refused: no role at all (that is leaving), and the last selling
    role of somebody who still holds open leads.
    """
    check_may_change(person, store, by=by)
    if person.pk == by.pk:
        raise NotAllowed(_("Nobody changes their own roles. Ask a colleague who runs the store."))
    held = {
        m.role: m
        for m in Membership.objects.select_for_update().filter(user=person, store=store, ends_on=None)
    }
    _check_roles(held.keys() ^ roles, roles, by=by, store=store)
    if set(held) & set(SELLING) and not roles & set(SELLING):
        check_holds_nothing(person, store)
    on = store.business_date(at)
    Membership.objects.filter(pk__in=[held[role].pk for role in held.keys() - roles]).update(ends_on=on)
    for role in sorted(roles - held.keys()):
        Membership.objects.create(user=person, store=store, role=role, team=team, starts_on=on)
    Membership.objects.filter(user=person, store=store, ends_on=None).update(team=team)
    _renew_stores(person)
    record_change(store, f"roles:{person.pk}", sorted(held), sorted(roles), by=by, at=at)


def _check_roles(changed: set[str], roles: set[str], *, by: User, store: Store) -> None:
    if not roles:
        raise Refused(_("Choose at least one role. Who leaves the store is let go below."), field="roles")
    if unknown := roles - set(Role.values):
        raise Refused(_("Unknown role: %(role)s.") % {"role": sorted(unknown)[0]}, field="roles")
    if changed & set(ABOVE_THE_STORE) and not by.roles_in(store) & set(ABOVE_THE_STORE):
        raise Refused(_("A general manager or an administrator gives this role."), field="roles")


def held_by(person: User, store: Store) -> list[Held]:
    """What every floor says the person still holds (LEAVING_CHECKS)."""
    found = [import_string(name)(person, store) for name in settings.LEAVING_CHECKS]
    return [held for held in found if held is not None]


def check_holds_nothing(person: User, store: Store) -> None:
    """Refused while something must be handed over first, with its count (SPEC OWN-12)."""
    for held in held_by(person, store):
        raise Refused(
            _("%(name)s still holds %(what)s. Hand them over first.")
            % {"name": person.full_name, "what": held.text}
        )


@transaction.atomic
def let_go(person: User, store: Store, *, by: User, at: dt.datetime) -> None:
    """End every role of a person in a store; without one anywhere they are deactivated.

    Refused while something is not handed over (SPEC OWN-12, RELIABILITY 70). What goes by itself the
    floors pass on (LEAVING_ACTS). Their sessions are dead with the next request.
    """
    check_may_change(person, store, by=by)
    if person.pk == by.pk:
        raise NotAllowed(_("Nobody lets themselves go. Ask a colleague who runs the store."))
    User.objects.select_for_update().get(pk=person.pk)
    check_holds_nothing(person, store)
    for name in settings.LEAVING_ACTS:
        import_string(name)(person, store, by=by, at=at)
    held = Membership.objects.filter(user=person, store=store, ends_on=None)
    roles = sorted(held.values_list("role", flat=True))
    held.update(ends_on=store.business_date(at))
    _renew_stores(person)
    record_change(store, f"roles:{person.pk}", roles, [], by=by, at=at)
    if not Membership.objects.filter(user=person, ends_on=None).exists():
        person.is_active, person.pin_hash = False, ""
        person.save(update_fields=["is_active", "pin_hash"])
        end_others(person, keep="", now=at)


def come_back(store: Store, *, username: str, name: str) -> bool:
    """Let somebody who was let go be known again under the old user name, without the old password.

    False when nobody of this name and user name left the store. Roles are given by the caller.
    """
    left = User.objects.filter(username=username, full_name=name, is_active=False, memberships__store=store)
    person = left.first()
    if person is None:
        return False
    person.is_active = True
    person.set_unusable_password()
    person.save(update_fields=["is_active", "password"])
    return True


def save_team(store: Store, name: str, *, team: Team | None = None) -> Team:
    """Add a team, or give one another name. Refused: a name another team has."""
    name = name.strip()
    others = Team.objects.filter(store=store, name=name)
    if others.exclude(pk=team.pk if team else None).exists():
        raise Refused(_("A team of this name exists already."), field="name")
    if team is None:
        return Team.objects.create(store=store, name=name)
    team.name = name
    team.save(update_fields=["name"])
    return team
