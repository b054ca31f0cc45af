"""What the page shell needs, without a statement of its own."""

from .idle_lock import lock_seconds
from .pages import pages_for
from .roles import LOGGING, SELLING


def shell(request) -> dict:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or request.store is None:
        return {"theme": request.COOKIES.get("theme", "system")}
    roles = user.roles_in(request.store)
    stores = {membership.store_id: membership.store for membership in user.current_memberships}
    return {
        "user": user,
        "store": request.store,
        "stores": list(stores.values()) if len(stores) > 1 else [],  # to switch between
        "theme": user.theme,
        "now": request.now,
        "lock_seconds": lock_seconds(request),
        "today": request.store.business_date(request.now),
        "pages": pages_for(roles, request.path),
        "nav": {
            "leads": bool(roles & set(SELLING)) or "general_manager" in roles,
            "walk_in": bool(roles & set(LOGGING)),
        },
    }
