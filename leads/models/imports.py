"""A file that was read in, and what became of each of its rows."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User


class Import(models.Model):
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="imports")
    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    as_of = models.DateField()
    mapping = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


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
