"""What to say at each step, kept by the manager; and who was trained on what (SPEC 23)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Store, User
from leads.models import CarModel, LostRecord
from leads.steps import Step


class PlaybookPage(models.Model):
    """One page of the playbook (话术): internal, in both languages, valid for a time."""

    class Kind(models.TextChoices):
        TALK = "talk", _("What to say")
        QUESTION = "question", _("Question")
        FABE = "fabe", _("Feature and benefit")
        RULE = "rule", _("What to do, what not")
        PROMOTION = "promotion", _("Promotion")

    class Tag(models.TextChoices):
        LOOK = "look", _("Look")
        LISTEN = "listen", _("Listen")
        ASK = "ask", _("Ask")
        FEEL = "feel", _("Feel")
        PHONE = "phone", pgettext_lazy("tag of the playbook", "On the phone")
        ACTION = "action", _("Closing: action")
        CHOICE = "choice", _("Closing: two choices")
        GUIDE = "guide", _("Closing: guiding")
        BENEFIT = "benefit", _("Closing: benefit")
        THIRTY_SECONDS = "thirty_seconds", _("In thirty seconds")
        OBJECTION = "objection", _("Objections")
        ERROR = "error", _("Errors to avoid")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="playbook_pages")
    code = models.CharField(max_length=60, blank=True)  # of the pages we ship
    step = models.PositiveSmallIntegerField(choices=Step)
    kind = models.CharField(max_length=10, choices=Kind)
    tags = models.JSONField(default=list, blank=True)
    rank = models.PositiveSmallIntegerField(default=0)
    car_model = models.ForeignKey(CarModel, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    open_question = models.BooleanField(null=True, blank=True)  # questions only (NEED-04)
    order_class = models.PositiveSmallIntegerField(null=True, blank=True)  # 1 to 3 (NEED-05)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    loss = models.ForeignKey(LostRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint("store", "code", condition=~Q(code=""), name="one_page_per_shipped_code"),
            models.CheckConstraint(
                name="promotion_has_an_end", condition=~Q(kind="promotion") | Q(valid_to__isnull=False)
            ),
        ]
        indexes = [models.Index("store", "step", "rank", name="playbook_by_step")]


class PlaybookText(models.Model):
    """The words of a page as one version says them; the newest stands, older ones are kept (TRAIN-08)."""

    page = models.ForeignKey(PlaybookPage, on_delete=models.PROTECT, related_name="texts")
    version = models.PositiveIntegerField()
    title_en = models.CharField(max_length=120, blank=True)
    title_zh = models.CharField(max_length=120, blank=True)
    body_en = models.TextField(blank=True)  # lay wording; for `fabe` {feature, advantage, ...} in `parts`
    body_zh = models.TextField(blank=True)
    expert_en = models.TextField(blank=True)
    expert_zh = models.TextField(blank=True)
    parts = models.JSONField(
        default=dict, blank=True
    )  # FABE: feature, advantage, benefit, evidence by language
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("page", "version", name="one_text_per_page_version")]


class TrainingRecord(models.Model):
    """A training: topic, who took part, what the observer remarked (SPEC TRAIN-03, 04, NEED-10)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    topic = models.CharField(max_length=20)
    case = models.CharField(max_length=1, blank=True)  # role-play C or D
    remarks = models.JSONField(default=list, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    participants = models.ManyToManyField(User, related_name="+")

    class Meta:
        indexes = [models.Index("store", "on", name="trainings_by_day")]
