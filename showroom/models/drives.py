"""Demo cars, their day, and each ride or drive with its papers (SPEC 10, A36)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, StoreRule, User
from followups.models import Appointment
from leads.models import CarModel, Lead


class DemoCar(StoreRule):
    """A car of the store that customers ride in and drive."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="demo_cars")
    car_model = models.ForeignKey(CarModel, on_delete=models.PROTECT, related_name="+")
    plate = models.CharField(max_length=20)
    label = models.CharField(max_length=60, blank=True)
    insured_until = models.DateField(null=True, blank=True)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint("store", "plate", name="one_demo_car_per_plate")]

    def __str__(self):
        return self.label or str(self.car_model)


class Booking(models.Model):
    """A demo car taken for a time: by a customer, or by the workshop (`lead` null).

    Who writes one holds the car's row; on PostgreSQL an exclusion constraint stands behind that.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("On the road")
        RETURNED = "returned", _("Back")
        MOVED = "moved", _("Rescheduled")
        NO_SHOW = "no_show", _("No-show")
        CANCELLED = "cancelled", _("Cancelled")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="bookings")
    car = models.ForeignKey(DemoCar, on_delete=models.PROTECT, related_name="bookings")
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings")
    appointment = models.OneToOneField(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="booking"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    consultant = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    moved_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    reason = models.CharField(max_length=200, blank=True)  # of a move, or what the workshop does
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(name="booking_ends_later", condition=Q(ends_at__gt=F("starts_at"))),
        ]
        indexes = [
            models.Index("store", "starts_at", name="bookings_by_time"),
            models.Index(
                "car",
                "starts_at",
                name="live_bookings_of_a_car",
                condition=Q(state__in=["planned", "running"]),
            ),
            models.Index("lead", "starts_at", name="bookings_of_a_lead"),
        ]


LIVE_BOOKINGS = (Booking.State.PLANNED, Booking.State.RUNNING, Booking.State.RETURNED)  # hold their time


class AgreementText(models.Model):
    """One version of the drive agreement; the newest that is valid is what is signed (SPEC A36)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="agreement_texts")
    version = models.PositiveSmallIntegerField()
    text_en = models.TextField(blank=True)
    text_zh = models.TextField(blank=True)
    valid_from = models.DateField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("store", "version", name="one_text_per_version")]


class Drive(models.Model):
    """What happened with a booking: checks, papers, ride, then drive, feedback (SPEC TEST-02 to 07)."""

    class Licence(models.TextChoices):
        NONE = "", _("Not seen")
        SEEN = "seen", _("Seen")
        PHOTO = "photo", _("Photographed")

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="drive")
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="drives")
    clean = models.BooleanField(default=False)
    condition = models.BooleanField(default=False)
    route = models.BooleanField(default=False)
    checked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    driver_name = models.CharField(max_length=80, blank=True)
    licence = models.CharField(max_length=10, choices=Licence, blank=True)
    agreement = models.ForeignKey(
        AgreementText, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    ride_only = models.BooleanField(default=False)
    ride_started_at = models.DateTimeField(null=True, blank=True)
    drive_started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    items_of_interest = models.JSONField(default=list, blank=True)
    ratings = models.JSONField(default=dict, blank=True)  # item code: 1 to 5
    overall = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.CharField(max_length=1000, blank=True)
    signals = models.JSONField(default=list, blank=True)
    feedback_at = models.DateTimeField(null=True, blank=True)
    feedback_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    feedback_declined = models.CharField(max_length=200, blank=True)  # why there is none
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rides_before_driving",
                condition=Q(drive_started_at=None)
                | Q(ride_started_at__isnull=False, drive_started_at__gte=F("ride_started_at")),
            ),
            models.CheckConstraint(
                name="drives_with_papers",
                condition=Q(drive_started_at=None)
                | (~Q(licence="") & Q(signed_at__isnull=False) & ~Q(driver_name="")),
            ),
            models.CheckConstraint(
                name="overall_is_one_to_five", condition=Q(overall=None) | Q(overall__range=(1, 5))
            ),
        ]
        indexes = [models.Index("lead", "ride_started_at", name="drives_of_a_lead")]


class DrivePaper(models.Model):
    """A private picture of a drive: the licence, the signature; gone after its day (SPEC A36)."""

    class Kind(models.TextChoices):
        LICENCE = "licence", _("Driving licence")
        SIGNATURE = "signature", _("Signature")

    drive = models.ForeignKey(Drive, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=10, choices=Kind)
    content = models.BinaryField()
    content_type = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint("drive", "kind", name="one_paper_per_kind")]
        indexes = [models.Index("expires_on", name="papers_by_expiry")]
