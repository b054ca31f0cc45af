"""What the queue may ask of this floor: only ever to look for files that wait."""

from celery import shared_task

from accounts.clock import now


@shared_task(name="leads.tasks.run_uploads")
def run_uploads() -> None:
    """Woken when somebody sends a file on, by the beat, and once when the worker starts."""
    from .upload_work import run_waiting

    run_waiting(now())
