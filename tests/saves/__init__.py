"""Every save of the floor and of the card by name, each with who sends it, where, and what is typed."""

from . import card, floor
from .day import NOW, SAVES, make_day

__all__ = ["NOW", "SAVES", "card", "floor", "make_day"]
