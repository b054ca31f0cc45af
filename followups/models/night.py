"""The night's own records, and what says that a machine is there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User


class NightlyRun(models.Model):
    """The night of one store and date: claimed by a lease, done once (DESIGN section 5)."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="nightly_runs")
    on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    lease_until = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    # What it is at; it stands there still when the process died at it.
    chore = models.CharField(max_length=60, blank=True, default="", db_default="")
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint("store", "on", name="one_night_per_store_and_date")]

    @property
    def left_out(self) -> list[str]:
        """The chores that this night went on without."""
        return self.counts.get("left_out", [])


class Parked(models.Model):
    """A row that a job could not do; the rest went on without it (RELIABILITY 17).

    With the store itself as the row it is the whole job that failed, or ended its process (RELIABILITY 18).
    """

    job = models.CharField(max_length=60)
    ref_kind = models.CharField(max_length=20)
    ref_id = models.BigIntegerField()
    store = models.ForeignKey(Store, null=True, on_delete=models.PROTECT, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=1)
    error = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("job", "ref_kind", "ref_id", name="one_parked_row_per_job")]


class Rework(models.Model):
    """A rule of a big store changed: what the worker still has to bring in line, and how far it is."""

    store = models.OneToOneField(Store, on_delete=models.PROTECT, related_name="rework")
    profile = models.CharField(max_length=20, blank=True)  # the letters are mapped to it; "" = dates only
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    of = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    behind = models.BigIntegerField(default=0)  # the last lead that was brought in line
    finished_at = models.DateTimeField(null=True)


class Heartbeat(models.Model):
    """When a process last said it was there, for /healthz."""

    name = models.CharField(max_length=30, unique=True)
    at = models.DateTimeField()
