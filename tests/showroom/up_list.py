"""An up list for tests: who signed in when, and who confirmed the order."""

import datetime as dt

from django.db import transaction

from showroom.models import Line, Pull
from showroom.rota import confirm, sign_in
from showroom.rota_turns import take_turn
from tests.conftest import at


def book(store, day, *signed):
    """Sign people in: `book(store, "2026-03-02", (wang, "08:31"), (li, "08:35"))`."""
    for person, clock in signed:
        sign_in(store, person, by=person, at=at(f"{day} {clock}"))


def open_list(store, chen, day, *people):
    """Everybody signed in from 08:31 on, and the order confirmed at 08:45."""
    start = at(f"{day} 08:31")
    for number, person in enumerate(people):
        sign_in(store, person, by=person, at=start + dt.timedelta(minutes=number))
    return confirm(store, [person.pk for person in people], by=chen, at=at(f"{day} 08:45"))


@transaction.atomic  # of the visit or call that it would be kept with
def pull(store, when, *, by, receiver=None, line=Line.WALK_IN, **more) -> Pull:
    """One decision, kept without a visit."""
    return take_turn(store, line, receiver=receiver, by=by, at=at(when), **more).keep()
