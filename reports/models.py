"""What people add to the numbers: the day's report and the manager's word on it."""

from django.db import models
from django.db.models import Q

from accounts.models import Store, User


class DailyReportQuerySet(models.QuerySet):
    def visible_to(self, user, *, now):
        """One's own, the team's for its supervisor, the store's for its manager (SPEC A71)."""
        from .access import reports_visible_to

        return reports_visible_to(self, user)


class DailyReport(models.Model):
    """A consultant's report of a day (销售日报表): the day writes the figures, taps add the rest.

    Figures are never stored here: they are counted from the log as of `submitted_at` (SPEC PDCA-01,
    PDCA-13, A41). `result`, `estimate` and `causes` hold the codes of accepted chips; `plan` is what
    stood on the list of the next day when the report was handed in (ids, codes and times only).
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="daily_reports")
    on = models.DateField()
    result = models.JSONField(default=list, blank=True)
    estimate = models.PositiveSmallIntegerField(null=True, blank=True)  # deals expected tomorrow
    causes = models.JSONField(default=list, blank=True)
    plan = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=500, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    late = models.BooleanField(default=False)
    comment = models.CharField(max_length=500, blank=True)
    commented_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    commented_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = DailyReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("store", "user", "on", name="one_report_per_person_and_day"),
            models.CheckConstraint(
                name="comment_has_an_author", condition=Q(comment="") | Q(commented_by__isnull=False)
            ),
        ]
        indexes = [models.Index("store", "on", name="reports_of_a_day")]
