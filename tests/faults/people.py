"""People at work at a web while a test breaks something: what each of their requests came to."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle

from tests.faults.machines import Phone

PAGES = ("/", "/leads/", "/walk-in/")
PAUSE = 0.1  # seconds a person looks before going on
FINE = (200, 302)


@dataclass(frozen=True)
class Span:
    """What took from `began` to `ended`: a request and its status, or what a test did and how much of it."""

    began: float
    ended: float
    what: int

    @classmethod
    def of(cls, act: Callable[[], int]) -> "Span":
        began, what = time.monotonic(), act()
        return cls(began, time.monotonic(), what)

    def meets(self, other: "Span") -> bool:
        return self.began <= other.ended and other.began <= self.ended


class Somebody:
    """Logs a try on one lead after the other, each again and again with its token until it is answered,
    and looks at pages between."""

    def __init__(self, phone: Phone, numbers: list[str], over: threading.Event):
        self.phone, self.numbers, self.over, self.asked = phone, numbers, over, []

    def work(self) -> list[Span]:
        for turn, number in enumerate(cycle(self.numbers)):
            if self.over.wait(PAUSE):
                break
            if turn < len(self.numbers):
                self.log_a_try(number)
            self.ask(f"/leads/{number}/")
            self.ask(PAGES[turn % len(PAGES)])
        return self.asked

    def log_a_try(self, number: str) -> None:
        sheet = {"token": str(uuid.uuid4()), "outcome": "no_answer", "channel": "phone"}
        while self.ask(f"/leads/{number}/log/", sheet) != 302 and not self.over.wait(PAUSE):
            pass

    def ask(self, path: str, sheet: dict | None = None) -> int:
        self.asked.append(Span.of(lambda: self.phone.ask(path, sheet).status))
        return self.asked[-1].what


@contextmanager
def at_work(phones: list[Phone], numbers: list[str]) -> Iterator[list[Span]]:
    """Everybody works inside; the list that is answered holds all requests afterwards."""
    over, asked, many = threading.Event(), [], len(phones)
    people = [Somebody(phone, numbers[n::many], over) for n, phone in enumerate(phones)]
    with ThreadPoolExecutor(many) as hands:
        working = [hands.submit(person.work) for person in people]
        try:
            yield asked
        finally:
            over.set()
        asked += [request for work in working for request in work.result()]


def failed(asked: list[Span]) -> list[Span]:
    return [request for request in asked if request.what not in FINE]
