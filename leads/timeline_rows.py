"""The entries of a card's timeline as the template of their rows reads them."""

import datetime as dt

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html_join

from accounts.models import Store
from accounts.templatetags.look import icon, when

from .timeline import TimelineItem


def rows_of(items: list[TimelineItem], request: HttpRequest, *, store: Store, today: dt.date) -> list[dict]:
    """One row for each, in the reader's language; days as the store counts them from `today`."""
    page = {"store": store, "today": today}
    return [
        {
            "disc": " disc-dashed" if item.future else " disc-soft" if item.soft else "",
            "icon": icon(item.icon),
            "title": item.title,
            "tags": format_html_join("", '<span class="tag{}">{}</span>', _tags(item)),
            "when": when(page, item.at, weekday=item.future),
            "text": item.text,
            "undone": item.undone,
            "undo": _undo(item, request),
        }
        for item in items
    ]


def _tags(item: TimelineItem) -> list[tuple[str, str]]:
    return [(f" tag-{colour}" if colour else "", words) for colour, words in item.tags]


def _undo(item: TimelineItem, request: HttpRequest) -> str:
    if item.undone or not item.undo_url:
        return ""
    return render_to_string("leads/_timeline_undo.html", {"url": item.undo_url}, request)
