"""Whether this worker was asked to stop: long work then ends at its next place to rest (RELIABILITY 32)."""

import mmap

_ASKED = mmap.mmap(-1, 1)  # one byte that the worker and the processes it forks share


class Stopping(Exception):
    """Work was left at a place where the next one takes it up."""


def ask_to_stop() -> None:
    """Said by the worker to every process of its own; for good."""
    _ASKED[0] = 1


def is_stopping() -> bool:
    return _ASKED[0] == 1


def rest() -> None:
    """A place where work may be left: everything done so far is committed. Raises Stopping."""
    if is_stopping():
        raise Stopping
