"""The board: the list's filter as columns by step."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.templatetags.lines import line, lines

from .board import Cards, Column, board, more_of
from .lists import View
from .steps import Step
from .views_list import filter_context
from .wanted import Wanted

TICK = "leads/_board_tick.html"


@require_safe
@login_required
def lead_board(request: HttpRequest) -> HttpResponse:
    """Nine columns of what one may see, with the filter of the list; one column per screen on a phone."""
    wanted = Wanted(request, _params(request))
    if not all(request.GET.values()):
        return redirect(wanted.url("leads:board"))
    if "column" in wanted.params:
        return _more(request, wanted)
    back = wanted.url("leads:board")
    columns = board(
        wanted.filter.qs, wanted.store, user=request.user, today=wanted.today, back=back, few=wanted.of_one
    )
    ticks = _ticks(columns)
    context = {
        "columns": [
            _shown(wanted, columns, place) | {"ticks": ticks[place]} for place in range(len(columns))
        ],
        "board_url": back,
    }
    in_place = request.htmx and request.htmx.target == "board"
    if not in_place:
        context |= _page_context(wanted)
    return render(request, "leads/_board.html" if in_place else "leads/board.html", context)


def _params(request: HttpRequest) -> QueryDict:
    """The filter of the address; a board holds active leads, in an order of its own."""
    params = request.GET.copy()
    for name in ("status", "order", "q"):
        params.pop(name, None)
    return params


def _shown(wanted: Wanted, columns: list[Column], place: int) -> dict:
    """A column with its addresses: the list of the same leads, the next cards, its neighbours."""
    column = columns[place]
    shown = {
        "code": column.step.code,
        "step": column.step.value,
        "name": column.name,
        "count": column.count,
        "allowed": _days_at_most(column.allowed) if column.allowed else "",
        "folded": column.folded,
        **_page(wanted, column.step.code, column.page),
    }
    for which, neighbour in (("before", place - 1), ("behind", place + 1)):
        if 0 <= neighbour < len(columns):
            shown |= {f"{which}_code": columns[neighbour].step.code, f"{which}_name": columns[neighbour].name}
    return shown


def _ticks(columns: list[Column]) -> list[SafeString]:
    """The head of each column: how many stand in each, its own one marked."""
    plain, marked = (
        [line(TICK, {"code": of.step.code, "count": of.count, "now": now}) for of in columns]
        for now in (False, True)
    )
    return [
        mark_safe("".join([*plain[:place], marked[place], *plain[place + 1 :]]))
        for place in range(len(columns))
    ]


def _days_at_most(days: int) -> str:
    return ngettext("%(days)s day at most", "%(days)s days at most", days) % {"days": days}


def _page(wanted: Wanted, code: str, page: Cards) -> dict:
    """The cards of a column, where the next ones are, and the list that tells them all."""
    with_owner = wanted.leading and wanted.view != View.MINE
    return {
        "cards": lines("leads/_board_card.html", page.cards, with_owner=with_owner),
        "more_url": wanted.url("leads:board", column=code, after=page.after) if page.after else "",
        "url": wanted.url(step=code, order="priority"),
    }


def _more(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    """The next cards of one column; without scripts the list of that step tells them all."""
    code = wanted.params["column"].upper()
    if code not in Step.__members__ or wanted.after is None:
        raise Http404
    step = Step[code]
    back = wanted.url("leads:board")
    page = more_of(
        wanted.filter.qs, step, wanted.after, wanted.store, user=request.user, today=wanted.today, back=back
    )
    return render(request, "leads/_board_more.html", {"page": _page(wanted, step.code, page)})


def _page_context(wanted: Wanted) -> dict:
    filters = filter_context(wanted, "leads:board")
    views = [
        {
            "label": view.label,
            "url": wanted.url("leads:board", view=None if view == wanted.views[0] else view),
            "current": view == wanted.view,
        }
        for view in wanted.views
    ]
    head = {
        "store": wanted.store.name,
        "board_url": wanted.url("leads:board"),
        "list_url": wanted.url(),
        "filter_url": filters["filter_url"],
    }
    return {"views": views, "head": head, **filters}
