"""Where each role begins the day (UX law 12: each role lands on its own home)."""

from .models import Store, User
from .roles import SELLING, Role

HOMES = (
    (Role.RECEPTIONIST, "showroom:walk_in"),
    (Role.GENERAL_MANAGER, "leads:list"),
    (Role.ADMIN, "followups:night"),
    (Role.FINANCE, "leads:rewards"),
    (Role.DATA_CLERK, "leads:maker_list"),
)
NO_HOME = "accounts:no_home"


def home_url(user: User, store: Store) -> str | None:
    """The name of the page on which a person's day begins; None is My day itself."""
    roles = user.roles_in(store)
    if roles & set(SELLING):
        return None
    return next((name for role, name in HOMES if role in roles), NO_HOME)
