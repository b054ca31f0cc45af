"""How a lead leaves the funnel: lost and confirmed, or folded into another."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User

from .customers import Customer
from .leads import Lead
from .terms import Term


class LostRecord(models.Model):
    """Why a customer was lost (战败分析表); another person confirms it (SPEC LOST-01..04, 09).

    `alone` marks what the only person who may decide recorded and confirmed himself.
    """

    class Kind(models.TextChoices):
        LOST = "lost", _("Lost")
        OUT_OF_CONTROL = "out_of_control", _("Out of control")

    class Decision(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        REJECTED = "rejected", _("Rejected")
        UNDONE = "undone", _("Undone")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="lost_records")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.LOST)
    reason = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="+")
    brand = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=80, blank=True)
    opinion = models.CharField(max_length=500, blank=True)
    from_step = models.PositiveSmallIntegerField()
    found_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    late = models.BooleanField(default=False)
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    comment = models.CharField(max_length=200, blank=True)
    alone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("lead", condition=Q(decision=""), name="one_undecided_lost_record"),
            models.CheckConstraint(
                name="somebody_else_confirms_unless_alone",
                condition=~Q(decision="confirmed") | ~Q(decided_by=F("recorded_by")) | Q(alone=True),
            ),
            models.CheckConstraint(
                name="alone_is_a_confirmed_loss_of_ones_own",
                condition=Q(alone=False) | Q(decision="confirmed", decided_by=F("recorded_by")),
            ),
            models.CheckConstraint(
                name="lost_decision_has_a_time",
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index("store", "recorded_at", name="losses_to_confirm", condition=Q(decision="")),
            models.Index("store", "found_at", name="losses_by_day"),
        ]


class Merge(models.Model):
    """Two cards of one person become one; `moved` lists what moved, to go back (SPEC A67, A74)."""

    group = models.ForeignKey("accounts.Group", on_delete=models.PROTECT, related_name="+")
    kept = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    folded = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    moved = models.JSONField(default=list)  # [table, id, field, old, new], in the order it was done
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("folded", condition=Q(undone_at=None), name="folded_into_one_card"),
            models.CheckConstraint(name="nobody_is_folded_into_himself", condition=~Q(kept=F("folded"))),
        ]
