"""What happens next: contacts, tasks, appointments, and who calls in the evening."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Store, StoreRule, User
from followups.outcomes import Outcome
from followups.task_kinds import TaskKind
from leads.models import Lead


class ContactQuerySet(models.QuerySet):
    def standing(self):
        """Without those that were undone: what every list and count is made of (SPEC A74)."""
        return self.filter(undone_at=None)


class Contact(models.Model):
    """A talk, a try, or a message sent; only a talk counts as a contact (SPEC A64)."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("Phone")
        WECHAT = "wechat", _("WeChat")
        SMS = "sms", _("Text message")
        EMAIL = "email", _("E-mail")
        IN_PERSON = "in_person", _("In person")

    class Direction(models.TextChoices):
        OUT = "out", _("outgoing")
        IN = "in", _("incoming")

    class Kind(models.TextChoices):
        CONTACT = "contact", _("Contact")
        ATTEMPT = "attempt", _("Attempt")
        MESSAGE = "message", _("Message")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="contacts")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    for_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    channel = models.CharField(max_length=10, choices=Channel)
    direction = models.CharField(max_length=5, choices=Direction)
    kind = models.CharField(max_length=10, choices=Kind)
    outcome = models.CharField(max_length=20, choices=Outcome)
    text = models.CharField(max_length=1000, blank=True)
    next_on = models.DateField(null=True, blank=True)
    agreed_by_customer = models.BooleanField(default=False)
    self_declared = models.BooleanField(default=False)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(name="contact_has_an_outcome", condition=~Q(outcome=""))]
        indexes = [
            models.Index("lead", "at", name="contact_timeline"),
            models.Index("by", "at", name="contact_by_person"),  # done today, on My day
        ]


class Task(models.Model):
    """One thing to do, with why. A lead with cadence has exactly one open cadence task (SPEC A52)."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        VOID = "void", _("Void")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="tasks")
    lead = models.ForeignKey(Lead, null=True, on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=20, choices=TaskKind)
    assignee = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="tasks")
    only_assignee = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    due_on = models.DateField()
    why = models.CharField(max_length=30, blank=True)
    why_args = models.JSONField(default=dict)
    cause = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=5, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    catch_up = models.BooleanField(default=False)
    missed_on = models.DateField(null=True, blank=True)
    escalated = models.BooleanField(default=False)
    told_up = models.PositiveSmallIntegerField(default=0, db_default=0)  # 1: supervisor, 2: manager
    snoozed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "lead", condition=Q(kind="cadence", state="open"), name="one_open_cadence_task"
            ),
            models.CheckConstraint(
                name="task_state_is_known", condition=Q(state__in=["open", "done", "void"])
            ),
            models.CheckConstraint(
                name="closed_task_has_a_time",
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                "store", "assignee", "due_at", "id", name="open_tasks_by_person", condition=Q(state="open")
            ),
            models.Index("lead", "due_at", name="open_tasks_by_lead", condition=Q(state="open")),
            models.Index(
                "store", "due_at", "id", name="open_tasks_by_time", condition=Q(state="open")
            ),  # the night
            models.Index(
                "store", "assignee", "due_on", name="open_catch_up", condition=Q(state="open", catch_up=True)
            ),
            models.Index(
                "store",
                "assignee",
                "due_at",
                "id",
                name="open_call_backs",
                condition=Q(state="open", kind="call_back"),
            ),
        ]

    def is_overdue(self, now) -> bool:
        """True from the second after `due_at` (SPEC A62)."""
        return self.state == self.State.OPEN and now > self.due_at


class Appointment(models.Model):
    """An agreed date and time of a visit, drive or delivery (SPEC A13)."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("Visit")
        DRIVE = "drive", _("Test drive")
        DELIVERY = "delivery", _("Delivery")

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        SHOWED = "showed", _("Showed")
        NO_SHOW = "no_show", _("No-show")
        MOVED = "moved", _("Rescheduled")
        CANCELLED = "cancelled", _("Cancelled")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="appointments")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.VISIT)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    moved_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        indexes = [
            models.Index("store", "at", name="planned_by_time", condition=Q(state="planned")),
            models.Index("lead", "at", name="appointments_of_lead"),
        ]


class EveningDuty(StoreRule):
    """Who makes the calls of the evening, every week on a weekday or on one day (SPEC A19)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="evening_duties")
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    on = models.DateField(null=True, blank=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "store", "weekday", name="one_evening_duty_per_weekday", condition=~Q(weekday=None)
            ),
            models.UniqueConstraint("store", "on", name="one_evening_duty_per_day", condition=~Q(on=None)),
            models.CheckConstraint(
                name="evening_duty_is_weekday_or_day",
                condition=Q(weekday=None, on__isnull=False) | Q(weekday__lte=6, on=None, user__isnull=False),
            ),
        ]
