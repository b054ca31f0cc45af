"""The list of leads and its filter sheet."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Store
from accounts.roles import Role

from .filters import LeadFilter
from .list_rows import rows_of
from .lists import (
    ALARMS,
    CAP,
    LEADING,
    LISTING,
    MOST_AT_ONCE,
    PAGE,
    Cursor,
    Order,
    Page,
    View,
    capped_counts,
    in_view,
    page_of,
    views_of,
)
from .models import Lead
from .models.leads import Status
from .search import Search

NOT_KEPT = ("after", "from", "shown", "at", "q")  # where one is in the list, not what is in it


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: str
    alarm: bool
    current: bool


class Wanted:
    """What an address of the list asks for, read leniently: what it does not know it passes over."""

    def __init__(self, request: HttpRequest):
        self.request, self.params = request, request.GET
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
        user, now = self.request.user, self.request.now
        return Lead.objects.visible_to(user, now=now).filter(store=self.store)

    def tab_leads(self, view: View) -> QuerySet:
        return in_view(self.visible, view, user=self.request.user, store=self.request.store, today=self.today)

    @cached_property
    def filter(self) -> LeadFilter:
        """The filter over the tab, or over everything visible, of any status, while searching."""
        leads = self.search.among(self.visible) if self.search else self.tab_leads(self.view)
        return LeadFilter(
            self.params,
            leads,
            store=self.store,
            today=self.today,
            by_owner=self.leading,
            active=not self.search,
        )

    @property
    def order(self) -> Order:
        """Only active leads have a next date: a list of others begins with the newest."""
        if self.filter.chosen.get("status", [Status.ACTIVE]) != [Status.ACTIVE]:
            return Order.NEWEST
        return Order.BY_DATE_FEW if self.search and self.search.finds_few else Order.BY_DATE

    @cached_property
    def after(self) -> Cursor | None:
        return Cursor.read(self.params.get("after", ""))

    def number(self, name: str) -> int:
        """A count out of the address, within what a page may show."""
        digits = self.params.get(name, "")
        return min(int(digits), MOST_AT_ONCE) if digits.isdecimal() and len(digits) < 6 else 0

    def url(self, route: str = "leads:list", **changes) -> str:
        """This address with changes; None takes a parameter away. No whole phone number stands in a link."""
        params = QueryDict(mutable=True)
        for name, values in self.params.lists():
            if name not in NOT_KEPT and any(values):
                params.setlist(name, list(filter(None, values)))
        for name, value in {"q": self.search.linked, **changes}.items():
            params.pop(name, None)
            if value not in (None, ""):
                params[name] = value
        return reverse(route) + (f"?{params.urlencode()}" if params else "")


@require_safe
@login_required
def lead_list(request: HttpRequest) -> HttpResponse:
    """The leads one may see, 25 at a time, with tabs, filter and search; all of it in the address."""
    wanted = Wanted(request)
    if not all(request.GET.values()):
        return redirect(wanted.url())  # a form sends its empty fields too
    if wanted.search.phone:
        request.META["QUERY_STRING"] = ""  # the shell's forms lead back here, without the typed number
    page = page_of(wanted.filter.qs, wanted.after, size=max(wanted.number("shown"), PAGE), order=wanted.order)
    context = rows_context(wanted, page)
    if request.htmx and wanted.after:
        return render(request, "leads/_lead_rows.html", context)
    return render(request, "leads/lead_list.html", context | page_context(wanted))


def rows_context(wanted: Wanted, page: Page) -> dict:
    before = wanted.number("from") if wanted.after else 0
    shown = before + len(page.leads)
    return {
        "rows": rows_of(page.leads, wanted.store, today=wanted.today),
        "first": before + 1,
        "shown": shown,
        "more": page.more,
        "more_url": wanted.url(**{"after": page.after, "from": shown}) if page.more else "",
        "kept_url": wanted.url(shown=min(shown + page.more, MOST_AT_ONCE)),
        "start_url": wanted.url(),
        "with_owner": wanted.leading and wanted.view != View.MINE,
    }


def page_context(wanted: Wanted) -> dict:
    chips = [(words, wanted.url(**{name: None})) for name, words in wanted.filter.chips()]
    return {
        "listed_store": wanted.store,
        "tabs": [] if wanted.search else tabs(wanted),
        "counts_url": wanted.url("leads:tabs"),
        "search": wanted.search,
        "chips": chips,
        "open_filters": [
            (wanted.filter.filters[name].label, wanted.url("leads:filter", at=name))
            for name in ("grade", "due", "step", "model")
            if name not in wanted.filter.chosen
        ],
        "filter_url": wanted.url("leads:filter"),
        "plain_url": wanted.url(**dict.fromkeys(wanted.filter.filters), q=None),
        "view": wanted.view,
        "newest_first": wanted.order == Order.NEWEST,
    }


def tabs(wanted: Wanted, counts: dict[str, int] | None = None) -> list[Tab]:
    home, store = wanted.views[0], wanted.params.get("store")
    return [
        Tab(
            label=str(view.label),
            url=reverse("leads:list") + query(view=None if view == home else view, store=store),
            count=in_words(counts[view]) if counts else "",
            alarm=view in ALARMS and bool(counts and counts[view]),
            current=view == wanted.view,
        )
        for view in wanted.views
    ]


def in_words(count: int) -> str:
    return f"{CAP}+" if count > CAP else str(count)


@require_safe
@login_required
def lead_tabs(request: HttpRequest) -> HttpResponse:
    """The tabs with their numbers, asked for by the list when it stands: counting must not hold it up."""
    wanted = Wanted(request)
    lists = {view: wanted.tab_leads(view).filter(status=Status.ACTIVE) for view in wanted.views}
    counts = capped_counts(wanted.store, lists)
    return render(request, "leads/_lead_tabs.html", {"tabs": tabs(wanted, counts)})


def query(**params) -> str:
    """A query string of what is given, or nothing."""
    given = QueryDict(mutable=True)
    given.update({name: value for name, value in params.items() if value})
    return f"?{given.urlencode()}" if given else ""


@require_safe
@login_required
def lead_filter(request: HttpRequest) -> HttpResponse:
    """The filter sheet: every choice at once, sent back to the list by GET."""
    wanted = Wanted(request)
    fields = [
        {
            "name": name,
            "label": field.label,
            "several": name == "grade",
            "options": wanted.filter.options(name),
            "first": name == wanted.params.get("at"),
            "any": not wanted.filter.chosen.get(name),
        }
        for name, field in wanted.filter.filters.items()
    ]
    context = {
        "fields": [field for field in fields if field["options"]],
        "kept": {name: wanted.params.get(name) for name in ("view", "store")} | {"q": wanted.search.linked},
        "back": wanted.url(),
    }
    return render(request, "leads/_lead_filter.html" if request.htmx else "leads/lead_filter.html", context)
