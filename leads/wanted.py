"""What an address of the list, of the board or of a bulk reassignment asks for."""

import datetime as dt
from functools import cached_property, lru_cache

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Store
from accounts.roles import SELLING, Role

from .access import sees_all_of
from .filters import LeadFilter, People
from .list_pages import MOST_AT_ONCE, Cursor, Order, Select
from .lists import LEADING, LISTING, Own, View, counted, counted_in_view, in_view, views_of
from .models import Lead
from .models.leads import Status
from .search import Search

NOT_KEPT = ("after", "from", "shown", "at", "q", "column", "back")  # where one is, not what is in the list


@lru_cache(maxsize=32)
def _address(route: str) -> str:
    return reverse(route)


class Wanted:
    """The filter of a page, read leniently: what it does not know it passes over. 403: no list at all."""

    def __init__(self, request: HttpRequest, params: QueryDict | None = None):
        self.request, self.params = request, request.GET if params is None else params
        if not request.user.roles_in(request.store) & set(LISTING):
            raise PermissionDenied
        self.leading = bool(request.user.roles_in(request.store) & set(LEADING))

    @cached_property
    def store(self) -> Store:
        """The store of the session; a general manager may look at another one of the group."""
        own, code = self.request.store, self.params.get("store", "")
        held = self.request.user.current_memberships
        groups = {m.store.group_id for m in held if m.role == Role.GENERAL_MANAGER}
        if not groups or code in ("", own.code) or "\0" in code:
            return own
        return Store.objects.filter(group__in=groups, code=code).first() or own

    @cached_property
    def today(self) -> dt.date:
        return self.store.business_date(self.request.now)

    @cached_property
    def views(self) -> list[View]:
        return views_of(self.request.user, self.request.store)

    @property
    def view(self) -> View:
        asked = self.params.get("view")
        return View(asked) if asked in self.views else self.views[0]

    @cached_property
    def search(self) -> Search:
        return Search.read(self.params.get("q", ""), self.store)

    @cached_property
    def visible(self) -> QuerySet:
        user, leads = self.request.user, Lead.objects.filter(store=self.store)
        return leads if sees_all_of(user, self.store) else leads.visible_to(user, now=self.request.now)

    @cached_property
    def own(self) -> QuerySet:
        """One's own leads, as the roles of the session's store say; these alone make them visible (A71)."""
        mine = Own.of(self.request.user, self.request.store)
        if self.sells:
            return Lead.objects.filter(mine.leads, store=self.store)
        return self.visible.filter(mine.leads)

    @cached_property
    def sells(self) -> bool:
        return bool(self.request.user.roles_in(self.store) & set(SELLING))

    def tab_leads(self, view: View) -> QuerySet:
        """The leads of a tab: the store's for who leads it, else one's own."""
        leads = self.visible if self._of_store(view) else self.own
        return in_view(leads, view, store=self.store, today=self.today)

    def _of_store(self, view: View) -> bool:
        return self.leading and view != View.MINE

    def tab_count(self, view: View) -> Select | None:
        """The active leads of a tab, to be counted."""
        user, whole = self.request.user, self._of_store(view)
        if not (sees_all_of(user, self.store) if whole else self.sells):
            return counted(self.tab_leads(view).filter(status=Status.ACTIVE))
        own = None if whole else Own.of(user, self.request.store)
        return counted_in_view(view, self.store, own, today=self.today)

    @cached_property
    def people(self) -> People:
        return People(self.store)

    def of_query(self, query: str) -> "Wanted":
        """What a kept filter asks for, of the same reader; choices are read once for all of them."""
        other = Wanted(self.request, QueryDict(query))
        if other.store == self.store:
            other.people = self.people
        return other

    @cached_property
    def filter(self) -> LeadFilter:
        """The filter over the tab, or over everything visible, of any status, while searching."""
        return self.filter_without()

    def filter_without(self, *names: str) -> LeadFilter:
        """The same filter, some of its fields left out."""
        params = self.params.copy() if names else self.params
        for name in names:
            params.pop(name, None)
        leads = self.search.among(self.visible) if self.search else self.tab_leads(self.view)
        return LeadFilter(
            params,
            leads,
            people=self.people,
            today=self.today,
            by_owner=self.leading,
            active=not self.search,
        )

    @property
    def of_one(self) -> bool:
        """Whether it is one person's leads: a few hundred, whatever the store has."""
        return not self.leading or self.view == View.MINE or "owner" in self.filter.chosen

    @property
    def of_active(self) -> bool:
        """Whether the list holds active leads only: others have no next date and no grade that counts."""
        named = self.filter.chosen.get("status", [Status.ACTIVE])
        return not self.search and not self.filter.only_lost and named == [Status.ACTIVE]

    @property
    def order(self) -> Order:
        """By next date or by priority; a list of leads that are not active begins with the newest."""
        if self.search:
            known = self.filter.chosen.get("status", [Status.ACTIVE]) == [Status.ACTIVE]
            by_date = Order.BY_DATE if self.search.finds_few else Order.BY_DATE_ANY_STATUS
            return by_date if known else Order.NEWEST
        if not self.of_active:
            return Order.NEWEST
        return Order.PRIORITY if self.params.get("order") == "priority" else Order.BY_DATE

    @cached_property
    def after(self) -> Cursor | None:
        return Cursor.read(self.params.get("after", ""))

    def number(self, name: str) -> int:
        """A count out of the address, within what a page may show."""
        digits = self.params.get(name, "")
        return min(int(digits), MOST_AT_ONCE) if digits.isdecimal() and len(digits) < 6 else 0

    @cached_property
    def _kept(self) -> dict[str, list[str]]:
        """The parameters that stay, whatever page of the list it is. No whole phone number is kept."""
        params = {name: list(filter(None, values)) for name, values in self.params.lists()}
        params = {name: values for name, values in params.items() if values and name not in NOT_KEPT}
        return params | ({"q": [self.search.linked]} if self.search.linked else {})

    def url(self, route: str = "leads:list", **changes) -> str:
        """An address with what stays of this one and changes; None takes a parameter away."""
        params = {name: values for name, values in self._kept.items() if name not in changes}
        params |= {name: [str(value)] for name, value in changes.items() if value not in (None, "")}
        address = _address(route)
        return f"{address}?{urlencode(params, doseq=True)}" if params else address

    def tab_url(self, view: View) -> str:
        """The address of a tab: of its filter nothing stays, but the store that is looked at."""
        view = None if view == self.views[0] else view
        asked = {"view": view and view.value, "store": self.params.get("store")}
        params = {name: value for name, value in asked.items() if value}
        return _address("leads:list") + (f"?{urlencode(params)}" if params else "")
