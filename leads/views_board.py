"""The board: the list's filter as columns by step."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from .board import Cards, Column, board, more_of
from .lists import View
from .steps import Step
from .views_list import filter_context
from .wanted import Wanted


@dataclass(frozen=True)
class Shown:
    """A column with its addresses: the list of the same leads, the next cards, its neighbours."""

    column: Column
    url: str
    more_url: str
    before: Column | None
    behind: Column | None


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
    context = {
        "columns": [_shown(wanted, columns, place) for place in range(len(columns))],
        "board_url": back,
        **_cards_context(wanted),
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


def _shown(wanted: Wanted, columns: list[Column], place: int) -> Shown:
    column = columns[place]
    return Shown(
        column=column,
        url=wanted.url(step=column.code, order="priority"),
        more_url=_more_url(wanted, column.code, column.page),
        before=columns[place - 1] if place else None,
        behind=columns[place + 1] if place + 1 < len(columns) else None,
    )


def _more_url(wanted: Wanted, code: str, page: Cards) -> str:
    return wanted.url("leads:board", column=code, after=page.after) if page.after else ""


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
    context = {
        "page": page,
        "code": step.code,
        "more_url": _more_url(wanted, step.code, page),
        "list_url": wanted.url(step=step.code, order="priority"),
        **_cards_context(wanted),
    }
    return render(request, "leads/_board_cards.html", context)


def _cards_context(wanted: Wanted) -> dict:
    return {"with_owner": wanted.leading and wanted.view != View.MINE}


def _page_context(wanted: Wanted) -> dict:
    views = [
        (
            str(view.label),
            wanted.url("leads:board", view=None if view == wanted.views[0] else view),
            view == wanted.view,
        )
        for view in wanted.views
    ]
    return {
        "listed_store": wanted.store,
        "views": views,
        "list_url": wanted.url(),
        "home_url": reverse("leads:board"),
        **filter_context(wanted, "leads:board"),
    }
