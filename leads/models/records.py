"""What stands beside the card: old values, the maker's system, and kept filters."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User


class FieldChange(models.Model):
    """The old value of an edited field; erasure may empty it (MODEL choice 5)."""

    class Of(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        VISIT = "visit", _("Walk-in register")
        CALL = "call", _("Call register")
        TRAINING = "training", _("Training")

    ref_kind = models.CharField(max_length=10, choices=Of)
    ref_id = models.BigIntegerField()
    field = models.CharField(max_length=40)
    old = models.CharField(max_length=500, blank=True)
    new = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("ref_kind", "ref_id", "at", name="field_changes_of_a_row")]


class MakerRecord(models.Model):
    """Entered in the maker's own system: under which number, when, by whom (SPEC A35)."""

    class Kind(models.TextChoices):
        CARD = "card", _("Card")
        ORDER = "order", _("Order")
        DELIVERY = "delivery", _("Delivery")
        LOSS = "loss", _("Loss")

    kind = models.CharField(max_length=10, choices=Kind)
    ref_id = models.BigIntegerField()
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=60)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "ref_id", "store", name="entered_once_in_the_makers_system"),
        ]


class SavedView(models.Model):
    """A filter with a name: one's own, or shared with the store; pinned ones stand as tabs."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="saved_views")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=400, blank=True)
    shared = models.BooleanField(default=False)
    pinned = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("store", "user", "name", name="one_saved_view_per_name"),
        ]
        indexes = [models.Index("store", name="shared_views", condition=Q(shared=True))]
