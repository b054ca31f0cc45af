"""What a customer looks like everywhere: the grade as a number plate, the nine steps as ticks.

Tags build strings and ask no database: a list of a hundred rows uses them three hundred times.
"""

import datetime as dt
import re
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from accounts.date_words import near_day, weekday_and_day
from accounts.wording import per_language

register = template.Library()

HORIZONS = {
    "O": pgettext_lazy("grade horizon", "ordered"),
    "H": pgettext_lazy("grade horizon", "7 days"),
    "A+": pgettext_lazy("grade horizon", "15 days"),
    "A": pgettext_lazy("grade horizon", "1 month"),
    "B+": pgettext_lazy("grade horizon", "1 to 3 months"),
    "B": pgettext_lazy("grade horizon", "3 months"),
    "C": pgettext_lazy("grade horizon", "over 3 months"),
}
STEPS = range(1, 10)
SLANT = 0.2867  # tan 16 degrees
# size: width and height of a tick, gap, corner (the stroke that rounds it)
TICKS = {"list": (2.2, 6, 1.4, 0.5), "inline": (5, 11, 2, 1)}


@register.filter
def horizon(grade: str) -> str:
    """When a customer of this grade buys: "7 days"; empty for no grade."""
    return str(HORIZONS.get(grade, ""))


@register.filter
def grade_name(grade: str) -> str:
    """Letter and horizon together: "H 7 days"; "No grade" when there is none."""
    if grade not in HORIZONS:
        return _("No grade")
    return _with_horizon(grade, HORIZONS[grade])


def _with_horizon(grade: str, horizon: str) -> str:
    return pgettext("grade and horizon", "%(grade)s %(horizon)s") % {"grade": grade, "horizon": horizon}


@register.simple_tag
def icon(name: str, label: str = "", size: int = 20) -> str:
    """An icon of the sprite; with a label it speaks for itself, else it stands beside a word."""
    return _icon(name, str(label), size)


@lru_cache(maxsize=1024)
def _icon(name: str, label: str, size: int) -> str:
    speaks = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    sprite = static("icons/sprite.svg")
    return format_html(
        '<svg class="icon icon-{}" {}><use href="{}#i-{}"></use></svg>', size, speaks, sprite, name
    )


@register.simple_tag
@per_language
def plate(grade: str, size: str = "", horizon: str = "") -> str:
    """The grade as a number plate: size "", "small" or "large"; its name is read aloud."""
    graded = grade in HORIZONS
    name = _with_horizon(grade, horizon) if graded and horizon else grade_name(grade)
    return format_html(
        '<span class="plate plate-{}{}" role="img" aria-label="{}">{}</span>',
        grade[0].lower() if graded else "none",
        f" plate-{size}" if size else "",
        name,
        grade if graded else pgettext("no grade, on the plate", "–"),
    )


def steps_read_aloud(step: int, skipped: str) -> str:
    """ "Step 6 of 9, step 4 skipped"; skipped is a string of digits."""
    spoken = _("step %(step)s of 9") % {"step": step}
    if not skipped:
        return spoken
    names = pgettext("between step numbers", ", ").join(skipped)
    left_out = ngettext("step %(steps)s skipped", "steps %(steps)s skipped", len(skipped))
    return pgettext("between two parts", ", ").join([spoken, left_out % {"steps": names}])


@register.simple_tag
@per_language
def ticks(step: int | None, skipped: str = "", size: str = "list") -> str:
    """Nine slanted ticks (SPEC A50): size "list", "inline" or "card"."""
    step, skipped = int(step or 0), str(skipped or "")
    drawn = _wide_ticks(step, skipped) if size == "card" else _drawn_ticks(step, skipped, size)
    spoken = format_html('role="img" aria-label="{}"', steps_read_aloud(step, skipped))
    return mark_safe(drawn.replace("SPOKEN", spoken, 1))


def state_of(number: int, step: int, skipped: str) -> str:
    """done, current, skipped or ahead."""
    if number == step:
        return "current"
    if number > step:
        return "ahead"
    return "skipped" if str(number) in skipped else "done"


@lru_cache(maxsize=512)
def _wide_ticks(step: int, skipped: str) -> str:
    classes = {"done": "done", "current": "now", "skipped": "skip", "ahead": ""}
    states = (classes[state_of(number, step, skipped)] for number in STEPS)
    parts = "".join(f'<i class="{state}"></i>' if state else "<i></i>" for state in states)
    return f'<div class="ticks-card" SPOKEN>{parts}</div>'


@lru_cache(maxsize=1024)
def _drawn_ticks(step: int, skipped: str, size: str) -> str:
    width, height, gap, corner = TICKS[size]
    lean = SLANT * height * 0.75  # the current tick stands half as high again
    shapes = {"done": "", "skipped": "", "ahead": ""}
    for number in STEPS:
        state = state_of(number, step, skipped)
        tall = height * 1.5 if state == "current" else height
        left = lean + (number - 1) * (width + gap)
        kind = "done" if state == "current" else state
        shapes[kind] += _tick(left, width, tall, height * 0.75, corner)
    box = f"{2 * lean + 9 * width + 8 * gap:.0f} {height * 1.5:g}"
    wide, high = box.split()
    paths = "".join(
        f'<path class="{css}" d="{shapes[state]}"/>'
        for state, css in (("done", "t-done"), ("skipped", "t-skip"), ("ahead", "t-next"))
        if shapes[state]
    )
    return (
        f'<svg class="ticks ticks-{size}" SPOKEN width="{wide}" height="{high}" viewBox="0 0 {box}">'
        f"{paths}</svg>"
    )


def _tick(left: float, width: float, height: float, middle: float, corner: float) -> str:
    """One parallelogram as a path, drawn half a corner inside, so that its stroke rounds it."""
    width, height = width - corner, height - corner
    lean = SLANT * height
    start = left + corner / 2 + lean / 2
    return f"M{start:.2f} {middle - height / 2:.2f}h{width:g}l{-lean:.2f} {height:g}h{-width:g}z"


@register.inclusion_tag("kit/_stepper.html", takes_context=True)
def stepper(context, steps: list[dict]) -> dict:
    """The nine steps across a card: dicts of number, name, date, state, note and warn."""
    return {"steps": steps, "store": context["store"], "today": context["today"]}


@register.simple_tag(takes_context=True)
def when(context, value: dt.date | dt.datetime | None, weekday: bool = False, inside: bool = False) -> str:
    """A day or a moment of the page's store as <time>: "Today 19:20", "9 Mar"; exact on hover.

    With `weekday` a day is "Fri 13 Mar"; `inside` a sentence it is "yesterday". A moment is aware; the
    page brings `store` and `today`.
    """
    if value is None:
        return ""
    exact, clock = value, ""
    if isinstance(value, dt.datetime):
        exact = value.astimezone(context["store"].zone)
        value, clock = exact.date(), f" {exact:%H:%M}"
    words = (weekday_and_day if weekday else near_day)(value, today=context["today"])
    said = escape(words[0].lower() + words[1:] if inside else words)
    machine = exact.isoformat(timespec="minutes") if clock else exact.isoformat()
    title = f"{value.isoformat()}{clock}"
    return mark_safe(f'<time datetime="{machine}" title="{title}">{said}{clock}</time>')


@register.simple_tag(takes_context=True)
def clock(context, value: dt.datetime | None) -> str:
    """A moment of today as the store's clock shows it: <time>14:06</time>."""
    if value is None:
        return ""
    local = value.astimezone(context["store"].zone)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), f"{local:%H:%M}")


@register.filter
def initial(name: str) -> str:
    """The sign on the avatar: the first letter of a name."""
    return str(name)[:1].upper()


@register.filter
def undo_url(message) -> str:
    """Where a message's "Undo" posts to: the extra tag after the word "undo", else empty."""
    word, _space, address = str(message.extra_tags or "").partition(" ")
    return address if word == "undo" and re.match(r"/(?!/)", address) else ""
