"""Messages on their way, and what the people of a store are told."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Store, User
from leads.models import ContactPoint, Lead

from .work import Task


class Channel(models.TextChoices):
    """By what the machine itself sends; WeChat is sent by hand (SPEC A15)."""

    SMS = "sms", _("Text message")
    EMAIL = "email", _("E-mail")
    STAFF = "staff", pgettext_lazy("channel", "Staff")


class Template(models.Model):
    """A store's own words for a kind of message; without a row the shipped ones stand (SPEC DEV-09)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="templates")
    kind = models.CharField(max_length=30)
    language = models.CharField(max_length=10)
    channel = models.CharField(max_length=10, choices=Channel)
    subject = models.CharField(max_length=120, blank=True)
    text = models.CharField(max_length=1000)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "store", "kind", "language", "channel", name="one_template_per_language_and_channel"
            ),
        ]


class StaffChannel(models.Model):
    """Where notices are told besides the bell: one's own address, or the group of a store (user is null)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="staff_channels")
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="staff_channels"
    )
    name = models.CharField(max_length=60)
    url = models.CharField(max_length=500)  # as apprise writes it; holds a secret and is never shown whole
    urgent_only = models.BooleanField(default=False)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("store", name="live_staff_channels", condition=Q(ended_at=None))]


class Outbox(models.Model):
    """A message on its way, written in the transaction that wants it and sent by the sweep (DESIGN 5)."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENDING = "sending", _("On its way")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Called off")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="outbox")
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=30)
    channel = models.CharField(max_length=10, choices=Channel)
    lead = models.ForeignKey(Lead, null=True, on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, null=True, on_delete=models.PROTECT, related_name="+")
    point = models.ForeignKey(ContactPoint, null=True, on_delete=models.PROTECT, related_name="+")
    staff_channel = models.ForeignKey(StaffChannel, null=True, on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=120, blank=True)
    text = models.CharField(max_length=1000)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=40, blank=True)  # why it was called off, or a code of what failed

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="outbox_has_one_recipient",
                condition=Q(channel=Channel.STAFF, staff_channel__isnull=False, point=None)
                | (
                    ~Q(channel=Channel.STAFF) & Q(staff_channel=None, point__isnull=False, lead__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="ended_message_has_a_time",
                condition=Q(state__in=["queued", "sending"], ended_at=None)
                | Q(state__in=["sent", "failed", "cancelled"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="message_on_its_way_is_leased", condition=~Q(state="sending") | ~Q(lease_until=None)
            ),
        ]
        indexes = [
            models.Index(
                "not_before", "id", name="messages_to_send", condition=Q(state__in=["queued", "sending"])
            ),
            models.Index("store", "queued_at", "id", name="outbox_by_time"),
            models.Index("lead", "queued_at", name="messages_of_lead", condition=Q(lead__isnull=False)),
        ]


class SendingPause(models.Model):
    """Nothing leaves the house until an admin says go: after a restore, or by hand (RELIABILITY 74)."""

    class Reason(models.TextChoices):
        RESTORED = "restored", _("A backup was restored")
        BY_HAND = "by_hand", _("Stopped by hand")

    reason = models.CharField(max_length=10, choices=Reason)
    since = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("reason", condition=Q(ended_at=None), name="one_pause_per_reason"),
        ]


class Notice(models.Model):
    """Something a person is told, once per cause: the bell. No name and no number of a customer."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    cause = models.CharField(max_length=120)
    lead = models.ForeignKey(Lead, null=True, on_delete=models.PROTECT, related_name="+")
    args = models.JSONField(default=dict)
    urgent = models.BooleanField(default=False)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("user", "cause", name="one_notice_per_cause")]
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notices_by_time"),
            models.Index("user", "at", name="unread_notices", condition=Q(read_at=None)),
        ]


class CalendarFeed(models.Model):
    """A person's own due dates for the calendar of a phone, behind a secret address."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="calendar_feed")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()


class Suspicion(models.Model):
    """Work that looks made up; its person sees the remark first and may answer (SPEC A42)."""

    class Kind(models.TextChoices):
        BURST = "burst", _("Many contacts within minutes")
        UNREACHED = "unreached", _("Nobody ever answers")
        LOST_UNTRIED = "lost_untried", _("Lost without a contact")
        BACK_DATED = "back_dated", _("Entered for an earlier day")

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="suspicions")
    kind = models.CharField(max_length=20, choices=Kind)
    on = models.DateField()
    figures = models.JSONField(default=dict)
    found_at = models.DateTimeField()
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("store", "user", "kind", "on", name="one_suspicion_per_kind_and_day"),
        ]
        indexes = [models.Index(fields=["store", "-on", "-id"], name="suspicions_by_day")]
