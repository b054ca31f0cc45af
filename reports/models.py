"""What people add to the numbers: the day's report and the manager's word on it."""

from django.db import models
from django.db.models import Q

from accounts.models import Store, User
from leads.models import Lead


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


class FunnelDay(models.Model):
    """What a lead adds to the funnel on a day of its store (SPEC FLOW-11): a share, see `funnel_sql`.

    Worked out of the log by `gathering`, never written by hand. `place` is a step's code, or "together"
    for negotiation and deal in one row; `owner` 0 is the pool; `before` the day of the share of the same
    kind before it; `seconds` of a stay are those spent in the row that was left.

    Who reads the book as of an instant reads the rows with `since` <= instant < `until`; `until` is None
    for what is true now. `late`: it became known on another store day than its own.
    """

    class Figure(models.TextChoices):
        ENTERED = "entered"
        SKIPPED = "skipped"
        LEFT = "left"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    figure = models.CharField(max_length=10, choices=Figure)
    place = models.CharField(max_length=20)
    owner = models.BigIntegerField()
    seconds = models.BigIntegerField(null=True)
    before = models.DateField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    late = models.BooleanField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_stay_has_its_seconds",
                condition=Q(figure="left", seconds__isnull=False) | (~Q(figure="left") & Q(seconds=None)),
            )
        ]
        indexes = [
            # The numbers of some days, of a person's stays and of a median are read out of these alone.
            models.Index(
                "store", "on", name="funnel_by_day",
                include=["figure", "place", "owner", "seconds", "before", "lead", "since", "until", "late"],
            ),
            models.Index(
                "owner", "on", name="stays_by_owner", condition=Q(figure="left"),
                include=["store", "place", "seconds", "lead", "since", "until"],
            ),
            models.Index(
                "store", "place", "seconds", name="stays_by_length",
                condition=Q(figure="left", until__isnull=True),
                include=["on", "lead", "late", "since"],
            ),
            models.Index(
                "store", "on", name="funnel_again", condition=Q(before__isnull=False),
                include=["before", "figure", "place", "owner", "lead", "since", "until"],
            ),
            models.Index(
                "store", "since", name="funnel_late", condition=Q(late=True, until__isnull=True),
                include=["on", "figure", "place", "owner", "seconds", "before", "lead"],
            ),
            models.Index(
                "store", "until", name="funnel_past", condition=Q(until__isnull=False),
                include=["on", "since", "figure", "place", "owner", "seconds", "before", "lead"],
            ),
        ]  # fmt: skip


class FunnelStand(models.Model):
    """Where an active lead stood, whose it was, and as of which instants (SPEC FLOW-11).

    Worked out of the log by `gathering` as FunnelDay is; `place` is a step's code.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.CharField(max_length=20)
    owner = models.BigIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                "store", "until", name="stands_until", include=["since", "place", "owner", "lead"]
            ),
        ]  # fmt: skip


class FunnelSum(models.Model):
    """The sum of FunnelDay, as it is true now, over the days of a store from `start` to `end` (see `sums`).

    Of leads that entered or left out a row those without a `before`, by owner; of stays how many lasted
    so long, by the bucket of `stays`, of all owners together. `sums` is JSON: [figure, place, numbers].
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    start = models.DateField()
    end = models.DateField()
    sums = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint("store", "start", "end", name="one_sum_of_some_days")]


class Gathered(models.Model):
    """How far the log stands in FunnelDay: every event up to `upto` does.

    `seen` was the newest event at the last gathering, `at`. The next one moves `upto` there, when
    whatever was being written then is long committed.
    """

    at = models.DateTimeField()
    upto = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    work = models.BooleanField(default=False)  # WorkDay says of each day what was done, or it is touched
    sums = models.BooleanField(default=False)  # FunnelSum holds the sums of FunnelDay


class WorkDay(models.Model):
    """How often a person did what on a day of a store (SPEC REPT-04), as `facts` counts it.

    Worked out by `work_days`, never written by hand; of days in WorkTouched it says nothing.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    person = models.BigIntegerField()
    visits = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    contacts = models.PositiveIntegerField(default=0)
    appointments_set = models.PositiveIntegerField(default=0)
    appointments_showed = models.PositiveIntegerField(default=0)
    losses = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("store", "on", "person", name="one_sum_of_a_persons_day")]


class WorkKnown(models.Model):
    """When what WorkDay tells of a day of a store became known: nothing before `first`, all of it by `last`.

    None for `last`: at no instant did the book tell exactly that.
    """

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField()
    first = models.DateTimeField()
    last = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("store", "on", name="one_knowledge_of_a_day")]


class WorkTouched(models.Model):
    """A day of a store whose work changed since it was summed up; the database itself writes it.

    By triggers on the tables that work is counted from, in the transaction that changes them: whoever
    sees the change sees this row. The day is `on`, or that of the instant `at`.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    on = models.DateField(null=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_touched_day_is_told_once",
                condition=Q(on__isnull=True, at__isnull=False) | Q(on__isnull=False, at__isnull=True),
            )
        ]
