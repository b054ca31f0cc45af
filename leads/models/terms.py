"""Words a store keeps itself: channels, media, areas, car models, grades and their cadence."""

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Group, Store, StoreRule


class Grade(models.TextChoices):
    """Every grade of the three profiles; the letter is what is stored (SPEC GRD-01, GRD-13)."""

    O = "O", "O"  # noqa: E741
    H = "H", "H"
    A_PLUS = "A+", "A+"
    A = "A", "A"
    B_PLUS = "B+", "B+"
    B = "B", "B"
    C = "C", "C"
    NONE = "none", _("No grade")


GRADE_RANK = {grade: rank for rank, grade in enumerate(Grade.values)}
# The same rank in SQL; two indexes hold it, so its words may change with a migration only.
GRADE_ORDER = Case(
    *[When(grade=grade, then=Value(rank)) for grade, rank in GRADE_RANK.items()],
    output_field=models.SmallIntegerField(),
)


def in_reader_language(name_en: str, name_zh: str) -> str:
    zh = (get_language() or "").startswith("zh")
    return (name_zh if zh else name_en) or name_en or name_zh


class Term(StoreRule):
    """One choice of a list that the store edits (SPEC DEV-02)."""

    class List(models.TextChoices):
        CHANNEL = "channel", _("Channel")
        MEDIA = "media", _("Media")
        AREA = "area", _("Area")
        LOST_REASON = "lost_reason", _("Reason of a loss")
        POSITION = "position", _("Position of the walkaround")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="terms")
    list = models.CharField(max_length=20, choices=List)
    code = models.CharField(max_length=40)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    active = models.BooleanField(default=True)
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("store", "list", "code", name="one_term_per_code")]

    def __str__(self):
        return in_reader_language(self.name_en, self.name_zh)


class CarModel(models.Model):
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="car_models")
    brand = models.CharField(max_length=60)
    code = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint("group", "brand", "code", name="one_car_model_per_code")]

    def __str__(self):
        return in_reader_language(self.name_en, self.name_zh)


class GradeRule(StoreRule):
    """Horizon and cadence of a grade in a profile (SPEC CAD-01, GRD-14); one row a grade."""

    class Scale(models.TextChoices):
        INDIVIDUAL = "individual", _("Individual")
        ORGANISATION = "organisation", _("Organisation")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="grade_rules")
    profile = models.CharField(max_length=20)
    scale = models.CharField(max_length=20, choices=Scale, default=Scale.INDIVIDUAL)
    code = models.CharField(max_length=4, choices=Grade)
    rank = models.PositiveSmallIntegerField()
    horizon_from = models.PositiveSmallIntegerField(null=True, blank=True)
    horizon_to = models.PositiveSmallIntegerField(null=True, blank=True)
    times = models.PositiveSmallIntegerField(null=True, blank=True)
    period_days = models.PositiveSmallIntegerField(null=True, blank=True)
    interval_days = models.PositiveSmallIntegerField(null=True, blank=True)
    purpose = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("store", "profile", "scale", "code", name="one_rule_per_grade"),
            models.CheckConstraint(
                name="interval_is_positive", condition=Q(interval_days=None) | Q(interval_days__gte=1)
            ),
        ]
