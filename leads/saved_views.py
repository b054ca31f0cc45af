"""Filters with a name: one's own, shared with the store, pinned as a tab."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.errors import NotAllowed, Refused
from accounts.models import Store, User
from accounts.prepared import Prepared
from accounts.roles import Role

from .filters import LeadFilter
from .models import SavedView
from .wanted import Wanted

MOST = 20  # views of one person
MOST_TABS = 8  # pinned ones that stand beside the others
NAME_LENGTH = SavedView._meta.get_field("name").max_length
QUERY_LENGTH = SavedView._meta.get_field("query").max_length
KEPT = ("view", *LeadFilter.base_filters, "order")


@dataclass(frozen=True)
class Saved:
    """A saved view as a reader sees it; `leads` are his own visible ones."""

    pk: int
    name: str
    query: str
    leads: QuerySet

    @property
    def url(self) -> str:
        return reverse("leads:list") + (f"?{self.query}" if self.query else "")

    def is_here(self, query: str) -> bool:
        """Whether the canonical filter of an address is this one."""
        return bool(self.query) and query == self.query


def canonical(params: QueryDict) -> str:
    """The filter of an address in one fixed writing: no search, no place in the list."""
    kept = QueryDict(mutable=True)
    for name in KEPT:
        values = sorted({value for value in params.getlist(name) if value})
        if values:
            kept.setlist(name, values)
    return kept.urlencode()


def views_seen_by(user: User | int, store: Store | int) -> QuerySet:
    """A person's own views of a store, and those that somebody shares with it."""
    return SavedView.objects.filter(Q(user=user) | Q(shared=True), store=store).order_by("name", "pk")


_pinned = Prepared(lambda *, user, store: views_seen_by(user, store).filter(pinned=True)[:MOST_TABS])


def pinned(wanted: Wanted) -> list[Saved]:
    """The views that stand as tabs; each holds what this reader may see."""
    rows = _pinned(user=wanted.request.user.pk, store=wanted.request.store.pk)
    return [Saved(row.pk, row.name, row.query, wanted.of_query(row.query).filter.qs) for row in rows]


def may_share(user: User, store: Store) -> bool:
    return bool(user.roles_in(store) & {Role.MANAGER, Role.SUPERVISOR})


def save_view(store: Store, *, name: str, query: str, shared: bool, pinned: bool, by: User) -> SavedView:
    """Keep a filter under a name. Refused: no name, one used before, a filter too long, too many views."""
    if not query:
        raise Refused(_("Filter the list first: a view is a filter with a name."))
    if len(query) > QUERY_LENGTH:
        raise Refused(_("This filter is too long to keep. Take some choices away."))
    if SavedView.objects.filter(store=store, user=by).count() >= MOST:
        raise Refused(_("You have %(most)s views. Delete one first.") % {"most": MOST})
    view = SavedView(store=store, user=by, query=query)
    return _write(view, name=name, shared=shared, pinned=pinned, by=by)


def change_view(view: SavedView, *, name: str, shared: bool, pinned: bool, by: User) -> SavedView:
    """Rename a view, share or pin it. NotAllowed: somebody else's."""
    _check_own(view, by)
    return _write(view, name=name, shared=shared, pinned=pinned, by=by)


def delete_view(view: SavedView, *, by: User) -> None:
    """Take a view away; `save_view` with the same values brings it back. NotAllowed: somebody else's."""
    _check_own(view, by)
    view.delete()


def _check_own(view: SavedView, by: User) -> None:
    if view.user_id != by.pk:
        raise NotAllowed(_("Only %(name)s changes this view.") % {"name": view.user})


def _write(view: SavedView, *, name: str, shared: bool, pinned: bool, by: User) -> SavedView:
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise Refused(_("Give the view a name."), field="name")
    if len(name) > NAME_LENGTH:
        raise Refused(_("At most %(most)s characters.") % {"most": NAME_LENGTH}, field="name")
    if shared and not may_share(by, view.store):
        raise NotAllowed(_("Only a manager or a supervisor shares a view with the store."))
    view.name, view.shared, view.pinned = name, shared, pinned
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Refused(_("You have a view of this name. Choose another one."), field="name") from None
    return view
