"""The one record that goes through nine steps."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User

from ..steps import Step
from .customers import Customer
from .terms import GRADE_ORDER, CarModel, Grade, Term


class Status(models.TextChoices):
    ACTIVE = "active", _("Active")
    DORMANT = "dormant", _("Dormant")
    LOST_PENDING = "lost_pending", _("Lost, to confirm")
    LOST = "lost", _("Lost")
    VOID = "void", _("Invalid lead")


class LeadQuerySet(models.QuerySet):
    def active(self):
        return self.filter(status=Status.ACTIVE)

    def visible_to(self, user, *, now):
        """The leads a person may open, at an instant (SPEC A71); everything else is 404."""
        from ..access import leads_visible_to

        return leads_visible_to(self, user, now)


class Lead(models.Model):
    """One car wish of one customer at one store; `owner` null = in the pool (MODEL section 2)."""

    number = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="leads")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="leads")
    car_no = models.PositiveSmallIntegerField(default=1)
    step = models.PositiveSmallIntegerField(choices=Step, default=Step.PROSPECTING)
    skipped = models.CharField(max_length=9, blank=True, default="")  # digits of steps never passed, "34"
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE)
    void_reason = models.CharField(max_length=40, blank=True)
    grade = models.CharField(max_length=4, choices=Grade, default=Grade.NONE)
    suggested_grade = models.CharField(max_length=4, blank=True)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_leads"
    )
    setter = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="set_leads"
    )
    channel = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source_group = models.CharField(max_length=20, blank=True)
    media = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    referrer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    expected_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    step_entered_at = models.DateTimeField()
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    last_visit_at = models.DateTimeField(null=True, blank=True)
    last_contact_at = models.DateTimeField(null=True, blank=True)
    has_cadence = models.BooleanField(default=False)
    next_due_on = models.DateField(null=True, blank=True)
    agreed_on = models.DateField(null=True, blank=True)
    lapses_on = models.DateField(null=True, blank=True)
    protected_from = models.DateField(null=True, blank=True)
    phone_only_since = models.DateField(null=True, blank=True)
    phone_only_ended_on = models.DateField(null=True, blank=True)  # written by the night (SPEC A06)
    wake_on = models.DateField(null=True, blank=True)
    # The lead this one was folded into when two cards became one (SPEC A67).
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="folded_leads"
    )
    priority = models.BooleanField(default=False)  # referred, or the next car (SPEC T18, FUP-05)
    revived = models.PositiveSmallIntegerField(default=0)
    # A prospect by need, means and say; null = not asked (SPEC DEV-05).
    has_need = models.BooleanField(null=True, blank=True)
    has_means = models.BooleanField(null=True, blank=True)
    has_say = models.BooleanField(null=True, blank=True)
    remark = models.CharField(max_length=300, blank=True)  # what a list said of the lead
    version = models.PositiveIntegerField(default=1)

    objects = LeadQuerySet.as_manager()
    act = None  # what is being done to it: leads.acts
    has_folded = True  # as long as nobody has looked

    class Meta:
        constraints = [
            models.UniqueConstraint("customer", "store", "car_no", name="one_lead_per_car"),
            models.CheckConstraint(name="step_is_known", condition=Q(step__gte=1, step__lte=9)),
            models.CheckConstraint(name="status_is_known", condition=Q(status__in=Status.values)),
            models.CheckConstraint(name="grade_is_known", condition=Q(grade__in=Grade.values)),
            models.CheckConstraint(
                name="cadence_has_a_next_date",
                condition=Q(has_cadence=False) | Q(status="active", step__lte=8, next_due_on__isnull=False),
            ),
            models.CheckConstraint(
                name="invalid_lead_has_a_reason", condition=~Q(status="void") | ~Q(void_reason="")
            ),
            models.CheckConstraint(
                name="folded_lead_is_void", condition=Q(merged_into=None) | Q(status="void")
            ),
        ]
        indexes = [
            # The board of one person and the search among one's own are read out of it alone.
            models.Index(
                *("store", "owner", "next_due_on", "id"),
                name="lead_due_by_owner",
                include=["step", "grade", "priority", "customer", "car_no"],
                condition=Q(status="active"),
            ),
            # The list of a store; who has no date is counted out of it alone.
            models.Index(
                *("store", "next_due_on", "id"),
                name="lead_due_by_store",
                include=["step", "customer"],
                condition=Q(status="active"),
            ),
            models.Index(
                "store", "step", "step_entered_at", "id", name="lead_by_step", condition=Q(status="active")
            ),
            # The list by priority, the list of one grade and the columns of the board read a page out of
            # these; the tabs of the grades are counted out of the first alone.
            models.Index(
                F("store"),
                GRADE_ORDER,
                F("next_due_on"),
                F("id"),
                name="lead_by_priority",
                include=["grade"],
                condition=Q(status="active"),
            ),
            # Those of them that come first inside their grade.
            models.Index(
                F("store"),
                GRADE_ORDER,
                F("next_due_on"),
                F("id"),
                name="lead_comes_first",
                condition=Q(status="active", priority=True),
            ),
            models.Index(
                F("store"),
                F("step"),
                GRADE_ORDER,
                F("next_due_on"),
                F("id"),
                name="lead_on_board",
                condition=Q(status="active"),
            ),
            models.Index(
                "store",
                "lapses_on",
                "id",
                name="lead_lapsing",
                condition=Q(status="active", owner__isnull=False),
            ),
            models.Index("store", "status", "created_at", "id", name="lead_by_status"),
            models.Index(
                "store", "last_visit_at", "id", name="lead_by_last_visit", condition=Q(status="active")
            ),
            models.Index(
                "store",
                "phone_only_since",
                "id",
                name="lead_phone_only",
                condition=Q(status="active", phone_only_since__isnull=False, phone_only_ended_on=None),
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def is_active(self) -> bool:
        return self.status == Status.ACTIVE

    def histories(self) -> LeadQuerySet | list[int]:
        """The ids of this lead and of those folded into it: what happened to any of them is its past.

        Who read the lead together with `has_folded` need not ask for each part of it anew.
        """
        return past_of(self.pk, self.has_folded)


def past_of(lead_id: int, has_folded: bool) -> LeadQuerySet | list[int]:
    """`Lead.histories` of a lead by its id."""
    if not has_folded:
        return [lead_id]
    return Lead.objects.filter(Q(pk=lead_id) | Q(merged_into=lead_id)).values("pk")


class LeadModel(models.Model):
    """A car model the customer is interested in; rank 1 is the favourite."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="interests")
    car_model = models.ForeignKey(CarModel, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint("lead", "car_model", name="one_interest_per_model")]


class LapseProposal(models.Model):
    """Protection ended and the manager decides: pool or keep (SPEC A05, A69)."""

    class Decision(models.TextChoices):
        POOL = "pool", _("To the pool")
        KEPT = "kept", _("Kept")
        OVERTAKEN = "overtaken", _("Overtaken")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="lapse_proposals")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lapses_on = models.DateField()
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("lead", condition=Q(decision=""), name="one_undecided_lapse_proposal"),
            models.CheckConstraint(
                name="decision_has_a_time",
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [models.Index("store", "lapses_on", name="undecided_proposals", condition=Q(decision=""))]
