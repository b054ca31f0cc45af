"""What happened to a lead: the append-only log, and the evidence that moves it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Store, User

from .leads import Lead


class Source(models.TextChoices):
    SCREEN = "screen", _("by hand")
    IMPORT = "import", _("import")
    NIGHT = "night", _("nightly run")
    API = "api", _("interface")


class EventKind(models.TextChoices):
    CREATED = "created", _("Lead opened")
    STEP = "step", _("Step")
    PASSED = "passed", _("Step passed later")
    GRADE = "grade", _("Grade")
    OWNER = "owner", _("Owner")
    STATUS = "status", _("Status")
    CONTACT = "contact", _("Contact")
    VISIT = "visit", _("Visit")
    LEAVING = "leaving", _("Left the showroom")
    APPOINTMENT = "appointment", _("Appointment")
    CALL = "call", pgettext_lazy("evidence", "Call")
    SETTER = "setter", _("Invited by")
    COLLABORATOR = "collaborator", _("Collaborator")
    DISPUTE = "dispute", _("Dispute")
    CREDIT = "credit", _("Credit")
    REFERRAL = "referral", _("Referral")
    MERGE = "merge", _("Merged")
    MESSAGE = "message", _("Message")
    UNDO = "undo", _("Undone")
    EDIT = "edit", _("Card edited")
    SNOOZE = "snooze", pgettext_lazy("event", "Snoozed")


class LeadEvent(models.Model):
    """One change. Triggers refuse UPDATE and DELETE; holds no personal data (MODEL choices 5-8)."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="events")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=EventKind)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=Source, default=Source.SCREEN)
    from_value = models.CharField(max_length=40, blank=True)
    to_value = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    undoes_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index("lead", "at", "id", name="event_timeline"),
            models.Index("store", "kind", "at", name="event_by_kind"),
            models.Index("undoes_id", name="undone_events", condition=Q(undoes_id__isnull=False)),
        ]


class Evidence(models.Model):
    """That something happened which a step needs; revoked, never deleted (SPEC GRD-12)."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ref_kind = models.CharField(max_length=20)
    ref_id = models.BigIntegerField()
    source = models.CharField(max_length=10, choices=Source, default=Source.SCREEN)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("lead", "kind", "ref_kind", "ref_id", name="one_evidence_per_source"),
        ]
        indexes = [models.Index("lead", name="standing_evidence", condition=Q(revoked_at=None))]
