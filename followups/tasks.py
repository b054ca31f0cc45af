"""What the queue may ask for: only ever to look."""

from celery import shared_task

from accounts.clock import now
from followups.rework_run import run_reworks
from followups.sweep import sweep as sweep_stores


@shared_task(name="followups.tasks.sweep")
def sweep() -> None:
    """Woken by the beat every few minutes, and once when the worker starts."""
    sweep_stores(now())
    run_reworks(now())


@shared_task(name="followups.tasks.rework")
def rework() -> None:
    """Woken when a rule changed in a big store; should the wake-up be lost, the sweep does it."""
    run_reworks(now())
