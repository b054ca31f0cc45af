"""Placeholders of a message, read by the syntax of format strings and filled without ever evaluating one."""

from collections.abc import Mapping
from string import Formatter

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.errors import Refused

FULL_WIDTH = str.maketrans("｛｝", "{}")


def parsed(text: str) -> list[tuple[str, str | None]]:
    """A text as pairs of literal and the name that follows it; Refused for a brace that stands alone.

    A name with anything behind it ("customer.name", "customer!r", "customer:9") is kept whole, so
    that it is the name of no placeholder.
    """
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise Refused(
            _("A brace stands alone. Write a placeholder whole, such as {customer}."), field="text"
        ) from None
    return [(literal, _whole(name, spec, conversion)) for literal, name, spec, conversion in parts]


def _whole(name: str | None, spec: str | None, conversion: str | None) -> str | None:
    if name is None:
        return None
    return name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")


def names_in(text: str) -> list[str]:
    """The placeholders of a text, in order; Refused as in `parsed`."""
    return [name for _literal, name in parsed(text) if name is not None]


def check_names(text: str, allowed: tuple[str, ...], *, field: str = "text") -> None:
    """Refused: a placeholder that this kind of message does not know; the refusal names it."""
    for name in names_in(text):
        if name not in allowed:
            known = pgettext("between names", ", ").join(f"{{{one}}}" for one in allowed)
            raise Refused(
                _("{%(name)s} is not known here. Possible are %(known)s.") % {"name": name, "known": known},
                field=field,
            )


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled; a value is put in as it stands, braces and all."""
    return "".join(
        literal + ("" if name is None else str(values[name])) for literal, name in parsed(text)
    ).strip()
