"""The list of leads, its tabs and its filter sheet."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.templatetags.look import grade_name, horizon, plate

from .book import book
from .giving_many import may_give_many
from .list_pages import MOST_AT_ONCE, PAGE, Order, Page, page_of
from .list_rows import rows_of
from .lists import ALARMS, View, capped_counts, in_words, of_grade
from .models import Grade
from .models.leads import Status
from .saved_views import Saved, canonical, pinned
from .wanted import Wanted


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: str
    alarm: bool = False
    current: bool = False
    plate: SafeString | str = ""


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
        "ticks_rows": may_give_many(wanted.request.user, wanted.store),
    }


def page_context(wanted: Wanted) -> dict:
    return {
        "listed_store": wanted.store,
        "tabs": [] if wanted.search else tabs(wanted),
        "grades": grade_tabs(wanted) if wanted.of_active else [],
        "counts_url": wanted.url("leads:tabs"),
        "save_url": wanted.url("leads:save_view"),
        "give_url": wanted.url("leads:give_many"),
        "search": wanted.search,
        **filter_context(wanted, "leads:list"),
        "board_url": wanted.url("leads:board", order=None, status=None),
        "order": wanted.order.value,
        "order_url": wanted.url(order=None if wanted.order == Order.PRIORITY else "priority"),
        "sortable": wanted.of_active,
    }


def filter_context(wanted: Wanted, route: str) -> dict:
    """The chips of the filters in force, and the doors to the filter sheet."""
    place = {"back": "board"} if route == "leads:board" else {}
    return {
        "chips": [(words, wanted.url(route, **{name: None})) for name, words in wanted.filter.chips()],
        "open_filters": [
            (wanted.filter.filters[name].label, wanted.url("leads:filter", at=name, **place))
            for name in ("grade", "due", "step", "model")
            if name not in wanted.filter.chosen
        ],
        "filter_url": wanted.url("leads:filter", **place),
        "plain_url": wanted.url(route, **dict.fromkeys(wanted.filter.filters), q=None),
        "view": wanted.view,
    }


def tabs(wanted: Wanted, counts: dict | None = None, saved: list[Saved] = ()) -> list[Tab]:
    """The views that are there from the start, then the pinned ones."""
    home, store, query = wanted.views[0], wanted.params.get("store"), canonical(wanted.params)
    own = [
        Tab(
            label=str(view.label),
            url=reverse("leads:list") + asking(view=None if view == home else view, store=store),
            count=in_words(counts[view]) if counts else "",
            alarm=view in ALARMS and bool(counts and counts[view]),
            current=view == wanted.view and not any(kept.is_here(query) for kept in saved),
        )
        for view in wanted.views
    ]
    return own + [
        Tab(label=kept.name, url=kept.url, count=in_words(counts[kept.pk]), current=kept.is_here(query))
        for kept in saved
    ]


def grade_tabs(wanted: Wanted, counts: dict | None = None) -> list[Tab]:
    """The list by grade (SPEC CARD-04): those of the profile and none, and any other that somebody has."""
    used = {rule.code for rule in book(wanted.store).grade_rules()} | {Grade.NONE}
    chosen = wanted.filter.chosen.get("grade", [])
    return [
        Tab(
            label=horizon(grade) or grade_name(grade),
            url=wanted.url(grade=None if chosen == [grade] else grade),
            count=in_words(counts[grade]) if counts else "",
            current=grade in chosen,
            plate=plate(grade, "small"),
        )
        for grade in Grade.values
        if grade in used or (counts and counts[grade])
    ]


@require_safe
@login_required
def lead_tabs(request: HttpRequest) -> HttpResponse:
    """The tabs with their numbers, asked for by the list when it stands: counting must not hold it up."""
    wanted = Wanted(request)
    saved = pinned(wanted)
    lists = {view: wanted.tab_leads(view).filter(status=Status.ACTIVE) for view in wanted.views}
    lists |= {kept.pk: kept.leads for kept in saved}
    if wanted.of_active:
        filed = wanted.filter_without("grade").qs
        lists |= {grade: of_grade(filed, grade) for grade in Grade.values}
    counts = capped_counts(wanted.store, lists)
    context = {
        "tabs": tabs(wanted, counts, saved),
        "grades": grade_tabs(wanted, counts) if wanted.of_active else [],
        "save_url": wanted.url("leads:save_view"),
    }
    return render(request, "leads/_lead_tabs.html", context)


def asking(**params) -> str:
    """A query string of what is given, or nothing."""
    given = QueryDict(mutable=True)
    given.update({name: value for name, value in params.items() if value})
    return f"?{given.urlencode()}" if given else ""


@require_safe
@login_required
def lead_filter(request: HttpRequest) -> HttpResponse:
    """The filter sheet: every choice at once, sent back to the list or the board by GET."""
    wanted = Wanted(request)
    back = "leads:board" if wanted.params.get("back") == "board" else "leads:list"
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
        if back == "leads:list" or name != "status"
    ]
    order = {"order": wanted.params.get("order")} if back == "leads:list" else {}
    context = {
        "fields": [field for field in fields if field["options"]],
        "kept": {name: wanted.params.get(name) for name in ("view", "store")}
        | {"q": wanted.search.linked}
        | order,
        "action": reverse(back),
        "back": wanted.url(back, back=None),
    }
    return render(request, "leads/_lead_filter.html" if request.htmx else "leads/lead_filter.html", context)
