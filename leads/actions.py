"""What else can be done with a lead: the card's menu, to which every floor adds its lines (CARD_ACTIONS)."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.templatetags.look import icon

from .models import Lead


@dataclass(frozen=True)
class Action:
    """A line of the menu: it opens a sheet over the card, or a page of its own."""

    label: str
    url: str
    icon: str
    sheet: bool = True

    @property
    def row(self) -> dict:
        """As the menu's template reads it."""
        return {"url": self.url, "label": self.label, "icon": icon(self.icon), "sheet": self.sheet}


def address_of(route: str, number: str) -> str:
    """The address of a page or sheet of one lead; a card has dozens, so each route is looked up once."""
    return _pattern(route) % number


@lru_cache(maxsize=64)
def _pattern(route: str) -> str:
    return reverse(route, args=["0"]).replace("/0/", "/%s/")


@lru_cache(maxsize=1)
def _sources(names: tuple[str, ...]) -> list:
    return [import_string(name) for name in names]


def card_actions(request: HttpRequest, lead: Lead) -> list[Action]:
    """The lines this person may use, in the order of CARD_ACTIONS.

    For who works on the lead none of them asks the database.
    """
    lines: list[Action] = []
    for source in _sources(tuple(settings.CARD_ACTIONS)):
        lines += source(request, lead)
    return lines
