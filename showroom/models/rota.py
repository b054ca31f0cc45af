"""The up list: who is here today, in which order they receive, and why each customer went to whom."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, User

from .registers import Call, Visit


class SignIn(models.Model):
    """One person's day on the floor: signed in, away for a while, gone home (SPEC RECP-06)."""

    class Away(models.TextChoices):
        PHONE = "phone", _("On the phone")
        OUT = "out", _("Out of the showroom")
        BREAK = "break", _("On a break")
        OTHER = "other", _("Something else")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="sign_ins")
    on = models.DateField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sign_ins")
    at = models.DateTimeField()
    away = models.CharField(max_length=10, choices=Away, blank=True)
    away_since = models.DateTimeField(null=True, blank=True)
    back_at = models.DateTimeField(null=True, blank=True)  # when they said they would be back
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("store", "on", "user", name="signed_in_once_a_day"),
            models.CheckConstraint(
                name="away_has_a_time",
                condition=Q(away="", away_since=None) | (~Q(away="") & Q(away_since__isnull=False)),
            ),
        ]


class RotaDay(models.Model):
    """The up list of one day; its row is the lock of every pull. Confirmed = the order binds (RECP-06)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="rota_days")
    on = models.DateField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    phone_duty = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)  # grows with each change: two tablets agree by it

    class Meta:
        constraints = [
            models.UniqueConstraint("store", "on", name="one_rota_per_day"),
            models.CheckConstraint(
                name="confirmed_rota_has_a_confirmer",
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            ),
        ]


class Line(models.TextChoices):
    """Walk-ins and calls have a place each in the same list of people (SPEC CALL-05)."""

    WALK_IN = "walk_in", _("Walk-ins")
    PHONE = "phone", _("Calls")


class RotaEntry(models.Model):
    """Somebody's place in one line; the smallest place of those who are free is next.

    Who takes a turn gets the largest place. Who is busy or away is passed over and keeps his place.
    """

    day = models.ForeignKey(RotaDay, on_delete=models.PROTECT, related_name="entries")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    line = models.CharField(max_length=10, choices=Line)
    place = models.PositiveIntegerField()
    turns = models.PositiveSmallIntegerField(default=0)  # used today

    class Meta:
        constraints = [
            models.UniqueConstraint("day", "line", "user", name="one_place_per_person_and_line"),
            models.UniqueConstraint("day", "line", "place", name="nobody_shares_a_place"),
        ]


class Pull(models.Model):
    """One decision who receives, with what it was made of; it stays (SPEC RECP-03 to 09)."""

    class Why(models.TextChoices):
        TURN = "turn", _("It was their turn")
        OWNER = "owner", _("Their own customer")
        COURTESY = "courtesy", _("Received for a colleague")
        FAMILY = "family", _("Family of a colleague's customer")
        ASKED_FOR = "asked_for", _("The customer asked for them")
        OVERRIDE = "override", _("The manager decided")
        DUTY = "duty", _("On phone duty")

    day = models.ForeignKey(RotaDay, on_delete=models.PROTECT, related_name="pulls")
    line = models.CharField(max_length=10, choices=Line)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=10, choices=Why)
    used_turn = models.BooleanField()
    place = models.PositiveIntegerField(null=True, blank=True)  # before the turn: it may be given back
    head = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    order = models.JSONField(default=list)  # user ids by place, as the list stood
    passed_over = models.JSONField(default=list)  # [[user id, code]]: who stood before, and why not
    reason = models.CharField(max_length=200, blank=True)
    visit = models.ForeignKey(Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="pulls")
    call = models.ForeignKey(Call, null=True, blank=True, on_delete=models.PROTECT, related_name="pulls")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="override_has_a_reason", condition=~Q(why="override") | ~Q(reason="")
            ),
        ]
        indexes = [models.Index("day", "at", "id", name="pulls_of_a_day")]


class CallMessage(models.Model):
    """Left for somebody who could not take the call; their task to call back is in `task_cause` (S05)."""

    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="message")
    for_user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    task_cause = models.CharField(max_length=80, unique=True)
