"""The application of a worker that has a hard night: `celery -A tests.faults.hard_night`.

The environment says what is hard: CHUNK rows at a time; a CHORE of this module before the others;
VISIBILITY seconds after which Redis gives a task to the next worker. What happens stands in the file DIARY.
"""

import os
import resource
import signal
import time

import django

if "CLOCK_FILE" in os.environ:
    from tests.faults.clocked import app
else:
    from dealer_crm.celery import app

django.setup()

from celery.signals import task_prerun  # noqa: E402
from django.conf import settings  # noqa: E402

from followups.night import chunks  # noqa: E402
from followups.night.chunks import Counts  # noqa: E402

CHORE = os.environ.get("CHORE")
if CHORE:
    settings.NIGHTLY_CHORES = [f"tests.faults.hard_night.{CHORE}", *settings.NIGHTLY_CHORES]
if "CHUNK" in os.environ:
    chunks.CHUNK = int(os.environ["CHUNK"])
if "VISIBILITY" in os.environ:
    # a worker looks each second, not every hundred, for what nobody has confirmed in time
    looked_for = {"unacked_restore_interval": 1, "unacked_restore_throttle": 1}
    app.conf.broker_transport_options = {"visibility_timeout": int(os.environ["VISIBILITY"]), **looked_for}
MEMORY = 1 << 29  # bytes that a process may have, for eats_memory
LONG = 40  # seconds


def wrote(line: str) -> None:
    with open(os.environ["DIARY"], "a") as diary:
        diary.write(line + "\n")


@task_prerun.connect
def taken(task_id, task, **_kwargs):
    if "DIARY" in os.environ and task.name == "followups.tasks.sweep":
        wrote(f"sweep {task_id}")


def kills_itself(store, on, *, now):
    """In the first store."""
    if store.code == "bench":
        wrote("died")
        os.kill(os.getpid(), signal.SIGKILL)
    return Counts()


def eats_memory(store, on, *, now):
    """In the first store, until there is none."""
    if store.code == "bench":
        wrote("died")
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        kept = []
        while True:
            kept.append(bytearray(1 << 24))
    return Counts()


def takes_long(store, on, *, now):
    wrote("began")
    time.sleep(LONG)
    wrote("ended")
    return Counts()
