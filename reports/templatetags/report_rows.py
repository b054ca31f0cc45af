"""The small things that stand on a page of reports a hundred times, as strings: no include, no statement."""

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.templatetags.look import clock, icon, plate, when

register = template.Library()
NOTHING = mark_safe('<span class="zero">0</span>')


@register.simple_tag
def number(count: int, url: str) -> str:
    """A number that opens its list; nothing opens none."""
    return format_html('<a class="num" href="{}">{}</a>', url, count) if count else NOTHING


@register.simple_tag
def worker_cells(cells: list[tuple[int, str]]) -> SafeString:
    """The cells of a line of the people's table: hundreds on a page, so by hand."""
    return mark_safe(
        "".join(
            f'<td class="right"><a class="num" href="{escape(url)}">{count:d}</a></td>'
            if count
            else f'<td class="right">{NOTHING}</td>'
            for count, url in cells
        )
    )


@register.simple_tag(takes_context=True)
def work_line(context, line, clock_only: bool = False) -> str:
    """A row of what was done: when, for whom, what."""
    moment = clock(context, line.at) if clock_only else when(context, line.at)
    return _row(line.url, moment, line.name, line.what)


@register.simple_tag(takes_context=True)
def plan_line(context, row: dict) -> str:
    """A row of the plan; where it tells what became of it, with that."""
    item = row["item"]
    moment = clock(context, item.at) if item.timed else "–"
    second = format_html("{} {}", item.label, _became(row)) if "done" in row else item.label
    return _row(row["url"], moment, format_html("{} {}", plate(item.grade, "small"), row["name"]), second)


def _became(row: dict) -> SafeString:
    if row["done"]:
        return format_html('<span class="tag tag-ok">{}{}</span>', icon("check"), row["what"])
    return format_html('<span class="tag{}">{}</span>', "" if row["what"] else " tag-warn", _tried(row))


def _tried(row: dict) -> str:
    return row["what"] or _("Not done")


def _row(url: str, moment, name, second) -> SafeString:
    inside = format_html(
        '<span class="num quiet">{}</span><b class="work-name">{}</b><span class="second">{}</span>',
        moment, name, second,
    )  # fmt: skip
    if url:
        return format_html('<li class="row work-row"><a class="work-line" href="{}">{}</a></li>', url, inside)
    return format_html('<li class="row work-row"><div class="work-line">{}</div></li>', inside)
