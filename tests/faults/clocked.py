"""The application of worker and beat, by the clock of a test: `celery -A tests.faults.clocked`."""

import os
from pathlib import Path

from accounts import clock
from tests.faults.clocks import Clock

clock.now = Clock(Path(os.environ["CLOCK_FILE"])).now  # before anything has taken it from there

from dealer_crm.celery import app  # noqa: E402, F401
