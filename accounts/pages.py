"""The pages of the product that stand in its navigation, as one list of data: for whom, under which word."""

from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .roles import LOGGING, RUNNING, SELLING, Role


@dataclass(frozen=True)
class Page:
    """One entry of the rail; on a phone the `docked` ones stand under the thumb, the others in the menu."""

    view: str
    label: object
    icon: str
    roles: tuple[str, ...]
    docked: bool = False
    apart: bool = False  # in the account menu on every screen
    holds: tuple[str, ...] = ()  # pages behind its tabs

    @property
    def url(self) -> str:
        return _url(self.view)


@lru_cache(maxsize=64)
def _url(view: str) -> str:
    return reverse(view)


PAGES = [
    Page("home", _("My day"), "sun", SELLING, docked=True),
    Page("leads:list", _("Customers"), "users", (*SELLING, Role.GENERAL_MANAGER), docked=True),
    Page("leads:board", _("Board"), "layout-kanban", (*SELLING, Role.GENERAL_MANAGER)),
    Page(
        "showroom:now",
        pgettext_lazy("page", "Showroom"),
        "building-store",
        (*LOGGING, Role.GENERAL_MANAGER),
        holds=("showroom:rota", "showroom:register", "showroom:drives"),
    ),
    Page(
        "followups:agenda",
        _("Appointments"),
        "calendar",
        (*SELLING, Role.GENERAL_MANAGER, Role.RECEPTIONIST),
    ),
    Page("reports:daily", _("Daily report"), "clipboard-text", SELLING),
    Page("reports:funnel", _("Funnel"), "filter", (*SELLING, Role.GENERAL_MANAGER)),
    Page("leads:pool", _("Pool"), "ripple", (Role.CONSULTANT, Role.BDC_AGENT)),
    Page("leads:losses", _("Lost desk"), "user-x", (Role.SUPERVISOR, Role.MANAGER, Role.GENERAL_MANAGER)),
    Page("imports:list", _("Import"), "upload", RUNNING, apart=True),
    Page(
        "leads:rewards",
        _("Rewards"),
        "cash",
        (Role.FINANCE, Role.MANAGER, Role.GENERAL_MANAGER),
        apart=True,
    ),
    Page(
        "showroom:playbook",
        _("Playbook"),
        "bulb",
        (*LOGGING, Role.GENERAL_MANAGER, Role.BDC_AGENT, Role.ADMIN),
        apart=True,
    ),
    Page("leads:people", _("People"), "id", RUNNING, apart=True),
    Page("accounts:settings", _("Settings"), "settings", RUNNING, apart=True),
    Page("followups:paste", _("Paste enquiries"), "clipboard-text", SELLING, apart=True),
    Page("leads:merges", _("Merged cards"), "copy", (Role.SUPERVISOR, Role.MANAGER), apart=True),
    Page("followups:suspicions", _("Entries that need a word"), "info-circle", (Role.MANAGER,), apart=True),
    Page("followups:outbox", pgettext_lazy("page", "Messages"), "message", RUNNING, apart=True),
    Page("followups:night", _("Night"), "moon", RUNNING, apart=True),
]


def pages_for(roles: set[str], path: str) -> list[dict]:
    """The entries for somebody with these roles; `current` marks the one that holds this path."""
    mine = [page for page in PAGES if roles & set(page.roles)]
    urls = [(_url(view), page) for page in mine for view in (page.view, *page.holds)]
    found = max(
        ((len(url), page) for url, page in urls if _holds(url, path)), key=lambda one: one[0], default=None
    )
    return [{"page": page, "current": found is not None and page is found[1]} for page in mine]


def _holds(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)
