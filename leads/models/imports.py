"""A file that was read in, and what became of each of its rows."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Store, User
from accounts.roles import RUNNING


class Import(models.Model):
    """A file that was read in. Unfinished: it was cut short, and goes on behind its last row."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="imports")
    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    as_of = models.DateField()
    mapping = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class ImportRow(models.Model):
    """One line of the file; the fingerprint makes a second import of it a no-op (SPEC A58)."""

    class Outcome(models.TextChoices):
        CREATED = "created", _("Created")
        UPDATED = "updated", _("Updated")
        SKIPPED = "skipped", _("Skipped")
        REJECTED = "rejected", _("Rejected")

    run = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="rows")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    line = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64)
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=200, blank=True)
    raw = models.JSONField(default=dict)
    ref = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "store",
                "kind",
                "fingerprint",
                condition=Q(outcome__in=["created", "updated"]),
                name="one_import_per_row",
            ),
        ]


class UploadQuerySet(models.QuerySet):
    def visible_to(self, user, *, now):
        """The files of the stores that a person runs; everything else is 404."""
        return self.filter(store__in=user.stores_as(*RUNNING))


class Upload(models.Model):
    """A file on its way in: chosen, columns named, checked by a dry run, read in by the worker.

    `stored` is the random name of the file in the private folder, empty when it is gone.
    """

    class State(models.TextChoices):
        CHOSEN = "chosen", _("Columns to name")
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked")
        IMPORTING = "importing", _("Being read in")
        DONE = "done", pgettext_lazy("file", "Read in")
        FAILED = "failed", _("Stopped")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="uploads")
    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    stored = models.CharField(max_length=40, blank=True)
    size = models.PositiveIntegerField()  # bytes
    columns = models.JSONField(default=list)  # the names in the header row
    mapping = models.JSONField(default=dict)  # column name -> field of the kind, "" = left out
    state = models.CharField(max_length=10, choices=State, default=State.CHOSEN)
    attempts = models.PositiveSmallIntegerField(default=0)  # of the work under way
    report = models.JSONField(default=dict)  # counts, the first rows, what was rejected
    error = models.CharField(max_length=300, blank=True)
    errors_file = models.CharField(max_length=120, blank=True)
    run = models.OneToOneField(Import, null=True, on_delete=models.PROTECT, related_name="upload")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "store", condition=Q(state__in=["checking", "importing"]), name="one_upload_at_work_per_store"
            ),
            models.CheckConstraint(
                name="upload_state_is_known",
                condition=Q(state__in=["chosen", "checking", "checked", "importing", "done", "failed"]),
            ),
        ]
        indexes = [models.Index("store", "at", name="uploads_of_store")]
