"""A thousand turns by twenty hands, on PostgreSQL: none given twice, none to who is not there (DESIGN 6)."""

import threading
from collections import Counter

import pytest
from django.db import transaction
from django.db.models import Sum

from showroom.calls import Enquiry, log_call
from showroom.correcting import void
from showroom.models import Line, Pull, RotaEntry, Visit
from showroom.rota import set_away, set_back, turns_used
from showroom.rota_turns import take_turn
from showroom.visits import Arrival, log_visit
from tests.conftest import at
from tests.factories import make_person
from tests.showroom.up_list import open_list
from tests.test_concurrency import in_threads
from tests.test_invariants import broken

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DAY = "2026-03-02"
NOW = at(f"{DAY} 10:00")


@pytest.fixture
def sellers(store, chen):
    people = [make_person(store, f"seller{n}", f"顾问{n}", "consultant") for n in range(8)]
    open_list(store, chen, DAY, *people)
    return people


def turn(store, qian, moment=NOW) -> int:
    with transaction.atomic():
        taken = take_turn(store, Line.WALK_IN, receiver=None, by=qian, at=moment)
        return taken.keep().user_id


@pytest.mark.parametrize("turns", [200, pytest.param(1000, marks=pytest.mark.thorough)])
def test_many_turns_by_twenty_hands_with_one_who_goes(store, qian, chen, sellers, turns):
    gone = sellers[3]
    half_way = threading.Semaphore(0)

    def act(number):
        if number == turns // 2:
            set_away(store, gone, "out", by=chen, at=NOW)
            with transaction.atomic():
                return Pull.objects.order_by("-pk").values_list("pk", flat=True).first()
        turn(store, qian)
        half_way.release()
        return None

    (away_after,) = [pk for pk in in_threads(20, act, range(turns + 1)) if pk]
    pulls = list(Pull.objects.order_by("pk"))
    assert len(pulls) == turns
    used = dict(RotaEntry.objects.filter(line=Line.WALK_IN).values_list("user_id", "turns"))
    assert used == Counter(dict.fromkeys(used, 0) | Counter(pull.user_id for pull in pulls))
    assert not [pull for pull in pulls if pull.user_id == gone.pk and pull.passed_over]
    for pull in pulls:
        kept = {pk for pk, _code in pull.passed_over}
        first = next(pk for pk in pull.order if pk not in kept)
        assert (pull.user_id, pull.user_id in kept) == (first, False)
    those_here = [count for pk, count in used.items() if pk != gone.pk]
    assert max(those_here) - min(those_here) <= 1
    # Nobody may say in which order two hands finish; after the away stands, the one who went gets none.
    late = [pull for pull in pulls if pull.pk > away_after + 20]
    assert gone.pk not in {pull.user_id for pull in late}


def test_each_turn_goes_to_the_next_of_the_list_as_the_one_before_left_it(store, qian, sellers):
    in_threads(20, lambda _: turn(store, qian), range(80))
    given = list(Pull.objects.order_by("pk").values_list("user_id", flat=True))
    assert given == [sellers[n % 8].pk for n in range(80)]


@pytest.mark.thorough
def test_arrivals_calls_and_changes_of_the_list_at_once_block_nobody(store, qian, chen, sellers):
    """Strangers, known visitors, callers and the list's own verbs: no deadlock, no turn given twice."""
    when = at(f"{DAY} 08:40")
    arrival = Arrival(phone_text="13800009999")
    known = log_visit(store, arrival, receiver=sellers[0], by=chen, at=when, now=when)
    Visit.objects.update(left_at=when)

    def act(number):
        match number % 4:
            case 0:
                set_away(store, sellers[7], "phone", by=chen, at=NOW)
                set_back(store, sellers[7], by=chen, at=NOW)
            case 1:
                arrival = Arrival(lead_id=known[0].lead_id)
                log_visit(store, arrival, receiver=sellers[0], by=qian, at=NOW, now=NOW)
            case 2:
                enquiry = Enquiry(phone_text=f"136{number:08d}")
                log_call(store, enquiry, receiver=sellers[1], by=qian, at=NOW, now=NOW)
            case _:
                turn(store, qian)

    in_threads(20, act, range(80))
    used = Pull.objects.filter(used_turn=True, line=Line.WALK_IN)
    turns = RotaEntry.objects.filter(line=Line.WALK_IN).aggregate(used=Sum("turns"))["used"]
    assert (used.count(), turns) == (21, 21)  # with the one of the morning
    assert broken() == {}


@pytest.mark.thorough
def test_visits_crossed_out_while_others_arrive_give_each_turn_back_once(store, qian, chen, sellers):
    wrong = [log_visit(store, Arrival(phone_text=f"137{n:08d}"), receiver=one, by=qian, at=NOW, now=NOW)[0]
             for n, one in enumerate(sellers)]  # fmt: skip
    Visit.objects.update(left_at=NOW)

    def act(number):
        if number % 2:
            void(wrong[number // 2], reason="wrong", by=chen, at=NOW)
        else:
            turn(store, qian)

    in_threads(16, act, range(16))
    used = Counter(turns_used().values_list("user_id", flat=True))
    turns = dict(RotaEntry.objects.filter(line=Line.WALK_IN).values_list("user_id", "turns"))
    assert (turns, sum(turns.values())) == (dict.fromkeys(turns, 0) | used, 8)
    assert broken() == {}
