"""A call that may hang, given up after so many seconds."""

from collections.abc import Callable
from threading import Thread


def within(seconds: float, call: Callable[[], None]) -> None:
    """Run a call and raise what it raises; TimeoutError when it takes longer.

    Time limits of sockets count each wait anew, this one counts all of it. What is given up ends in a
    thread of its own and touches no database.
    """
    outcome: list[BaseException | None] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            outcome.append(error)
        else:
            outcome.append(None)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TimeoutError
    if outcome[0] is not None:
        raise outcome[0]
