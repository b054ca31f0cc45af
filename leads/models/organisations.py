"""An organisation's purchase: its rhythm, its four persons, its two meetings (SPEC TYPE-04 to 08)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .leads import Lead


class OrganisationProfile(models.Model):
    """What decides a purchase by an organisation; its grade follows from `cycle_months` and `batch`."""

    class Phase(models.TextChoices):
        SELECTION = "selection", _("Selection")
        PURCHASE = "purchase", _("Purchase")
        TENDER = "tender", _("Tender")

    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, related_name="organisation")
    cycle_months = models.PositiveSmallIntegerField(null=True, blank=True)
    batch = models.PositiveSmallIntegerField(null=True, blank=True)  # cars
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.SELECTION)
    selector = models.CharField(max_length=80, blank=True)
    main_user = models.CharField(max_length=80, blank=True)
    decider = models.CharField(max_length=80, blank=True)
    superior = models.CharField(max_length=80, blank=True)
    selection_on = models.DateField(null=True, blank=True)
    tender_on = models.DateField(null=True, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cycle_and_batch_are_counts",
                condition=(Q(cycle_months=None) | Q(cycle_months__gte=1)) & (Q(batch=None) | Q(batch__gte=1)),
            )
        ]
        indexes = [
            models.Index("selection_on", name="selection_meetings"),
            models.Index("tender_on", name="tender_meetings"),
        ]
