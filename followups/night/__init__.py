"""The nightly run of a store: what the day begins with (SPEC A63)."""

from .run import NightResult, run_night

__all__ = ["NightResult", "run_night"]
