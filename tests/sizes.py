"""How many rows stand for "many" where statements are counted: a thousand in CI.

The short suite sees growth with fewer; scripts/test.py says which of the two runs.
"""

import os
from collections.abc import Iterable

import pytest

MANY = 1_000 if os.environ.get("SUITE") == "whole" else 150


def one_of(how_many: int, names: Iterable[str]) -> list:
    """All of them as parameters of a test; the short suite takes one of so many."""
    return [
        pytest.param(name, marks=[pytest.mark.thorough] if place % how_many else [])
        for place, name in enumerate(names)
    ]
