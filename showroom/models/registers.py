"""The two registers: one row per group that arrived, one per call that came in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User
from leads.models import CarModel, Customer, Grade, Lead, Term
from leads.models.log import Source


class VisitQuerySet(models.QuerySet):
    def visible_to(self, user, *, now):
        """The register rows a person may open, at an instant (SPEC A71)."""
        from ..access import visits_visible_to

        return visits_visible_to(self, user, now)

    def counted(self):
        """Visits that count for cadence and protection (SPEC A65)."""
        return self.filter(kind__in=COUNTED_KINDS, lead__isnull=False, voided_at=None)


class Visit(models.Model):
    """One group, one arrival (来店). Rows are never deleted and never change their day."""

    class Kind(models.TextChoices):
        FIRST = "first", _("First visit")
        FIRST_CARDED = "first_carded", _("First visit, known before")
        RETURN = "return", _("Return visit")
        OTHER_BUSINESS = "other_business", _("Other business")

    class Other(models.TextChoices):
        PAPERWORK = "paperwork", _("Paperwork")
        DELIVERY = "delivery", _("Delivery")
        CANCELLATION = "cancellation", _("Cancellation")
        SERVICE = "service", _("Service")
        OTHER = "other", _("Other")

    class Purpose(models.TextChoices):
        NO_MODEL = "no_model", _("No particular model")
        MODEL = "model", _("A particular car")
        BUDGET = "budget", _("Model and budget")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="visits")
    on = models.DateField()
    flow_serial = models.PositiveIntegerField()
    register_serial = models.PositiveIntegerField(null=True)
    written_serial = models.CharField(max_length=20, blank=True)  # the number in an imported register
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    persons = models.PositiveSmallIntegerField(default=1)
    receiver = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="received_visits")
    assistant = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    third = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    other = models.CharField(max_length=20, choices=Other, blank=True)
    courtesy = models.BooleanField(default=False)
    manager_met_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    manager_met_at = models.DateTimeField(null=True, blank=True)
    approached_at = models.DateTimeField(null=True, blank=True)  # the receiver is with the customer
    completed = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reopened = models.PositiveSmallIntegerField(default=0)  # closings that were undone (SPEC A74)
    purpose = models.CharField(max_length=20, choices=Purpose, blank=True)
    came_by_car = models.BooleanField(default=False)
    outcome = models.CharField(max_length=20, blank=True)
    lead = models.ForeignKey(Lead, null=True, on_delete=models.PROTECT, related_name="visits")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="visits")
    name_text = models.CharField(max_length=80, blank=True)
    phone_text = models.CharField(max_length=60, blank=True)
    car_model = models.ForeignKey(CarModel, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    media = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    horizon_days = models.PositiveSmallIntegerField(null=True, blank=True)
    grade_written = models.CharField(max_length=4, choices=Grade, blank=True)
    hot_signals = models.JSONField(default=list, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.SCREEN)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("store", "on", "flow_serial", name="one_flow_serial_per_day"),
            models.UniqueConstraint("store", "on", "register_serial", name="one_register_serial_per_day"),
            models.CheckConstraint(
                name="leaves_after_arriving",
                condition=Q(left_at=None) | Q(left_at__gte=models.F("arrived_at")),
            ),
            models.CheckConstraint(name="somebody_came", condition=Q(persons__gte=1)),
        ]
        indexes = [
            models.Index("store", "arrived_at", name="visits_in_the_house", condition=Q(left_at=None)),
            models.Index("receiver", "on", name="visits_by_receiver"),
            models.Index("lead", "arrived_at", name="visit_timeline"),
        ]

    @property
    def closing_key(self) -> str:
        """Names one closing of this visit: a visit that was closed by mistake is closed again."""
        return f"{self.pk}:{self.reopened}" if self.reopened else str(self.pk)


COUNTED_KINDS = (Visit.Kind.FIRST, Visit.Kind.FIRST_CARDED, Visit.Kind.RETURN)


class CallQuerySet(models.QuerySet):
    def visible_to(self, user, *, now):
        """The rows of the call register a person may open, at an instant (SPEC A71)."""
        from ..access import calls_visible_to

        return calls_visible_to(self, user, now)


class Call(models.Model):
    """One call that came in (来电). Rows are never deleted and never change their day."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="calls")
    on = models.DateField()
    serial = models.PositiveIntegerField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    receiver = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="received_calls")
    designated = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    read_back_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    lead = models.ForeignKey(Lead, null=True, on_delete=models.PROTECT, related_name="calls")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="calls")
    name_text = models.CharField(max_length=80, blank=True)
    phone_text = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=200, blank=True)
    car_model = models.ForeignKey(CarModel, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    media = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    horizon_days = models.PositiveSmallIntegerField(null=True, blank=True)
    remark = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.SCREEN)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = CallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("store", "on", "serial", name="one_call_serial_per_day"),
            models.CheckConstraint(
                name="call_ends_after_it_began", condition=Q(ended_at=None) | Q(ended_at__gte=models.F("at"))
            ),
        ]
        indexes = [
            models.Index("receiver", "on", name="calls_by_receiver"),
            models.Index("lead", "at", name="call_timeline"),
        ]
