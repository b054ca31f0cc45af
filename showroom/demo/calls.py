"""Enquiry calls and groups that were only counted, on a day of the demo store."""

import datetime as dt
import random
from collections.abc import Callable

from followups.outcomes import Outcome
from showroom.calls import Enquiry, log_call
from showroom.visits import tally

from . import cast

CALLS_A_DAY = (2, 4)
OUTCOMES = [Outcome.LOOKING, Outcome.COMPARING, Outcome.PRICE, Outcome.COMING]


def rings(day) -> list[tuple[dt.datetime, Callable]]:
    """DEMO_ACTS: a few calls, and on most days a group that nobody could take down."""
    chance = random.Random(f"calls:{day.store.code}:{day.on}")
    calls = [
        (day.at(chance.randint(9, 17), chance.randint(0, 59)), lambda moment: _call(day, chance, moment))
        for _ in range(chance.randint(*CALLS_A_DAY))
    ]
    counted = (day.at(chance.randint(10, 16), 30), lambda moment: _count(day, chance, moment))
    return [*calls, counted] if chance.random() < 0.7 else calls


def _call(day, chance: random.Random, moment: dt.datetime) -> None:
    receiver = chance.choice(day.consultants)
    enquiry = Enquiry(
        phone_text=f"15{chance.randint(0, 9)}{chance.randint(0, 99_999_999):08d}",
        name=chance.choice(cast.SURNAMES) + chance.choice(cast.GIVEN),
        outcome=chance.choice(OUTCOMES),
        read_back=chance.random() < 0.8,
        car_model=chance.choice(day.models),
        channel=next((term for term in day.channels if term.code == "telephone"), None),
        area=chance.choice(day.areas) if day.areas else None,
    )
    log_call(day.store, enquiry, receiver=receiver, by=receiver, at=moment, now=moment)


def _count(day, chance: random.Random, moment: dt.datetime) -> None:
    by = chance.choice(day.consultants)
    tally(day.store, persons=chance.randint(1, 3), by=by, at=moment, now=moment)
