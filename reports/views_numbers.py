"""The funnel, and the lists behind every number of the manager's pages."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from . import records
from .access import Level
from .asked import ALL_STORES, OWN_PERIOD, PERIODS, Asked, day
from .facts import FACTS, rows_of
from .funnel import FIGURES, leads_behind
from .funnel_page import FunnelPage

TITLES = {
    "entered": gettext_lazy("Entered: %(step)s"),
    "skipped": gettext_lazy("Skipped: %(step)s"),
    "stock": gettext_lazy("Stand at: %(step)s"),
}


@require_safe
@login_required
def funnel(request: HttpRequest) -> HttpResponse:
    """The nine steps in numbers, drawn and as a table, by period, person, channel and model (FLOW-11)."""
    asked = Asked(request)
    page = FunnelPage(asked)
    context = {
        "page": page,
        "asked": asked,
        "filters": _filters(asked),
        "periods": _periods(asked),
        "stores": _stores(asked),
        "today": asked.reader.store.business_date(request.now),
    }
    return render(request, "reports/funnel.html", context)


def _periods(asked: Asked) -> list[dict]:
    chosen = [(code, label) for code, label in PERIODS.items() if code != OWN_PERIOD]
    return [
        {
            "label": label,
            "url": asked.query(period=code, **{"from": None, "to": None}),
            "current": code == asked.period,
        }
        for code, label in chosen
    ]


def _stores(asked: Asked) -> list[dict]:
    """The group and its stores, for a general manager of several."""
    if len(asked.all_stores) < 2:
        return []
    one = len(asked.stores) == 1
    links = [(_("Whole group"), ALL_STORES, not one)]
    links += [(store.name, store.code, one and store in asked.stores) for store in asked.all_stores]
    return [
        {"label": label, "url": asked.query(store=code, person=None), "current": current}
        for label, code, current in links
    ]


def _filters(asked: Asked) -> list[dict]:
    fields = [
        ("person", _("Consultant"), asked.people, asked.person),
        ("channel", _("Channel"), asked.channels, asked.channel),
        ("model", _("Model"), asked.models, asked.model),
    ]
    if asked.reader.level is Level.OWN:
        fields = fields[1:]
    return [
        {
            "name": name,
            "label": label,
            "options": [(value, text, value == chosen) for value, text in options.items()],
        }
        for name, label, options, chosen in fields
    ]


@require_safe
@login_required
def funnel_leads(request: HttpRequest) -> HttpResponse:
    """The leads behind a number of the funnel."""
    asked = Asked(request)
    figure = request.GET.get("of")
    row = next((row for row in asked.rows if row.code == request.GET.get("step")), None)
    if figure not in FIGURES or row is None:
        raise Http404
    leads = leads_behind(figure, row, asked.wanted)
    size = records.shown(request.GET.get("shown", ""))
    rows = records.leads_page(leads, asked.stores[0], request.user, size=size, now=request.now)
    context = {
        "title": TITLES[figure] % {"step": FunnelPage(asked).name_of(row)},
        "rows": rows,
        "figure": figure,
        **_paging(asked, _total(leads, rows, size), size, of=figure, step=row.code),
    }
    return render(request, "reports/leads.html", context)


@require_safe
@login_required
def work(request: HttpRequest) -> HttpResponse:
    """What people did, line by line, behind a number of the people's table."""
    asked = Asked(request)
    fact = FACTS.get(request.GET.get("of", ""))
    if fact is None:
        raise Http404
    size = records.shown(request.GET.get("shown", ""))
    on = day(request.GET.get("on", ""))
    scope = asked.work_on(on) if on else asked.work
    rows = records.rows_page(fact, scope, size=size)
    seen = records.visible_ids(records.lead_ids(rows), request.user, now=request.now)
    teller = records.Teller(asked.stores[0])
    context = {
        "title": fact.label,
        "lines": [teller.line(row, seen) for row in rows],
        "on": on,
        "store": asked.reader.store,
        "back_url": _back(asked, on),
        **_paging(asked, _total(rows_of(fact, scope), rows, size), size, of=fact.key, on=on),
    }
    return render(request, "reports/work.html", context)


def _back(asked: Asked, on: dt.date | None) -> str:
    """The page on which the number stood."""
    if on is None:
        return reverse("reports:funnel") + asked.query()
    return f"{reverse('reports:daily')}?on={on}" + (f"&person={asked.person}" if asked.person else "")


def _total(everything: QuerySet, rows: list, size: int) -> int:
    """How many there are; nobody asks the database when all of them are on the page."""
    return len(rows) if len(rows) < size else everything.count()


def _paging(asked: Asked, total: int, size: int, **changes) -> dict:
    more = min(max(total - size, 0), records.PAGE)
    return {
        "asked": asked,
        "total": total,
        "more": more if size < records.MOST else 0,
        "more_url": asked.query(shown=size + records.PAGE, **changes),
        "person_name": asked.people[asked.person] if asked.person else "",
        "today": asked.reader.store.business_date(asked.request.now),
    }
