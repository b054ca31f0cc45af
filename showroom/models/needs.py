"""What the customer needs, what was shown, and what stands in the way (SPEC 7, 9, 12)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.models import CarModel, Lead

from .registers import Visit


class NeedsReport(models.Model):
    """The eleven answers (购车咨询报告); a new one replaces it when the needs change (SPEC NEED-01, T19)."""

    class State(models.TextChoices):
        BEGUN = "begun", _("Begun")
        DONE = "done", _("Done")
        DECLINED = "declined", _("Declined")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="needs_reports")
    visit = models.ForeignKey(Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.BEGUN)
    answers = models.JSONField(default=dict, blank=True)  # question code: text, chips or both
    priorities = models.JSONField(default=list, blank=True)  # aspect codes, dearest first
    signals = models.JSONField(default=list, blank=True)
    summary = models.CharField(max_length=500, blank=True)
    confirmed = models.BooleanField(default=False)  # the customer agreed with the summary (NEED-06)
    override_reason = models.CharField(max_length=200, blank=True)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint("lead", condition=Q(replaced_at=None), name="one_standing_needs_report"),
            models.CheckConstraint(
                name="finished_report_has_a_time",
                condition=Q(state="begun", finished_at=None)
                | (~Q(state="begun") & Q(finished_at__isnull=False)),
            ),
        ]


class Recommendation(models.Model):
    """A model recommended from the needs: three at most (SPEC NEED-09)."""

    report = models.ForeignKey(NeedsReport, on_delete=models.PROTECT, related_name="recommendations")
    car_model = models.ForeignKey(CarModel, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("report", "car_model", name="recommended_once"),
            models.UniqueConstraint("report", "rank", name="one_recommendation_per_rank"),
            models.CheckConstraint(name="three_at_most", condition=Q(rank__range=(1, 3))),
        ]


class Companion(models.Model):
    """Who came along, and who decides: one person at most (SPEC NEED-08)."""

    class Relation(models.TextChoices):
        SPOUSE = "spouse", _("Spouse")
        PARTNER = "partner", _("Partner")
        CHILD = "child", _("Child")
        PARENT = "parent", _("Parent")
        FRIEND = "friend", _("Friend")
        COLLEAGUE = "colleague", _("Colleague")
        OTHER = "other", _("Other")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="companions")
    name = models.CharField(max_length=80, blank=True)
    relation = models.CharField(max_length=10, choices=Relation)
    decides = models.BooleanField(default=False)
    gone_at = models.DateTimeField(null=True, blank=True)  # taken off the list; rows stay

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "lead", condition=Q(decides=True, gone_at=None), name="one_companion_decides"
            )
        ]


class Walkaround(models.Model):
    """The car shown round its positions (SPEC PROD-01 to 07)."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="walkarounds")
    visit = models.ForeignKey(Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    car_model = models.ForeignKey(CarModel, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    positions = models.JSONField(default=list, blank=True)  # codes of the store's six positions
    aspects = models.JSONField(default=list, blank=True)  # of the five, those talked about
    features = models.JSONField(default=list, blank=True)  # equipment ticked in the brochure
    focus = models.CharField(max_length=300, blank=True)  # why not all of the positions
    brochure_given = models.BooleanField(null=True, blank=True)
    drive_wanted = models.BooleanField(null=True, blank=True)
    signals = models.JSONField(default=list, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index("lead", "at", name="walkarounds_of_a_lead")]


class PriceTalk(models.Model):
    """One talk about price and terms: how far they are, and what they decided (SPEC NEGO-02 to 07)."""

    class Decision(models.TextChoices):
        OPEN = "", _("Still talking")
        UNDECIDED = "undecided", _("Undecided")
        NOT_NOW = "not_now", _("Not now")

    class Resistance(models.TextChoices):
        MODELS = "models", _("Cannot choose among models")
        FAMILY = "family", _("The family disagrees")
        PRICE = "price", _("Price")
        CONSULT = "consult", _("Wants to talk it over at home")
        OTHER = "other", _("Something else")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="price_talks")
    visit = models.ForeignKey(Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    acceptance = models.PositiveSmallIntegerField(null=True, blank=True)  # per cent
    signals = models.JSONField(default=list, blank=True)
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    resistance = models.CharField(max_length=10, choices=Resistance, blank=True)
    aspect = models.CharField(max_length=200, blank=True)  # of what they want to talk over
    next_on = models.DateField(null=True, blank=True)
    price_pushes = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="undecided_has_a_reason", condition=Q(decision="") | ~Q(resistance="")
            ),
            models.CheckConstraint(
                name="acceptance_is_per_cent", condition=Q(acceptance=None) | Q(acceptance__lte=100)
            ),
        ]
        indexes = [models.Index("lead", "at", name="price_talks_of_a_lead")]


class Objection(models.Model):
    """What stands in the way, how it was answered, whether it is gone (SPEC NEGO-04, 05, 12)."""

    class Cause(models.TextChoices):
        TOO_LITTLE = "too_little", _("Too little information")
        NOT_UNDERSTOOD = "not_understood", _("Did not understand it")
        FEELS_UNHEARD = "feels_unheard", _("Feels not understood")
        NOT_CONVINCED = "not_convinced", _("Not convinced")
        OTHER_OPINION = "other_opinion", _("Has another opinion")
        FAULT_FINDING = "fault_finding", _("Looks for faults")

    class Technique(models.TextChoices):
        COUNTER_QUESTION = "counter_question", _("Counter-question")
        YES = "yes", _("The yes technique")
        BUFFER = "buffer", _("Buffering")
        TURN = "turn", _("Turning it to advantage")
        ANTICIPATE = "anticipate", _("Anticipating it")
        COMPENSATE = "compensate", _("Compensating")
        THIRD_PARTY = "third_party", _("A third party's word")
        INITIATIVE = "initiative", _("Taking the initiative")
        POSTPONE = "postpone", _("Postponing")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="objections")
    obstacle = models.CharField(max_length=10, choices=PriceTalk.Resistance, blank=True)
    cause = models.CharField(max_length=20, choices=Cause)
    technique = models.CharField(max_length=20, choices=Technique, blank=True)
    text = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    solved_at = models.DateTimeField(null=True, blank=True)
    solved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index("lead", "at", name="objections_of_a_lead")]


class Concession(models.Model):
    """Each thing asked for and what was answered: nothing is given in silence (SPEC NEGO-01)."""

    class Kind(models.TextChoices):
        PRICE = "price", _("Price")
        ACCESSORY = "accessory", _("Accessory fitted free")
        OTHER = "other", _("Something else")

    class Answer(models.TextChoices):
        OPEN = "", _("Not answered yet")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="concessions")
    kind = models.CharField(max_length=10, choices=Kind)
    asked = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answer_text = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="answered_concession_has_a_time",
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
            )
        ]
        indexes = [models.Index("lead", "at", name="concessions_of_a_lead")]
