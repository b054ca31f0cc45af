"""The list of leads, its tabs and its filter sheet."""

from dataclasses import replace
from typing import TypedDict

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.templatetags.look import grade_name, horizon, plate

from .book import book
from .filters import Option
from .giving_many import may_give_many
from .list_pages import MOST_AT_ONCE, PAGE, Order, Page, page_of, table_of
from .list_rows import rows_of
from .lists import ALARMS, View, capped_counts, counted, in_words
from .models import Customer, Grade
from .saved_views import Saved, canonical, pinned
from .wanted import Wanted

OPENED = ("grade", "due", "step", "model")  # the filters with a chip of their own


class Tab(TypedDict, total=False):
    label: str
    url: str
    count: str
    alarm: bool
    current: bool
    plate: SafeString


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
    filters = filter_context(wanted, "leads:list")
    return {
        "tabs": [] if wanted.search else tabs(wanted),
        "grades": grade_tabs(wanted) if wanted.of_active else [],
        "counts_url": wanted.url("leads:tabs"),
        "save_url": wanted.url("leads:save_view"),
        "give_url": wanted.url("leads:give_many"),
        "search": wanted.search,
        **filters,
        "head": {
            "store": wanted.store.name,
            "typed": wanted.search.shown,
            "board_url": wanted.url("leads:board", order=None, status=None),
            "start_url": wanted.url(),
            "filter_url": filters["filter_url"],
            "chosen": len(filters["chips"]),
        },
        "order": wanted.order.value,
        "order_url": wanted.url(order=None if wanted.order == Order.PRIORITY else "priority"),
        "sortable": wanted.of_active,
    }


def filter_context(wanted: Wanted, route: str) -> dict:
    """The chips of the filters in force, and the doors to the filter sheet."""
    place = {"back": "board"} if route == "leads:board" else {}
    filters, chosen = wanted.filter.filters, wanted.filter.chosen
    doors = [(filters[name].label, name) for name in OPENED if name not in chosen] + [(_("More"), None)]
    return {
        "chips": [
            {"words": words, "url": wanted.url(route, **{name: None})}
            for name, words in wanted.filter.chips()
        ],
        "open_filters": [
            {"words": words, "url": wanted.url("leads:filter", at=at, **place)} for words, at in doors
        ],
        "filter_url": wanted.url("leads:filter", **place),
        "plain_url": wanted.url(route, **dict.fromkeys(filters), q=None),
        "view": wanted.view,
    }


def tabs(wanted: Wanted, counts: dict | None = None, saved: list[Saved] = ()) -> list[Tab]:
    """The views that are there from the start, then the pinned ones."""
    query = canonical(wanted.params) if saved else ""
    other = any(kept.is_here(query) for kept in saved)
    own = [
        Tab(
            label=str(view.label),
            url=wanted.tab_url(view),
            count=in_words(counts[view]) if counts else "",
            alarm=view in ALARMS and bool(counts and counts[view]),
            current=view == wanted.view and not other,
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
    lists = {view: wanted.tab_count(view) for view in wanted.views}
    lists |= {kept.pk: counted(kept.leads) for kept in saved}
    graded = table_of(wanted.filter_without("grade").qs, few=wanted.of_one) if wanted.of_active else None
    counts, of_grades = capped_counts(lists, graded)
    context = {
        "tabs": tabs(wanted, counts, saved),
        "grades": grade_tabs(wanted, of_grades) if wanted.of_active else [],
        "save_url": wanted.url("leads:save_view"),
    }
    return render(request, "leads/_lead_tabs.html", context)


def with_phase_counts(wanted: Wanted) -> list[Option]:
    """The phases, each with how many active leads of organisations stand in it (SPEC TYPE-08)."""
    leads = wanted.filter_without("phase").qs
    rows = leads.filter(customer__kind=Customer.Kind.ORGANISATION, organisation__isnull=False).order_by()
    counts = dict(rows.values_list("organisation__phase").annotate(n=Count("pk")))
    return [
        replace(option, text=f"{option.text} · {counts.get(option.value, 0)}")
        for option in wanted.filter.options("phase")
    ]


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
            "options": with_phase_counts(wanted) if name == "phase" else wanted.filter.options(name),
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
