"""What the queue may ask for: only ever to look."""

from celery import shared_task

from accounts.clock import now
from followups.sweep import sweep as sweep_stores


@shared_task(name="followups.tasks.sweep")
def sweep() -> None:
    """Woken by the beat every few minutes, and once when the worker starts."""
    sweep_stores(now())
