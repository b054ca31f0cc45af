"""The up list on My day: signing in, "you are next", and back again (SPEC RECP-08); one statement."""

from django.http import HttpRequest

from accounts.roles import RECEIVING, Role
from accounts.rules import setting

from .models import Line
from .rota_board import Board, Standing, read_board
from .rota_page import heads_of
from .rota_turns import is_live
from .rota_words import state_of


def home(request: HttpRequest) -> dict | None:
    """HOME_PANELS: where the reader stands on today's list, once somebody signed in; a manager only when he
    stands on it.
    """
    store, user = request.store, request.user
    roles = user.roles_in(store) & set(RECEIVING) if store else set()
    if not roles or setting(store, "rota_rule") == "off":
        return None
    board = read_board(store, store.business_date(request.now), now=request.now)
    mine = board.by_id.get(user.pk)
    if not board.people or (mine is None and roles == {Role.MANAGER}):
        return None
    heads = heads_of(store, board) if is_live(store, board) else {}
    context = {
        "mine": None if mine and mine.left_at else mine,
        "gone": bool(mine and mine.left_at),
        "state": state_of(mine, store, request.now) if mine else "",
        "next_lines": [line for line, head in heads.items() if head and head.user_id == user.pk],
        "ahead": _ahead(board, mine) if heads else None,
    }
    return {"template": "showroom/_home_rota.html", "context": context}


def _ahead(board: Board, mine: Standing | None) -> int | None:
    """How many who are free stand before the reader, for walk-ins."""
    if mine is None or not mine.is_free:
        return None
    return sum(not code for _pk, code in board.before(mine.user_id, Line.WALK_IN))
