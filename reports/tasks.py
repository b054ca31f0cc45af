"""What the queue may ask of this floor: only ever to gather what happened."""

from celery import shared_task

from accounts.clock import now


@shared_task(name="reports.tasks.gather")
def gather() -> None:
    """Woken by the beat: a page is right without it, and faster with it."""
    from . import gathering, work_days

    gathering.gather(now())
    work_days.gather_work()
