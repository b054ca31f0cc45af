"""What the sheets say about the up list, and who may decide against it (SPEC RECP-05, RECP-07)."""

from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.devices import TABLET_COOKIE, tablet_of
from accounts.errors import Refused
from accounts.models import Store, User

from .models import Line
from .receivers import receivers
from .rota import leads_the_list
from .rota_board import read_board
from .rota_turns import OUT_OF_TURN, OutOfTurn, is_live, next_for
from .rota_words import kept_by, next_line

LONGEST_REASON = 200


@dataclass(frozen=True)
class Advice:
    """Who is next, and in words why; `owner_kept` = what keeps the owner of the customer, empty = nothing."""

    head_id: int | None
    head_name: str
    text: str
    owner_kept: str = ""


def advise(request: HttpRequest, line: str = Line.WALK_IN, *, answer=None) -> Advice | None:
    """The word of the list for a sheet, about the customer of the live answer; None where it has none.

    One statement where there is a list today, none elsewhere.
    """
    store = request.store
    board = read_board(store, store.business_date(request.now), now=request.now)
    if not is_live(store, board):
        return None
    head = next_for(store, board, line)
    return Advice(
        head_id=head.user_id if head else None,
        head_name=head.name if head else "",
        text=next_line(head, board, line),
        owner_kept=_owner_kept(board, answer.match) if answer and answer.match else "",
    )


def _owner_kept(board, match) -> str:
    code = board.code_of(match.owner_id) if match.owner_id else ""
    return kept_by(code, [match.owner_name]) if code else ""


# --- against the order -------------------------------------------------------------------------


def deciders(request: HttpRequest) -> list[User] | None:
    """Who may say so with a PIN on this tablet; None: no PIN is asked, the reader leads the list himself.

    An empty list: neither a leader nor a tablet of the store.
    """
    if leads_the_list(request.user, request.store):
        return None
    tablet = tablet_of(request.COOKIES.get(TABLET_COOKIE), now=request.now)
    if tablet is None or tablet.store_id != request.store.pk:
        return []
    leaders = User.objects.filter(pk__in=[one.pk for one in _leaders(request.store)])
    return list(leaders.exclude(pin_hash="").order_by("full_name", "pk"))


def _leaders(store: Store) -> list[User]:
    return [person for person in receivers(store) if leads_the_list(person, store)]


def out_of_turn(request: HttpRequest) -> OutOfTurn | None:
    """What the sheet says against the order, checked; outside any transaction, as wrong PINs are counted.

    Refused: no reason tapped, nobody who may decide, a PIN that does not match.
    """
    why = request.POST.get("turn_why", "")
    if why not in OUT_OF_TURN:
        return None
    reason = request.POST.get("turn_reason", "").strip()[:LONGEST_REASON]
    if leads_the_list(request.user, request.store):
        return OutOfTurn(why, request.user, reason)
    return OutOfTurn(why, _by_pin(request), reason)


def _by_pin(request: HttpRequest) -> User:
    tablet = tablet_of(request.COOKIES.get(TABLET_COOKIE), now=request.now)
    if tablet is None or tablet.store_id != request.store.pk:
        raise Refused(_("A manager decides this: let one log the visit, or use the store's tablet."))
    request.tablet = tablet
    asked = request.POST.get("turn_manager", "")
    known = next((one.username for one in _leaders(request.store) if str(one.pk) == asked), f"#{asked}")
    manager = authenticate(request, username=known, pin=request.POST.get("turn_pin", ""))
    if manager is None:
        raise Refused(_("The PIN does not match. Choose the manager and type it again."), field="turn_pin")
    manager.current_memberships = list(
        manager.memberships.filter(ends_on=None).select_related("store").order_by("id")
    )
    return manager
