"""The thank-you that the machine sends, where the store wants it so (SPEC CAD-05, FUP-06)."""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.errors import Refused
from accounts.models import Store
from accounts.rules import setting
from followups.models import Outbox, Task
from followups.night.chunks import describe
from followups.task_kinds import TaskKind
from leads.models import ContactPoint
from leads.moves import lock_lead

from .queueing import queue_message
from .reach import POINT_OF

log = logging.getLogger(__name__)

HAND = "hand"
AT_ONCE = 200  # tasks of a store in one run; the next one is a minute away


def queue_thanks(now: dt.datetime) -> int:
    """Put the thank-you of every open task of today on its way, by store setting; answers how many.

    Safe twice: the message of a task has one key. Whoever cannot be written to keeps the task for the
    consultant's own hand. `now` UTC.
    """
    stores = Store.objects.filter(settings__key="thank_you_by").exclude(settings__value=HAND)
    return sum(_of_store(store, now) for store in stores.order_by("pk"))


def _of_store(store: Store, now: dt.datetime) -> int:
    channel = setting(store, "thank_you_by")
    if channel == HAND:
        return 0
    return sum(_thank(task, channel, now) for task in waiting(store, channel, now)[:AT_ONCE])


def waiting(store: Store, channel: str, now: dt.datetime) -> QuerySet:
    """Open thank-you tasks of today without a message, of customers with a contact point of the channel."""
    queued = Outbox.objects.filter(task=OuterRef("pk"))
    points = ContactPoint.objects.filter(
        customer=OuterRef("lead__customer"), kind=POINT_OF[channel], ended_at=None, valid=True
    )
    today = store.business_date(now)
    tasks = Task.objects.filter(
        Exists(points),
        ~Exists(queued),
        store=store,
        kind=TaskKind.THANK_YOU,
        state=Task.State.OPEN,
        due_at__range=store.day(today),
        lead__owner__isnull=False,
    )
    return tasks.order_by("due_at", "pk")


def _thank(task: Task, channel: str, now: dt.datetime) -> bool:
    try:
        with transaction.atomic():
            lead = lock_lead(task.lead_id)
            key = f"thank_you:{task.pk}"
            facts = {"channel": channel, "sender": lead.owner, "key": key, "now": now, "task": task}
            queue_message(lead, kind_for(task), **facts)
    except Refused:
        return False
    except Exception as error:
        log.error("thank-you of task %s failed: %s", task.pk, describe(error))
        return False
    return True


def kind_for(task: Task) -> str:
    """Which words thank: for the order, the call or the visit."""
    if task.why == "contract":
        return "contract_thanks"
    return "call_thanks" if task.cause.startswith(f"{TaskKind.THANK_YOU}:call:") else "thank_you"
