"""Who else has a part in a lead: collaborators, claimants, and those who earn a share."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User

from .customers import Customer
from .leads import Lead


class Collaborator(models.Model):
    """Somebody who works a lead beside its owner, from a day to a day (SPEC OWN-10)."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="collaborators")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "lead", "user", condition=Q(ends_on=None), name="collaborates_once_at_a_time"
            ),
        ]
        indexes = [models.Index("user", name="works_beside_now", condition=Q(ends_on=None))]


class Dispute(models.Model):
    """Two or more claim one lead; they settle it or the manager decides (SPEC OWN-02)."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="disputes")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    claimant = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    claim = models.CharField(max_length=300)
    opened_at = models.DateTimeField()
    winner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("lead", condition=Q(decided_at=None), name="one_open_dispute_per_lead"),
            models.CheckConstraint(
                name="decided_dispute_has_a_reason", condition=Q(decided_at=None) | ~Q(reason="")
            ),
        ]
        indexes = [models.Index("store", "opened_at", name="open_disputes", condition=Q(decided_at=None))]


class Credit(models.Model):
    """A share of a deal; the shares of a lead sum to 100, the setter's bonus stands apart (SPEC A17)."""

    class Part(models.TextChoices):
        SALE = "sale", _("Sale")
        SETTER = "setter", _("Invitation")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="credits")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=10, choices=Part, default=Part.SALE)
    share = models.DecimalField(max_digits=5, decimal_places=2)  # per cent
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("lead", "user", "part", name="one_credit_per_person_and_part"),
            models.CheckConstraint(name="share_is_a_part", condition=Q(share__gt=0, share__lte=100)),
        ]


class ReferralReward(models.Model):
    """What a customer is owed for sending another; due when the car is delivered (SPEC A21)."""

    class Rule(models.TextChoices):
        STORE = "store", _("The store's rule")
        OWN = "own", _("Beside the rule")

    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, related_name="referral_reward")
    referrer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    gift = models.CharField(max_length=120, blank=True)
    rule = models.CharField(max_length=10, choices=Rule, default=Rule.OWN)
    due_on = models.DateField(null=True, blank=True)
    approved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    paid_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_reward_is_money_or_a_gift",
                condition=Q(amount__isnull=False, gift="") | (Q(amount=None) & ~Q(gift="")),
            ),
            models.CheckConstraint(
                name="paid_after_approval", condition=Q(paid_at=None) | Q(approved_at__isnull=False)
            ),
        ]
