"""The queue only ever says "wake up"; the database says what is due (DESIGN section 5)."""

import ctypes
import os
import signal
import sys

from celery import Celery
from celery.signals import beat_embedded_init, beat_init, worker_ready, worker_shutting_down

from accounts.stopping import ask_to_stop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealer_crm.settings")
app = Celery("dealer_crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

PR_SET_PDEATHSIG = 1
LOADED_BY = os.getpid()  # in a beat that was forked from a worker: that worker


@worker_ready.connect
@beat_init.connect
def wake_at_once(**_kwargs):
    """After an outage of any length nothing waits for the first turn of the beat."""
    for line in app.conf.beat_schedule.values():
        app.send_task(line["task"], **line["options"])


@worker_shutting_down.connect
def leave_off(**_kwargs):
    """A deploy need not wait for the end of a long night or of a full outbox."""
    ask_to_stop()


@beat_embedded_init.connect
def end_with_the_worker(**_kwargs):
    """The beat is a process of the worker's; without this it would outlive a killed worker."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != LOADED_BY:
            os._exit(1)
